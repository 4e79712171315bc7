"""The page without a mouse and without a screen: where the focus goes, and what is read out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from browsers import watched
from graphs import address, diamond, lecture, named, network
from playwright.sync_api import expect
from screens import PHONE, answer, choose, to_step

from micrograd import Value

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page


CHANGES = """
window.heard = [];
for (const region of document.querySelectorAll("[aria-live], [role=status], [role=alert]")) {
  const observer = new MutationObserver(() => heard.push(region.textContent));
  observer.observe(region, { childList: true, subtree: true, characterData: true });
}
"""


def button(page: Page, name: str) -> Locator:
    """Return a button."""
    return page.get_by_role("button", name=name, exact=True)


def heard(page: Page) -> list[str]:
    """Return what has been read out since the last time."""
    page.wait_for_timeout(50)
    texts: list[str] = page.evaluate("heard.splice(0)")
    return texts


def test_a_button_at_the_end_of_its_way_keeps_the_focus(shown: Callable[..., Page]) -> None:
    """At the last step the buttons that lead on do nothing, and keys still step."""
    page = shown(lecture())
    count = page.locator(".mg-count")
    for name, end, back in (("Last", 10, "ArrowLeft"), ("First", 0, "ArrowRight")):
        button(page, name).focus()
        page.keyboard.press("Enter")
        expect(count).to_have_text(f"Step {end} of 10")
        expect(button(page, name)).to_be_focused()
        expect(button(page, name)).to_be_disabled()
        page.keyboard.press("Enter")
        expect(count).to_have_text(f"Step {end} of 10")
        page.keyboard.press(back)
        expect(count).to_have_text(f"Step {abs(end - 1)} of 10")


def test_a_disabled_button_does_nothing(shown: Callable[..., Page]) -> None:
    """In the quiz neither clicks nor keys lead to the answers."""
    page = shown(lecture())
    choose(page, "Quiz")
    for name in ("Last", "Next", "Play", "Backpropagation"):
        button(page, name).click(force=True)
        button(page, name).press("Enter")
    expect(page.locator(".mg-count")).to_have_text("Step 3 of 10")
    expect(button(page, "Play")).to_be_disabled()


def test_undoing_edits_leaves_the_focus_in_the_table(shown: Callable[..., Page]) -> None:
    """The button goes, and keys still step."""
    page = shown(lecture())
    field = page.get_by_label("Data of a")
    field.fill("5")
    field.press("Enter")
    button(page, "Undo edits").press("Enter")
    expect(page.get_by_role("region", name="Nodes")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".mg-count")).to_have_text("Step 1 of 10")


def test_the_end_of_the_quiz_has_the_focus(shown: Callable[..., Page]) -> None:
    """After the last answer it is on the button that starts again, and then in the field."""
    page = shown(diamond())
    choose(page, "Quiz")
    again = button(page, "Start again")
    for _ in range(4):
        button(page, "Show me").press("Enter")
    answer(page, "7")
    expect(again).to_be_focused()
    again.press("Enter")
    expect(page.get_by_label("What will")).to_be_focused()
    for _ in range(5):
        button(page, "Show me").press("Enter")
    expect(again).to_be_focused()


def test_the_space_bar_presses_a_box(shown: Callable[..., Page]) -> None:
    """As it does any button, and nothing plays."""
    page = shown(lecture())
    box = page.locator(".mg-box").first
    box.press(" ")
    expect(page.get_by_role("region", name="Chosen node")).to_be_visible()
    expect(button(page, "Play")).to_be_visible()
    box.press(" ")
    expect(page.get_by_role("region", name="Chosen node")).to_be_hidden()


def test_folding_keeps_the_focus_in_its_place(shown: Callable[..., Page]) -> None:
    """In the list it stays on the group; in the table and in the picture it goes to what has come."""
    loss, model = network()
    page = shown(loss, model)
    group = page.get_by_role("region", name="Groups").get_by_role("button", name="layers[0].neurons[1]")
    for expanded in ("true", "false"):
        group.press("Enter")
        expect(group).to_have_attribute("aria-expanded", expanded)
        expect(group).to_be_focused()
    folded = page.get_by_role("region", name="Nodes").get_by_role("button", name="⊞ layers[0].neurons[1]", exact=True)
    folded.press("Enter")
    expect(folded).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('tbody button')")
    box = page.locator(".mg-drawing").get_by_role("button", name=re.compile(r"^layers\[0\]\.neurons\[2\]:"))
    box.press(" ")
    expect(box).to_have_count(0)
    assert page.evaluate("document.activeElement.matches('.mg-box')")


def test_a_step_is_read_out_once(shown: Callable[..., Page]) -> None:
    """One region tells of it, the slider says its number alone, and choosing a node repeats nothing."""
    page = shown(diamond())
    choose(page, "Overwrite")
    to_step(page, 8)
    page.evaluate(CHANGES)
    page.locator(".mg-box").first.click()
    assert heard(page) == []
    page.keyboard.press("ArrowRight")
    told = heard(page)
    assert len(told) == 1
    assert "∂f/∂a" in told[0]
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", "Step 9 of 10")
    expect(page.locator(".mg-damage")).to_have_text("2 of 5 gradients are wrong at the end, 1 so far.")
    choose(page, "Follow")
    choose(page, "Not zeroed")
    assert "2 of 5 gradients are wrong at the end" in heard(page)


def test_what_is_unknown_is_called_so(shown: Callable[..., Page]) -> None:
    """No gradient is shown as nan where only its derivative is unknown."""
    x = Value(3.0, label="x")
    page = shown(named("y", Value(4.0, (x,), "mystery") * Value(5.0, label="w")))
    button(page, "Last").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="x", exact=True))
    expect(row.get_by_role("cell").nth(1)).to_have_text("unknown")
    box = page.locator(".mg-drawing").get_by_role("button", name=re.compile("^x:"))
    expect(box).to_have_accessible_name("x: data 3.0, gradient unknown")
    expect(page.locator(".mg-formula")).to_have_text(re.compile("unknown = unknown$"))
    expect(page.locator(".mg-notice")).to_contain_text("Some derivatives are unknown here")
    expect(page.locator("body")).not_to_contain_text("nan")


def test_endless_names_fit_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    """A name or an operation of hundreds of letters makes neither the page nor a box wide."""
    x = Value(2.0, label="x" * 400)
    loss = Value.custom(6.0, [x], [3.0], op="operation" * 40) * Value(1.0, label="🦊" * 60)
    loss.label = "y" * 400
    with watched(browser, viewport=PHONE, is_mobile=True, has_touch=True) as page:
        page.goto(address(loss, tmp_path / "page.html"))
        button(page, "Last").click()
        page.locator("tbody .mg-link").first.click()
        expect(page.get_by_role("region", name="Chosen node")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        widths = page.evaluate("[...document.querySelectorAll('.mg-card')].map((each) => each.width.baseVal.value)")
        assert max(widths) < 400
        assert "�" not in page.locator(".mg-drawing").inner_html()


def test_names_from_right_to_left_leave_formulas_in_order(shown: Callable[..., Page]) -> None:
    """The sign of equality stands right of the first name, and the numbers where they belong."""
    a, b = Value(2.0, label="שלום"), Value(3.0, label="עולם")
    page = shown(named("שם", a * b))
    page.keyboard.press("ArrowRight")
    order = page.evaluate(
        """() => [...document.querySelector(".mg-formula").childNodes].map((part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          return range.getBoundingClientRect().left;
        })"""
    )
    assert order == sorted(order)
