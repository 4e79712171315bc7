"""Every example runs by itself, prints the figures it is there for, and is named in the list of examples."""

from __future__ import annotations

import functools
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from micrograd import engine

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SHORT = 80  # lines

# What each example must print. Figures that exp or tanh lead to are cut before the last digits, in which
# the mathematical libraries of two systems may differ.
PRINTED = {
    "custom_op": [
        "numbers   10*length + x = 53.0   by x 7.0000   by y 8.0000",
        "Values    10*length + x = 53.0   by x 7.0000   by y 8.0000",
        "closure   10*length + x = 53.0   by x 7.0000   by y 8.0000",
        "[['0.128', '-0.096'], ['-0.096', '0.072']]",
        "With numbers: the op 'length' cannot be differentiated twice",
    ],
    "derivative_by_hand": [
        "f(3) = 20.0",
        "  3.0000          14.0003    14.0000",
        " -3.0000         -21.9997   -22.0000",
        "  5.0000          26.0003    26.0000",
        "  0.6667           0.0003     0.0000",
        "h =  1e-12   14.001244608152774",
        "h =  1e-16   0.0",
        "d = a*b + c = 4.0; with a + 0.001 it is 3.997",
        "along a   -3.0000000000001137",
        "along a -3.0, along b 2.0, along c 1.0",
        "(-3.0, 2.0, 1.0)",
    ],
    "digits": ["MLP(64 -> 24 relu -> 10 linear, 1810 parameters)", "epoch 3   mean loss", "held-out accuracy"],
    "expression": [
        "Value(data=-8.0)",
        "d was made by '+' from (Value(data=-6.0), Value(data=10.0))",
        "a b e c d f L",
        "a     2.0       6.0          6.0",
        "b    -3.0      -4.0         -4.0",
        "c    10.0      -2.0         -2.0",
        "f    -2.0       4.0          4.0",
        "e    -6.0      -2.0         -2.0",
        "d     4.0      -2.0         -2.0",
        "L    -8.0       1.0          1.0",
        "along c, by differences: -1.9999999999953388",
        "L goes from -8.0 to -7.286496",
    ],
    "fit_curve_with_scipy": ["misfit 0.000300 after", "size 2.01, decay 0.30, frequency 2.50", "array operations"],
    "four_points": ["41 parameters", "step  0   loss 6.005403", "step 19   loss 0.017782", "  -1.0    -0.9872"],
    "look_and_check": [
        "boxes without a gradient: 10 before backward(), 0 after",
        "1 gradient of tanh: 1 right",
        "1 gradient of forgetful_tanh: 1 wrong",
        "0.600948 times the slope",
        "log gave -inf, the first result that is not finite: (p.log() * 0.0).backward()",
        "operand 1: p = 0.0, made at",
    ],
    "neuron_by_hand": [
        "by hand             0.707107 -1.500000  0.500000  1.000000  0.000000  0.500000",
        "node by node        0.707107 -1.500000  0.500000  1.000000  0.000000  0.500000",
        "backward()          0.707107 -1.500000  0.500000  1.000000  0.000000  0.500000",
        "tanh made from exp  0.707107 -1.500000  0.500000  1.000000  0.000000  0.500000",
        "b = 6.88137358      0.7071067776767",
        "b in 64 bits        0.7071067811865",
        "b in 32 bits        0.7071066904050",
        "-1.50000038515331",
        "0.50000012838443",
        "1.00000025676887",
    ],
    "option_greeks": [
        "price   4.759422",
        "delta    0.779131   0.779131",
        "vega     8.813415   8.813415",
        "gamma    0.049963   0.049963",
        "theta   -4.559092",
        "rho     13.982046",
        "a volatility of 0.226534",
    ],
    "pendulum": [
        "slope 0.355196, by differences 0.355196",
        "attempt 0   push 3.000000 rad/s   reaches  56.944541 degrees",
        "attempt 4   push 4.533640 rad/s   reaches  90.000000 degrees",
    ],
    "published_example": [
        "g     = 24.7041",
        "dg/da = 138.8338",
        "dg/db = 645.5773",
        "by differences: 138.8338 and 645.5773",
    ],
    "reused_value": [
        "db/da = 2.0",
        "dc/da = 4.0, dc/db = 2.0",
        "by a -3.0",
        "by b -8.0",
        "[27.0, 54.0, 81.0]; after x.grad = 0.0: [27.0]",
        "zeroed       0.60  1.08  1.46  1.77  2.02  2.21  2.37  2.50  2.60  2.68  2.74  2.79",
        "forgotten    0.60  1.68  3.02  4.36  5.43  6.01  5.99  5.37  4.28  2.93  1.59  0.54",
    ],
    "second_derivatives": [
        "x^4 at 2: 16.0, grad 32.0, grad of grad 48.0",
        "[1.0, -1.0, 2.0, -6.0, 24.0, -120.0]",
        "x.grad = Value(data=32.0)",
        "x.grad = 48.0",
        "[[802.0, -400.0], [-400.0, 200.0]]",
        "without the matrix: [2.0, 0.0]",
        "step 1   x -1.175281   y  1.380674   f 4.732e+00",
        "step 5   x  0.999996   y  0.999991",
    ],
    "two_moons": ["337 parameters", "step  0   rate 1.00   loss 0.9113   accuracy  50%", "trained: accuracy"],
}

ARGUMENTS = {"digits": [] if engine.compiled else ["--quick"]}
NEEDS_SKLEARN = pytest.mark.skipif(find_spec("sklearn") is None, reason="scikit-learn is not installed")
NEEDS_SCIPY = pytest.mark.skipif(
    find_spec("scipy") is None or find_spec("llvmlite") is None, reason="SciPy or llvmlite is not installed"
)
NEEDS = {"digits": NEEDS_SKLEARN, "fit_curve_with_scipy": NEEDS_SCIPY}
NEEDS_TORCH = pytest.mark.skipif(find_spec("torch") is None, reason="PyTorch is not installed")

RUN_WITHOUT = """
import runpy, sys
library, path = sys.argv[1:]
sys.modules[library] = None
sys.argv = [path]
runpy.run_path(path, run_name="__main__")
"""


def run(*command: str) -> str:
    """Return what a Python command prints, which must succeed in silence otherwise and use ASCII alone."""
    outcome = subprocess.run([sys.executable, *command], capture_output=True, encoding="utf-8", check=False)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stderr == ""
    assert outcome.stdout.isascii(), "terminals differ in what they make of other characters"
    return outcome.stdout


@functools.cache
def printed(name: str) -> str:
    """Return what an example prints."""
    return run(str(EXAMPLES / f"{name}.py"), *ARGUMENTS.get(name, []))


def numbers_after(words: str, text: str) -> list[float]:
    """Return every number that follows these words."""
    return [float(number) for number in re.findall(rf"{re.escape(words)} +([-\d.]+)", text)]


def cases() -> list[object]:
    """Return the name of every example, with the condition under which it can show what it is there for."""
    return [pytest.param(name, marks=NEEDS.get(name, ())) for name in PRINTED]


@pytest.mark.parametrize("name", cases())
def test_an_example_prints_its_figures(name: str) -> None:
    """An example runs without complaint and prints the figures it is there for."""
    output = printed(name)
    missing = [part for part in PRINTED[name] if part not in output]
    assert not missing, output


def test_the_loss_of_the_four_points_falls() -> None:
    """Each of the 20 steps leaves a smaller loss than the one before."""
    losses = numbers_after("loss", printed("four_points"))
    assert len(losses) == 20
    assert losses == sorted(losses, reverse=True)


def test_the_moons_are_told_apart() -> None:
    """The trained network is right about nearly all points, and the map shows both classes and both regions."""
    output = printed("two_moons")
    assert numbers_after("trained: accuracy", output)[0] >= 95
    assert set("ox. ") <= set(output.partition("trained")[2])


@NEEDS_SKLEARN
def test_the_digits_are_learnt() -> None:
    """The network is right about more than 93 % of the images it has not seen; fewer after the quick run."""
    accuracy = numbers_after("held-out accuracy", printed("digits"))[0]
    assert accuracy > (93 if engine.compiled else 80)


@NEEDS_TORCH
def test_pytorch_agrees_about_the_neuron() -> None:
    """PyTorch's output and gradients are those of the neuron whose bias was rounded to 32 bits."""
    lines = printed("neuron_by_hand").splitlines()
    ours, theirs = (next(line for line in lines if line.startswith(start)) for start in ("b in 32 bits", "PyTorch"))
    assert list(map(float, theirs.split()[1:])) == pytest.approx(list(map(float, ours.split()[4:])), abs=1e-12)


@pytest.mark.parametrize(
    ("name", "library", "line"),
    [
        ("digits", "sklearn", "skipped: sklearn.datasets is needed here and is not installed"),
        ("neuron_by_hand", "torch", "PyTorch: skipped, torch is needed here and is not installed"),
    ],
)
def test_an_example_does_without_an_optional_library(name: str, library: str, line: str) -> None:
    """An example says what it leaves out where a library is missing, and ends well."""
    assert line in run("-c", RUN_WITHOUT, library, str(EXAMPLES / f"{name}.py"))


def test_every_example_is_tested() -> None:
    """The table above has an entry for each file among the examples, and no other."""
    assert sorted(PRINTED) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


def test_every_example_is_listed() -> None:
    """The list of examples has one line for each file."""
    listed = re.findall(r"^- `(\w+)\.py`: .+\.$", (EXAMPLES / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(PRINTED)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short(path: Path) -> None:
    """An example opens with what it shows and fits on a screen or two."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('"""')
    assert len(lines) < SHORT
