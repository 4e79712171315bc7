"""What is seen of the page in a real browser: lines and labels, zoom, what is scrolled into view, tables that fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from browsers import watched
from graphs import address, diamond, leaves, lecture, named, network
from playwright.sync_api import expect
from screens import PHONE, choose, to_step

from micrograd.draw.bundle import bundle, styles
from micrograd.draw.payload import payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from micrograd import MLP, Value

HELD: dict[str, Any] = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "reduced_motion": "reduce"}


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> Callable[..., Page]:
    """Open the page of a graph in a window of some size."""

    def shown(root: Value, model: MLP | None = None, width: int = 1280, height: int = 900) -> Page:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(reduced_motion="reduce")
        page.goto(address(root, tmp_path / "page.html", model))
        return page

    return shown


def edges_of(locator: Locator) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what is seen of an element."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def numerical(page: Page, name: str) -> Locator:
    """Return the numerical gradient of a node in the table."""
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))
    return row.get_by_role("cell").last


def doubled() -> Value:
    """Return b = a + a."""
    (a,) = leaves(a=3.0)
    return named("b", a + a)


def test_no_tick_stands_where_a_gradient_is_infinite(shown: Callable[..., Page]) -> None:
    """Beside a pole there is no numerical gradient, whatever differences would give."""
    a, b = leaves(a=1.0, b=0.0)
    page = shown(named("L", a / b))
    page.keyboard.press("End")
    for name in ("a", "b", "L"):
        expect(numerical(page, name)).to_have_text("none")


def test_each_operand_has_a_line_of_its_own(shown: Callable[..., Page]) -> None:
    """Both lines of a + a are seen apart, one at a time is lit, and the words tell which."""
    page = shown(doubled())
    lines = page.locator(".mg-edge")
    expect(lines).to_have_count(2)
    to_step(page, 1)
    expect(page.locator(".mg-edge.mg-lit")).to_have_count(2)
    lit = []
    for step, word in ((3, "first"), (4, "second")):
        to_step(page, step)
        expect(page.locator(".mg-edge.mg-backward")).to_have_count(1)
        expect(page.locator(".mg-formula")).to_contain_text(f"({word} a)")
        expect(page.locator(".mg-caption")).to_contain_text(f"a is the {word} operand of b")
        lit.append(edges_of(page.locator(".mg-edge.mg-backward .mg-line")))
    assert lit[0][1] < lit[1][1] - 10
    choose(page, "Overwrite")
    expect(page.locator(".mg-damage")).to_contain_text("1 of 2 gradients is wrong at the end")


@pytest.mark.parametrize("graph", [lecture, diamond, doubled])
def test_the_label_at_work_is_whole(shown: Callable[..., Page], graph: Callable[[], Value]) -> None:
    """It has a plate as large as itself, above all boxes and lines, inside of the picture, beside the numbers."""
    page = shown(graph())
    steps = int(page.get_by_role("slider").get_attribute("max") or 0)
    stage = edges_of(page.locator(".mg-stage"))
    last = page.locator(".mg-drawing > :last-child > :last-child")
    for step in range(1, steps + 1):
        to_step(page, step)
        if page.locator(".mg-label.mg-backward").count() == 0:
            continue
        expect(last).to_have_class("mg-label mg-lit mg-backward")
        plate, text = (edges_of(page.locator(f".mg-label.mg-backward .{name}")) for name in ("mg-plate", "mg-local"))
        assert plate[0] <= text[0] < text[2] <= plate[2]
        assert stage[0] <= plate[0] < plate[2] <= stage[2]
        numbers = [edges_of(each) for each in page.locator(".mg-number").all()]
        covered = [n for n in numbers if n[0] < plate[2] and plate[0] < n[2] and n[1] < plate[3] and plate[1] < n[3]]
        assert covered == []


def test_small_graphs_use_the_room(shown: Callable[..., Page]) -> None:
    """The picture of a few nodes fills the width, or is larger than it was made; its texts can be read from afar."""
    page = shown(lecture())
    stage = edges_of(page.locator(".mg-stage"))
    boxes = [edges_of(each) for each in page.locator(".mg-box").all()]
    assert max(box[2] for box in boxes) - min(box[0] for box in boxes) > 0.9 * (stage[2] - stage[0])
    assert max(box[3] for box in boxes) - min(box[1] for box in boxes) > 0.5 * (stage[3] - stage[1])
    page = shown(doubled())
    expect(page.locator(".mg-percent")).to_have_text("120 %")


def active_is_seen(page: Page) -> bool:
    """Return whether what the step works on lies inside of the picture's part that is shown."""
    stage, active = edges_of(page.locator(".mg-stage")), edges_of(page.locator(".mg-box.mg-active .mg-card").last)
    return all(stage[k] - 1 <= active[k] and active[k + 2] <= stage[k + 2] + 1 for k in (0, 1))


def test_the_step_is_always_in_view_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """Each step of a folded network, forwards and backwards, and after edits of the window's height."""
    loss, model = network()
    with watched(browser, **HELD) as page:
        page.goto(address(loss, tmp_path / "page.html", model))
        count = page.locator(".mg-count")
        while (count.text_content() or "").split()[1] != "106":
            page.get_by_role("button", name="Next", exact=True).click()
            assert active_is_seen(page), count.text_content()
        page.get_by_role("button", name="Backpropagation").click()
        assert active_is_seen(page)
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"] - 90})
        page.wait_for_function("() => new Promise(requestAnimationFrame)")
        assert active_is_seen(page)


def test_a_small_graph_is_whole_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """It runs down there, as large as can be read, and the label at work is beside its line."""
    with watched(browser, **HELD) as page:
        page.goto(address(lecture(), tmp_path / "page.html"))
        stage = edges_of(page.locator(".mg-stage"))
        for box in [edges_of(each) for each in page.locator(".mg-box").all()]:
            assert stage[0] <= box[0] < box[2] <= stage[2]
            assert stage[1] <= box[1] < box[3] <= stage[3]
        assert int((page.locator(".mg-percent").text_content() or "").split()[0]) > 55
        to_step(page, 9)
        numbers = [edges_of(each) for each in page.locator(".mg-number").all()]
        plate = edges_of(page.locator(".mg-label.mg-backward .mg-plate"))
        assert not [n for n in numbers if n[0] < plate[2] and plate[0] < n[2] and n[1] < plate[3] and plate[1] < n[3]]


def test_the_whole_graph_can_be_seen_at_once(browser: Browser, tmp_path: Path) -> None:
    """However small that makes it, until it is not wished any more; windows may change their size meanwhile."""
    loss, model = network()
    hidden = "(stage) => [stage.scrollWidth - stage.clientWidth, stage.scrollHeight - stage.clientHeight]"
    with watched(browser, **HELD) as page:
        page.goto(address(loss, tmp_path / "page.html", model))
        stage, percent = page.locator(".mg-stage"), page.locator(".mg-percent")
        whole = page.get_by_role("button", name="Whole graph")
        expect(percent).to_have_text("65 %")
        assert stage.evaluate(hidden)[0] > 100
        whole.click()
        expect(whole).to_have_attribute("aria-pressed", "true")
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"] - 90})
        page.get_by_role("button", name="Next", exact=True).click()
        assert stage.evaluate(hidden) == [0, 0]
        assert int((percent.text_content() or "").split()[0]) < 40
        whole.click()
        expect(percent).to_have_text("65 %")
        page.get_by_role("button", name="Zoom in").click()
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
        page.wait_for_function("() => new Promise(requestAnimationFrame)")
        expect(percent).to_have_text("81 %")


@pytest.mark.parametrize("width", [280, 340, 390, 560, 705, 900, 1045, 1280, 1700])
def test_the_table_fits_its_container(shown: Callable[..., Page], width: int) -> None:
    """No column is cut off, whatever the width, in the middle of a run as at its end, with mistakes as without."""
    loss, model = network()
    for root, its_model, middle in ((lecture(), None, 8), (loss, model, 90)):
        page = shown(root, its_model, width)
        if its_model:
            page.locator(".mg-groups .mg-link", has_text="layers[0].neurons[1]").click()
        for mode in ("Follow", "Not zeroed"):
            choose(page, mode)
            for step in (0, middle, 10_000):
                to_step(page, min(step, int(page.get_by_role("slider").get_attribute("max") or 0)))
                sizes = page.locator(".mg-scroll").evaluate("(table) => [table.scrollWidth, table.clientWidth]")
                assert sizes[0] <= sizes[1], (mode, step)


def test_little_things_keep_their_place(shown: Callable[..., Page]) -> None:
    """The slider is as wide at every step, and an alert keeps away from the heading below it."""
    page = shown(lecture())
    widths = set()
    for step in (0, 9, 10):
        to_step(page, step)
        widths.add(round(page.get_by_role("slider").evaluate("(slider) => slider.getBoundingClientRect().width"), 2))
    assert len(widths) == 1
    field = page.get_by_label("Data of a")
    field.fill("1e400")
    field.press("Enter")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("beyond the numbers that fit in 64 bits")
    assert edges_of(alert)[3] + 8 <= edges_of(page.locator(".mg-nodes caption"))[1]


@pytest.mark.parametrize("copies", ["one script", "two scripts"])
def test_two_views_in_one_document_do_not_meddle(page: Page, copies: str) -> None:
    """Each keeps its mode and its fields, also where each brings its own copy of the script, as widgets do."""
    page.set_content("<!DOCTYPE html><title>host</title>")
    page.add_style_tag(content=styles())
    data = json.dumps(payload(lecture()))
    for place in ("one", "two"):
        page.evaluate("id => document.body.append(Object.assign(document.createElement('div'), { id }))", place)
    calls = [f"mount(document.querySelector('#{place}'), {data});" for place in ("one", "two")]
    scripts = [calls] if copies == "one script" else [[each] for each in calls]
    for some in scripts:
        page.add_script_tag(content=f"{{\n{bundle('mount.js')}\n{' '.join(some)}\n}}")
    one, two = page.locator("#one"), page.locator("#two")
    for view, mode in ((one, "Overwrite"), (two, "Quiz"), (one, "Wrong order")):
        view.get_by_role("radio", name=mode, exact=True).check()
    expect(one.get_by_role("radio", name="Wrong order", exact=True)).to_be_checked()
    expect(two.get_by_role("radio", name="Quiz", exact=True)).to_be_checked()
    expect(one.locator("input:checked")).to_have_count(1)
    expect(two.locator("input:checked")).to_have_count(1)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((each) => each.id)")
    assert len(ids) == len(set(ids))
