"""Tests of the command line: what it writes, what it says, and with which status it ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from micrograd import __version__, cli, engine, io
from micrograd.options import Options
from micrograd.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from micrograd.engine import Value

GOOD = "size,rooms,town\n" + "".join(f"{40 + 5 * i},{1 + i % 4},{'Ulm' if i % 2 else 'Bonn'}\n" for i in range(20))
QUICK = ["--epochs", "2", "--hidden", "4", "--no-plot"]
TABLES = {
    "good.csv": GOOD,
    "empty.csv": "",
    "header.csv": "size,rooms,town\n",
    "short.csv": "size,town\n1,Ulm\n2\n",
    "text.csv": "size,town\n1,Ulm\nbig,Bonn\n3,Ulm\n4,Bonn\n",
    "nan.csv": "size,town\n1,Ulm\nnan,Bonn\n",
    "inf.csv": "size,town\n1,Ulm\ninf,Bonn\n",
    "one.csv": "size,town\n1,Ulm\n2,Ulm\n",
    "lonely.csv": "size,town\n1,Ulm\n2,Bonn\n",
    "other.csv": "size,town\n1,Ulm\n",
    "levels.csv": "size,rooms,colour\n1,1,red\n2,2,blue\n1,3,red\n2,4,blue\n1,1,red\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with tables, good and bad."""
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not list(tmp_path.rglob("*.part")), "a half-written file was left"


def train(*more: str) -> int:
    """Return the status of a short training on the good table."""
    return cli.main(["train", "good.csv", "--target", "town", *QUICK, *more])


def new_files(folder: Path) -> list[str]:
    """Return the names of the files that were not there before."""
    return sorted(path.name for path in folder.iterdir() if path.name not in TABLES)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return the outcome of the command line in a process of its own."""
    command = [sys.executable, "-m", "micrograd", *arguments]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=False)


def test_train_says_the_quality_and_writes_the_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is on stdout; nothing is on stderr where that is no terminal."""
    assert train() == 0
    out, err = capsys.readouterr()
    assert "20 rows; town is one of 2 classes, told from 2 columns" in out
    assert "MLP(2 -> 4 tanh -> 1 linear, 17 parameters)" in out
    assert "quality on the 4 held-out rows:\n  accuracy" in out
    assert out.endswith("wrote model.json\n")
    assert err == ""
    assert new_files(folder) == ["model.json"]


def test_pictures_go_beside_the_model(folder: Path) -> None:
    """They have its name."""
    pytest.importorskip("matplotlib")
    (folder / "sub").mkdir()
    arguments = ["--target", "town", "--epochs", "1", "--out", os.path.join("sub", "town.npz")]  # noqa: PTH118
    assert cli.main(["train", "good.csv", *arguments, "--quiet"]) == 0
    assert new_files(folder / "sub") == ["town-boundary.png", "town-loss.png", "town.npz"]


def test_options_reach_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each option sets what it says, and the defaults are those of `Options`."""
    seen: list[Options] = []

    def pretend(_: str, options: Options, __: object) -> None:
        seen.append(options)
        raise KeyboardInterrupt

    monkeypatch.setattr("micrograd.tabular.train", pretend)
    cli.main(["train", "good.csv", "--target", "town"])
    assert seen.pop() == Options("town")
    chosen = (
        "--kind class --category rooms --category size --drop size --hidden 3,5 --activation relu --epochs 7 "
        "--batch-size 9 --lr 0.5 --optimizer sgd --l2 0 --seed 4 --test 0.5 --out a.npz --no-plot --quiet"
    )
    cli.main(["train", "good.csv", "--target", "town", *chosen.split()])
    options = seen.pop()
    assert (options.kind, options.categories, options.drop) == ("class", ("rooms", "size"), ("size",))
    assert (options.hidden, options.activation, options.optimizer) == ((3, 5), "relu", "sgd")
    assert (options.epochs, options.batch_size, options.seed) == (7, 9, 4)
    assert (options.lr, options.l2, options.test) == (0.5, 0.0, 0.5)
    assert (str(options.out), options.pictures, options.progress) == ("a.npz", False, False)
    cli.main(["train", "good.csv", "--target", "town", "--hidden", "none"])
    assert seen.pop().hidden == ()


def test_the_kind_of_the_target_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    """Few whole numbers are classes, unless told otherwise."""
    for kind, said in (([], "one of 4 classes"), (["--kind", "number"], "a number")):
        assert cli.main(["train", "good.csv", "--target", "rooms", *QUICK, *kind]) == 0
        assert f"rooms is {said}" in capsys.readouterr().out


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither report nor bar."""
    assert train("--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_predict_writes_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each row, and nothing else."""
    train("--quiet")
    assert cli.main(["predict", "model.json", "good.csv"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "prediction,probability"
    assert len(lines) == 21
    assert all(re.fullmatch(r"(Ulm|Bonn),[01]\.\d{4}", line) for line in lines[1:])
    assert err == ""


def test_predict_writes_to_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same lines, with plain line ends."""
    train("--quiet")
    cli.main(["predict", "model.json", "good.csv"])
    shown = capsys.readouterr().out
    assert cli.main(["predict", "model.json", "good.csv", "--out", "p.csv"]) == 0
    assert (folder / "p.csv").read_bytes().decode() == shown
    assert capsys.readouterr().out == "wrote p.csv\n"


TRAIN = ["train", "good.csv", "--target", "town"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "COMMAND"),
        (["bogus"], "invalid choice: 'bogus'"),
        (["train", "good.csv"], "--target"),
        (["train", "none.csv", "--target", "town"], "found none of this name"),
        (["train", ".", "--target", "town"], "got a folder"),
        (["train", "empty.csv", "--target", "town"], "got an empty file"),
        (["train", "header.csv", "--target", "town"], "expected rows"),
        (["train", "good.csv", "--target", "twon"], "did you mean 'town'?"),
        (["train", "short.csv", "--target", "town"], "short.csv, line 3: expected 2 cells"),
        (["train", "text.csv", "--target", "town"], "line 3, column 'size': expected a number"),
        (["train", "nan.csv", "--target", "town"], "line 3, column 'size'"),
        (["train", "inf.csv", "--target", "town"], "expected a finite number"),
        (["train", "one.csv", "--target", "town"], "expected two classes, got 'Ulm' only"),
        (["train", "lonely.csv", "--target", "town"], "a split needs 2 rows or more"),
        ([*TRAIN, "--drop", "none"], "expected a column 'none'"),
        ([*TRAIN, "--kind", "number"], "expected a number such as -1.5, got 'Bonn'"),
        ([*TRAIN, "--kind", "colour"], "--kind"),
        ([*TRAIN, "--hidden", "4,x"], "--hidden: expected a whole number, 1 or more, got 'x'"),
        ([*TRAIN, "--hidden", "0"], "--hidden"),
        ([*TRAIN, "--activation", "magic"], "--activation"),
        ([*TRAIN, "--epochs", "0"], "--epochs: expected a whole number, 1 or more, got '0'"),
        ([*TRAIN, "--epochs", "1.5"], "--epochs"),
        ([*TRAIN, "--batch-size", "-1"], "--batch-size"),
        ([*TRAIN, "--lr", "0"], "--lr: expected a number above 0, got '0'"),
        ([*TRAIN, "--lr", "nan"], "--lr"),
        ([*TRAIN, "--lr", "inf"], "--lr"),
        ([*TRAIN, "--optimizer", "magic"], "--optimizer"),
        ([*TRAIN, "--l2", "-0.1"], "--l2: expected a number, 0 or more"),
        ([*TRAIN, "--seed", "x"], "--seed"),
        ([*TRAIN, "--test", "1"], "--test: expected a share between 0 and 1"),
        ([*TRAIN, "--out", "model.pkl"], "in .json or .npz"),
        ([*TRAIN, "--out", "none/model.json"], "there is no folder"),
        ([*TRAIN, "--out", "good.csv/model.json"], "good.csv/model.json cannot be written"),
        ([*TRAIN, "--lr", "1e300", "--optimizer", "sgd", "--no-plot"], "try a smaller --lr"),
        ([*TRAIN, "--bogus"], "unrecognized arguments: --bogus"),
        (["predict", "none.json", "good.csv"], "none.json: expected a model file, found none"),
        (["predict", "good.csv", "good.csv"], "good.csv: expected a model file of micrograd"),
        (["demo", "--out", "good.csv"], "expected a folder to write to"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else None,
)
def test_bad_input_is_one_line(
    arguments: list[str], problem: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said on stderr what is wrong, the status is 2, and nothing is written."""
    for needed in ("matplotlib", "sklearn"):
        pytest.importorskip(needed)
    assert cli.main(arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("micrograd: ")
    assert err.count("\n") == 1
    assert problem in err
    assert new_files(folder) == []


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["model.json", "none.csv"], "found none of this name"),
        (["model.json", "other.csv"], "expected a column 'rooms'"),
        (["model.json", "text.csv"], "text.csv"),
        (["model.json", "good.csv", "--out", "good.csv"], "would replace a file"),
        (["model.json", "good.csv", "--out", "model.json"], "would replace a file"),
        (["model.json", "good.csv", "--out", "none/p.csv"], "there is no folder"),
    ],
)
def test_predict_refuses_in_one_line(
    arguments: list[str], problem: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table without the columns, and a place that must not be written to."""
    train("--quiet")
    assert cli.main(["predict", *arguments]) == 2
    out, err = capsys.readouterr()
    assert problem in err
    assert err.count("\n") == 1
    assert out == ""
    assert new_files(folder) == ["model.json"]
    assert (folder / "good.csv").read_text() == GOOD


def test_predict_refuses_an_unknown_category(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A level that was not there in training is named with its line."""
    cli.main(["train", "levels.csv", "--target", "rooms", "--kind", "number", *QUICK, "--quiet"])
    (folder / "new.csv").write_text("size,colour\n1,red\n2,green\n", encoding="utf-8")
    assert cli.main(["predict", "model.json", "new.csv"]) == 2
    assert "new.csv, line 3, column 'colour': expected one of 'blue', 'red', got 'green'" in capsys.readouterr().err


def test_a_locked_folder_is_found_out_before_training(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time of training is not lost to a place that cannot be written to."""

    def locked(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", locked)
    monkeypatch.setattr("micrograd.tabular.fit", lambda *_, **__: pytest.fail("it trained"))
    assert train() == 2
    assert capsys.readouterr().err == (
        "micrograd: model.json cannot be written: Permission denied; choose another folder\n"
    )
    assert new_files(folder) == []


def test_a_missing_matplotlib_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the extra and the option to do without."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(TRAIN) == 2
    err = capsys.readouterr().err
    assert "pip install 'micrograd[plot]'" in err
    assert "--no-plot" in err
    assert err.count("\n") == 1
    assert new_files(folder) == []


def test_ctrl_c_keeps_the_best_and_says_130(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model of the best epoch is written; before the first there is none."""
    after_step = Watch.after_step
    for epochs, files in ((0, []), (1, ["model.json"])):

        def interrupted(watch: Watch, state: object, last: int = epochs) -> None:
            if watch.best_epoch >= last:
                raise KeyboardInterrupt
            after_step(watch, state)  # type: ignore[arg-type]

        monkeypatch.setattr(Watch, "after_step", interrupted)
        assert train() == 130
        assert new_files(folder) == files
    out, err = capsys.readouterr()
    assert "stopped by Ctrl-C after 1 of 2 epochs" in out
    assert err == "micrograd: interrupted; no file is left half-written\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ there")
@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="in the background, Ctrl-C is ignored")
def test_a_real_ctrl_c_ends_a_long_training(folder: Path) -> None:
    """The signal stops the run between two steps, and what it learnt is on the disk."""
    arguments = ["train", "good.csv", "--target", "town", "--no-plot", "--epochs", "1000000", "--hidden", "2"]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "micrograd", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert "20 rows" in process.stdout.readline()
    time.sleep(1.0)  # some epochs of a few milliseconds
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "stopped by Ctrl-C after" in out
    assert err == ""
    assert io.load(folder / "model.json").encoder.classes == ("Bonn", "Ulm")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes differ there")
def test_a_reader_that_has_enough_is_no_error() -> None:
    """`micrograd predict ... | head` ends in peace."""
    train("--quiet")
    command = [sys.executable, "-m", "micrograd", "predict", "model.json", "good.csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


def test_any_name_can_be_shown(folder: Path) -> None:
    """A terminal that lacks a letter shows an escape for it, and no error."""
    (folder / "good.csv").write_text(GOOD.replace("Ulm", "東京"), encoding="utf-8")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "micrograd", "train", "good.csv", "--target", "town", *QUICK]
    outcome = subprocess.run(command, capture_output=True, encoding="ascii", check=False, env=environment)
    assert outcome.returncode == 0, outcome.stderr
    assert r"\u6771\u4eac" in outcome.stdout


def test_the_version_says_which_engine(capsys: pytest.CaptureFixture[str]) -> None:
    """Compiled or pure Python, and which Python."""
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    life = "compiled" if engine.compiled else "pure Python"
    assert capsys.readouterr().out.startswith(f"micrograd {__version__}, {life} engine, ")


@pytest.mark.parametrize("command", [[], ["train"], ["predict"], ["demo"], ["explain"], ["doctor"]])
def test_help_tells_what_there_is(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each command has its page; what Ctrl-C does is in it."""
    with pytest.raises(SystemExit) as ended:
        cli.main([*command, "--help"])
    assert ended.value.code == 0
    out = " ".join(capsys.readouterr().out.split())
    assert out.startswith("usage: micrograd")
    assert "exit status: 0 when " in out
    assert ("2 when the script fails" if command == ["doctor"] else "2 when something given cannot be used") in out
    assert "130 after Ctrl-C" in out
    assert ("; 1 when" in out) == (command in ([], ["doctor"]))
    if command == ["train"]:
        assert "the exit status is 130" in out
        assert "(default: 16,16)" in out


def test_it_runs_as_a_module() -> None:
    """`python -m micrograd` is the command line, and ends with its status."""
    assert run("--version").stdout.startswith("micrograd ")
    outcome = run("train", "none.csv", "--target", "x")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("micrograd: none.csv")


def test_help_does_not_wait_for_libraries() -> None:
    """Neither NumPy nor what reads tables, draws or checks is imported for a page of help."""
    command = [sys.executable, "-X", "importtime", "-m", "micrograd", "--help"]
    imported = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stderr
    assert "micrograd.arguments" in imported
    for module in (
        "numpy",
        "tqdm",
        "matplotlib",
        "micrograd.io",
        "micrograd.tabular",
        "micrograd.draw",
        "micrograd.check",
    ):
        assert module not in imported


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> list[Value]:
    """Have a short file written in place of the page that explains a graph, and the root kept."""
    roots: list[Value] = []

    def write(root: Value, path: str) -> None:
        roots.append(root)
        Path(path).write_text("the page", encoding="utf-8")

    monkeypatch.setattr("micrograd.draw.explanation.explain", write)
    return roots


NEURON = ["explain", "(a*b + c).tanh()", "a=2", "b=-3", "c=10"]


def test_explain_says_the_gradients_and_writes_the_page(
    folder: Path, page: list[Value], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each name has its number and its derivative; the page gets the graph with its gradients."""
    assert cli.main(["explain", "e = a*b; d = e + c; L = d*f", "a=2", "b=-3", "c=10", "f=-2"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "   value  dL/d",
        "L     -8     1",
        "f     -2     4",
        "d      4    -2",
        "c     10    -2",
        "e     -6    -2",
        "b     -3    -4",
        "a      2     6",
        "wrote explain.html",
    ]
    assert err == ""
    assert page[0].label == "L"
    assert page[0].grad == 1.0
    assert new_files(folder) == ["explain.html"]


@pytest.mark.parametrize("words", [["-o", "n.html", *NEURON[2:]], [*NEURON[2:4], "--out", "n.html", NEURON[4]]])
def test_numbers_may_stand_anywhere(words: list[str], folder: Path, page: list[Value]) -> None:
    """Before, after and on both sides of the name of the page."""
    assert cli.main([*NEURON[:2], *words]) == 0
    assert page[0].data == pytest.approx(0.999329299739067)
    assert new_files(folder) == ["n.html"]


def test_a_root_without_a_name_is_the_result(page: list[Value], capsys: pytest.CaptureFixture[str]) -> None:
    """And a lone name is its own root, with no row below it."""
    assert cli.main(["explain", "a", "a=3"]) == 0
    assert cli.main(["explain", "a*2", "a=3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == ["   value  da/d", "a      3     1", "wrote explain.html"]
    assert lines[3:6] == ["        value  dresult/d", "result      6          1", "a           3          2"]
    assert len(page) == 2


def test_explain_says_which_value_is_not_finite(page: list[Value], capsys: pytest.CaptureFixture[str]) -> None:
    """In a line on stderr; the page is written all the same, to see how it came about."""
    assert cli.main(["explain", "log(x)", "x=0"]) == 0
    out, err = capsys.readouterr()
    assert err.startswith("micrograd: backward() from Value(data=-inf): the first value that is not finite is log")
    assert err.count("\n") == 1
    assert "-inf" in out
    assert page


@pytest.mark.parametrize("found", [True, False])
def test_the_page_can_be_opened(
    *,
    found: bool,
    page: list[Value],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the browser, by its full address; where there is none, that is said."""
    opened: list[str] = []

    def pretend(address: str) -> bool:
        opened.append(address)
        return found

    monkeypatch.setattr("webbrowser.open", pretend)
    assert cli.main([*NEURON, "--open", "-o", "my page.html"]) == 0
    assert opened == [Path("my page.html").resolve().as_uri()]
    assert ("found no browser" in capsys.readouterr().err) == (not found)
    assert len(page) == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "EXPRESSION"),
        (["a*b", "a=2", "a=3", "b=1"], "a is given twice, as 2 and as 3; leave one out"),
        (["a", "a=two"], "expected a number for a, such as a=-1.5, got 'two'"),
        (["a", "a=inf"], "expected a finite number for a"),
        (["a", "a="], "expected a number for a, such as a=-1.5, got ''"),
        (["a", "2"], "expected a name and its number, such as a=2, got '2'"),
        (["a", "2=a"], "expected a name and its number, such as a=2, got '2=a'"),
        (["a", "a=2", "c=1"], "c is given and not in the expression"),
        ([""], "the expression is empty"),
        (["a*b", "--bogus"], "unrecognized arguments: --bogus"),
        (["-a*b", "a=2"], "put an expression that starts with - in parentheses"),
        (["a", "a=1", "-o", "none/e.html"], "there is no folder"),
        (["a", "a=1", "-o", "."], "expected the name of a file to write"),
        (["a", "a=1", "-o", ""], "'': expected the name of a file to write"),
        (["a", "a=1", "-o", "a.pdf"], "expected the name of a page, which ends in .html or .htm"),
    ],
)  # fmt: skip
def test_explain_refuses_in_one_line(
    arguments: list[str], problem: str, folder: Path, page: list[Value], capsys: pytest.CaptureFixture[str]
) -> None:
    """Numbers that are none, and places that cannot be written to, before anything is written."""
    assert cli.main(["explain", *arguments]) == 2
    out, err = capsys.readouterr()
    assert problem in err
    assert (out, err.count("\n")) == ("", 1)
    assert new_files(folder) == []
    assert page == []


def test_a_mistake_in_an_expression_is_pointed_at(page: list[Value], capsys: pytest.CaptureFixture[str]) -> None:
    """Two more lines show the place."""
    assert cli.main(["explain", "(a*b + c2).tanh()", "a=2", "b=-3", "c=10"]) == 2
    assert capsys.readouterr().err == (
        "micrograd: column 8: c2 has no value: give c2=…; did you mean c?\n  (a*b + c2).tanh()\n         ^\n"
    )
    assert page == []


def test_letters_that_look_alike_are_one_name(page: list[Value]) -> None:
    """Python reads names in their plainest form, so those of the numbers are read so too."""
    assert cli.main(["explain", "\N{MICRO SIGN}*2", "\N{GREEK SMALL LETTER MU}=3"]) == 0
    assert cli.main(["explain", "\N{GREEK SMALL LETTER MU}*2", "\N{MICRO SIGN}=3"]) == 0
    assert [root.data for root in page] == [6.0, 6.0]


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Keep what the doctor is asked to run, and have it find something."""
    calls: list[tuple[str, list[str]]] = []

    def run(path: str, args: Sequence[str]) -> int:
        calls.append((path, list(args)))
        return 1

    monkeypatch.setitem(sys.modules, "micrograd.check.script", SimpleNamespace(run=run))
    return calls


@pytest.mark.parametrize("before", [[], ["--"]])
@pytest.mark.parametrize(
    "args", [[], ["--help"], ["--", "-o", "x"], ["a=1", "--version", "--", "-h", "--"], ["-x", "", "--y=2"]]
)
def test_the_doctor_hands_on_what_follows_the_script(
    before: list[str], args: list[str], folder: Path, examined: list[tuple[str, list[str]]]
) -> None:
    """Options too, whatever their names, and the status is the doctor's."""
    (folder / "train.py").write_text("", encoding="utf-8")
    assert cli.main(["doctor", *before, "train.py", *args]) == 1
    assert examined == [("train.py", args)]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "expected a script to run, such as train.py"),
        (["--"], "expected a script to run, such as train.py"),
        (["--bogus", "train.py"], "unrecognized arguments: --bogus"),
    ],
)
def test_the_doctor_needs_a_script(
    arguments: list[str],
    problem: str,
    examined: list[tuple[str, list[str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line says so where there is none."""
    assert cli.main(["doctor", *arguments]) == 2
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1
    assert examined == []


def test_the_page_is_a_whole_document(folder: Path) -> None:
    """One file of HTML that holds the graph."""
    outcome = run(*NEURON)
    assert (outcome.returncode, outcome.stderr) == (0, "")
    text = (folder / "explain.html").read_text(encoding="utf-8")
    assert text.lower().startswith("<!doctype html>")
    assert "tanh" in text


LOOP = """
import sys
from micrograd import MLP

model = MLP(2, [2, 1])
for _ in range(8):
    loss = (model([1.0, 2.0]) - 1.0) ** 2 + (model([-1.0, 0.5]) + 1.0) ** 2
    {zero}
    loss.backward()
    for p in model.parameters():
        p.data -= 0.05 * p.grad
print(sys.argv)
"""


@pytest.mark.parametrize(("zero", "status"), [("model.zero_grad()", 0), ("", 1)])
def test_the_doctor_finds_what_is_wrong_with_a_script(zero: str, status: int, folder: Path) -> None:
    """The script runs as Python would run it; the status and stderr say whether something was found."""
    (folder / "loop.py").write_text(LOOP.format(zero=zero), encoding="utf-8")
    outcome = run("doctor", "loop.py", "--help", "--", "x")
    assert outcome.stdout == "['loop.py', '--help', '--', 'x']\n"
    assert outcome.returncode == status, outcome.stderr
    assert ("gradients are not set to zero" in outcome.stderr) == (status == 1)


@pytest.mark.parametrize("script", ["none.py", "."])
def test_a_script_that_is_not_there_is_one_line(script: str) -> None:
    """No traceback, and no script is run."""
    outcome = run("doctor", script, "--help")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith(
        f"micrograd: {script}: expected a Python script to run, found no file of this name"
    )
    assert outcome.stderr.count("\n") == 1


def test_a_script_may_close_its_output(tmp_path: Path) -> None:
    """The doctor's exit status is said all the same."""
    script = tmp_path / "closed.py"
    script.write_text("import sys\nprint('done')\nsys.stdout.close()\n", encoding="utf-8")
    command = [sys.executable, "-m", "micrograd", "doctor", str(script)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "done\n", "")
