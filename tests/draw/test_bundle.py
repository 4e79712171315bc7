"""The page's scripts as one text: order, names, and that nothing of a module is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from micrograd.draw import bundle as module
from micrograd.draw.bundle import asset, bundle, modules, pages, styles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)
IMPORTED = re.compile(r'from "\./([\w.-]+)"')


def scripts() -> Iterator[str]:
    """Return the names of all modules of the page."""
    return (each.name for each in pages().iterdir() if each.name.endswith(".js"))


def test_top_level_names_are_unique() -> None:
    """No two modules of the page have a name in common, so that they can share one scope."""
    names = [name for script in scripts() for name in TOP_LEVEL.findall(asset(script))]
    assert len(names) > 50
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


@pytest.mark.parametrize("entry", ["main.js", "widget.js", "ops.js"])
def test_a_module_comes_once_and_after_those_it_imports(entry: str) -> None:
    """The order of modules is that of dependence, the entry last."""
    order = modules(entry)
    assert order[-1] == entry
    assert len(order) == len(set(order))
    for name in order:
        assert all(order.index(needed) < order.index(name) for needed in IMPORTED.findall(asset(name)))


@pytest.mark.parametrize("entry", ["main.js", "widget.js"])
def test_a_bundle_has_all_names_and_no_import_or_export(entry: str) -> None:
    """Declarations remain, the lines that tie modules together go."""
    text = bundle(entry)
    assert not re.search(r"^\s*(import|export)\b", text, re.MULTILINE)
    names = [name for script in modules(entry) for name in TOP_LEVEL.findall(asset(script))]
    assert TOP_LEVEL.findall(text) == names


def test_every_way_of_exporting_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports over several lines, lists of exports and defaults go; strings that look like them stay."""
    (tmp_path / "a.js").write_text("export const a = 1;\nexport async function f() {}\nexport { a as b };\n")
    (tmp_path / "b.js").write_text(
        'import {\n  a,\n  f,\n} from "./a.js";\n\nexport class B {}\nconst s = "import it";\n'
        "export default { a: f };\n"
    )
    monkeypatch.setattr(module, "pages", lambda: tmp_path)
    assert bundle("b.js") == 'const a = 1;\nasync function f() {}\n\n\nclass B {}\nconst s = "import it";\n'


def test_modules_in_a_circle_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two modules that import one another have no order, and the error names them."""
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\n')
    monkeypatch.setattr(module, "pages", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"a\.js -> b\.js -> a\.js"):
        modules("a.js")


def test_styles_touch_the_view_alone() -> None:
    """Every rule of the view's style sheet is for what stands inside of it."""
    text = re.sub(r"/\*.*?\*/", "", styles(), flags=re.DOTALL)
    text = re.sub(r"@keyframes [^{]*\{[^{}]*\{[^{}]*\}\s*\}", "", text)
    selectors = [each.strip() for each in re.findall(r"([^{};]+)\{", text)]
    assert len(selectors) > 50
    for selector in selectors:
        if not selector.startswith("@"):
            parts = re.split(r",(?![^(]*\))", selector)
            assert all(part.strip().startswith(".mg-explain") for part in parts), selector
