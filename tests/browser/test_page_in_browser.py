"""The page in a real browser: stepping, editing, the quiz, the mistakes, folding, keys, themes, narrow screens."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from browsers import watched
from graphs import address, diamond, large, lecture, named, network
from playwright.sync_api import expect
from screens import PHONE, SCREENS, answer, choose, page_screens, to_step

from micrograd import Value
from micrograd.draw.bundle import bundle, styles
from micrograd.draw.payload import payload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page


def words(page: Page) -> Locator:
    """Return the words of the step."""
    return page.locator(".mg-formula")


def box(page: Page, name: str) -> Locator:
    """Return the box of a node or a group."""
    return page.locator(".mg-drawing").get_by_role("button", name=re.compile(rf"^{re.escape(name)}[ :]"))


def row(page: Page, name: str) -> Locator:
    """Return the row of a node in the table."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def press(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=name, exact=True).click()


def test_it_opens_before_anything_is_computed(shown: Callable[..., Page]) -> None:
    """The leaves have data; no gradient is there, and none is shown as 0."""
    page = shown(lecture())
    expect(page).to_have_title("Gradients of L")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gradients of L")
    expect(box(page, "a")).to_have_accessible_name("a: data 2.0, gradient not computed")
    expect(box(page, "e")).to_have_accessible_name("e made by *: data not computed, gradient not computed")
    expect(page.get_by_role("button", name="Back", exact=True)).to_be_disabled()


def test_buttons_keys_and_slider_step(shown: Callable[..., Page]) -> None:
    """Each way of stepping leads to the same steps, in both directions."""
    page = shown(lecture())
    count = page.locator(".mg-count")
    page.keyboard.press("ArrowRight")
    expect(words(page)).to_have_text("e = a · b = 2.0 × -3.0 = -6.0")  # noqa: RUF001  # as products are written
    press(page, "Next")
    expect(words(page)).to_have_text("d = e + c = -6.0 + 10.0 = 4.0")
    press(page, "Back")
    page.keyboard.press("End")
    expect(count).to_have_text("Step 10 of 10")
    page.keyboard.press("ArrowLeft")
    expect(count).to_have_text("Step 9 of 10")
    page.keyboard.press("Home")
    expect(count).to_have_text("Step 0 of 10")
    press(page, "Last")
    press(page, "First")
    to_step(page, 4)
    expect(words(page)).to_have_text("∂L/∂L = 1.0")
    press(page, "Backpropagation")
    expect(count).to_have_text("Step 4 of 10")


def test_the_middle_of_backpropagation(shown: Callable[..., Page]) -> None:
    """The edge at work is lit, and its contribution is told in words and numbers."""
    page = shown(lecture())
    to_step(page, 10)
    expect(words(page)).to_have_text("∂L/∂b += ∂L/∂e · ∂e/∂b = -2.0 × 2.0 = -4.0")  # noqa: RUF001  # as products are written
    expect(page.locator(".mg-caption")).to_have_attribute("aria-live", "polite")
    expect(page.locator(".mg-edge.mg-backward")).to_have_count(1)
    expect(page.locator(".mg-label.mg-backward")).to_have_text("× 2.0")  # noqa: RUF001  # as products are written
    expect(page.locator(".mg-box.mg-active .mg-name")).to_have_text("b")
    to_step(page, 9)
    expect(box(page, "b")).to_have_accessible_name("b: data -3.0, gradient not computed")


def test_it_plays_and_pauses(shown: Callable[..., Page]) -> None:
    """The space bar starts and stops playing; it stops by itself at the end."""
    page = shown(lecture())
    page.clock.install()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(2000)
    expect(page.locator(".mg-count")).to_have_text("Step 3 of 10")
    page.keyboard.press(" ")
    page.clock.run_for(5000)
    expect(page.locator(".mg-count")).to_have_text("Step 3 of 10")
    page.keyboard.press(" ")
    page.clock.run_for(20000)
    expect(page.locator(".mg-count")).to_have_text("Step 10 of 10")
    expect(page.get_by_role("button", name="Play")).to_be_disabled()


def test_an_edited_leaf_changes_everything(shown: Callable[..., Page]) -> None:
    """All data, gradients and numerical gradients follow an edit, and it can be undone."""
    page = shown(lecture())
    press(page, "Last")
    field = page.get_by_label("Data of a")
    field.fill("1/2")
    field.press("Enter")
    expect(row(page, "L")).to_contain_text("-17.0")
    expect(row(page, "b")).to_contain_text("-1.0")
    expect(row(page, "b").get_by_role("cell").last).to_have_text("-1.0 ✓")
    expect(words(page)).to_have_text("∂L/∂b += ∂L/∂e · ∂e/∂b = -2.0 × 0.5 = -1.0")  # noqa: RUF001  # as products are written
    press(page, "Undo edits")
    expect(row(page, "L")).to_contain_text("-8.0")
    expect(field).to_have_value("2.0")


def test_bad_input_is_explained_and_nothing_is_lost(shown: Callable[..., Page]) -> None:
    """What is typed stays to be mended, the number stays as it was, and the reason is said."""
    page = shown(lecture())
    press(page, "Last")
    field = page.get_by_label("Data of a")
    field.fill("2,5")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Write the decimal point as a point")
    expect(field).to_have_value("2,5")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(row(page, "L")).to_contain_text("-8.0")
    field.fill("2.5")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("")
    expect(row(page, "L")).to_contain_text("-5.0")


def test_every_digit_is_there_to_edit(shown: Callable[..., Page]) -> None:
    """A leaf shows few digits until it is edited, and leaving it unchanged changes nothing."""
    page = shown(named("y", Value(1.0 / 3.0, label="x") * 3.0))
    field = page.get_by_label("Data of x")
    expect(field).to_have_value("0.33333")
    field.focus()
    expect(field).to_have_value("0.3333333333333333")
    field.blur()
    expect(field).to_have_value("0.33333")
    expect(page.get_by_role("button", name="Undo edits")).to_be_hidden()


def test_the_numerical_gradient_stands_beside(shown: Callable[..., Page]) -> None:
    """Central differences agree with backpropagation, once it is there."""
    page = shown(diamond())
    expect(row(page, "a").get_by_role("cell").last).to_have_text("-3.0")
    press(page, "Last")
    for name, gradient in {"a": "-3.0", "b": "-8.0", "d": "1.0", "e": "-6.0"}.items():
        expect(row(page, name).get_by_role("cell").nth(1)).to_have_text(gradient)
        expect(row(page, name).get_by_role("cell").last).to_have_text(f"{gradient} ✓")


def test_the_quiz(shown: Callable[..., Page]) -> None:
    """A prediction is judged and the answer revealed; nothing gives it away before."""
    page = shown(lecture())
    press(page, "Last")
    choose(page, "Quiz")
    quiz = page.get_by_role("region", name="Quiz")
    expect(row(page, "d").get_by_role("cell").last).to_have_text("?")
    expect(page.get_by_role("slider")).to_be_disabled()
    answer(page, "1")
    expect(quiz).to_contain_text("Right: ∂L/∂L = 1.0.")
    answer(page, "no idea")
    expect(quiz).to_contain_text("is not a number")
    answer(page, "4/2")
    expect(quiz).to_contain_text("Not quite: ∂L/∂d = -2.0, you said 2.0.")
    expect(quiz).to_contain_text("Score: 1 of 2 right.")
    page.get_by_text("Hint").click()
    expect(quiz).to_contain_text("∂L/∂f = ∂L/∂L · ∂L/∂f")
    for _ in range(5):
        press(page, "Show me")
    press(page, "Start again")
    expect(quiz).to_contain_text("What will ∂L/∂L be?")


@pytest.mark.parametrize(
    ("mode", "graph", "damage"),
    [
        ("Overwrite", diamond, "2 of 5 gradients are wrong at the end, 2 so far."),
        ("Wrong order", lecture, "4 of 7 gradients are wrong at the end, 4 so far."),
        ("Not zeroed", lecture, "4 of 7 gradients are wrong at the end, 4 so far."),
        ("Overwrite", lecture, "No damage in this graph: all 7 gradients come out right."),
    ],
)
def test_mistakes_show_their_damage(
    shown: Callable[..., Page], mode: str, graph: Callable[[], Value], damage: str
) -> None:
    """Each mistake says how many gradients it spoils, and strikes them through."""
    page = shown(graph())
    choose(page, mode)
    press(page, "Last")
    expect(page.locator(".mg-damage")).to_contain_text(damage)
    spoilt = 0 if damage.startswith("No") else int(damage[0])
    expect(page.locator(".mg-box.mg-is-wrong")).to_have_count(spoilt)
    expect(page.locator("td s")).to_have_count(spoilt)
    choose(page, "Follow")
    expect(page.locator(".mg-box.mg-is-wrong")).to_have_count(0)


def test_a_wrong_gradient_stands_beside_the_right_one(shown: Callable[..., Page]) -> None:
    """In the box and in the table, and in what a screen reader says."""
    page = shown(diamond())
    choose(page, "Overwrite")
    press(page, "Last")
    expect(box(page, "a")).to_have_accessible_name("a: data -2.0, gradient 3.0, which is wrong: right is -3.0")
    expect(box(page, "a").locator(".mg-wrong")).to_have_text("3.0")
    expect(row(page, "a").locator("s")).to_have_text("3.0")
    expect(row(page, "a").locator("strong")).to_have_text("-3.0")


def test_groups_fold_and_unfold(shown: Callable[..., Page]) -> None:
    """A network opens with its neurons folded; click, Enter and the list of groups open and close them."""
    loss, model = network()
    page = shown(loss, model)
    boxes = page.locator(".mg-box")
    before = boxes.count()
    assert before < 20
    neuron = box(page, "layers[0].neurons[1]")
    expect(neuron).to_contain_text("nodes folded")
    expect(neuron).to_have_attribute("aria-expanded", "false")
    neuron.click()
    expect(neuron).to_have_count(0)
    assert boxes.count() > before
    groups = page.get_by_role("region", name="Groups")
    groups.get_by_role("button", name="layers[0].neurons[1]").click()
    expect(boxes).to_have_count(before)
    neuron.focus()
    page.keyboard.press("Enter")
    expect(neuron).to_have_count(0)
    assert page.evaluate("document.activeElement.classList.contains('mg-box')")
    groups.get_by_role("button", name="layers[0]", exact=False).first.click()
    expect(box(page, "layers[0]")).to_contain_text("nodes folded")


def test_a_folded_group_tells_of_its_members(shown: Callable[..., Page]) -> None:
    """It says count, least, mean and greatest, and gradients only once there are some."""
    loss, model = network()
    page = shown(loss, model)
    neuron = box(page, "layers[2].neurons[0]")
    expect(neuron).to_have_accessible_name(re.compile(r"\d+ nodes folded; data from .* gradient not computed$"))
    press(page, "Last")
    expect(neuron).to_have_accessible_name(re.compile(r"gradient from .* to .*, mean "))


def test_five_thousand_nodes_open_folded_and_step(shown: Callable[..., Page]) -> None:
    """A large graph shows few boxes, and any of its steps."""
    total, model = large()
    page = shown(total, model)
    expect(page.locator(".mg-subtitle")).to_contain_text(re.compile(r"^[5-9]\d\d\d nodes"))
    assert page.locator(".mg-box").count() <= 60
    press(page, "Last")
    expect(page.locator(".mg-count")).to_have_text(re.compile(r"^Step (\d+) of \1$"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".mg-edge.mg-backward")).to_have_count(1)


def test_stepping_changes_texts_and_no_boxes(shown: Callable[..., Page]) -> None:
    """The picture is not drawn anew at each step."""
    page = shown(lecture())
    page.evaluate("document.querySelectorAll('.mg-box, tbody tr').forEach((each) => { each.marked = true; })")
    press(page, "Last")
    page.get_by_label("Data of a").fill("5")
    press(page, "Back")
    assert page.evaluate("[...document.querySelectorAll('.mg-box, tbody tr')].every((each) => each.marked)")


def test_infinite_numbers_are_shown(shown: Callable[..., Page]) -> None:
    """A graph with inf and nan is explained like any other."""
    x = Value(0.0, label="x")
    page = shown(named("y", x.log() * x))
    press(page, "Last")
    expect(box(page, "y")).to_have_accessible_name(re.compile("data nan, gradient 1.0"))
    expect(box(page, "x")).to_have_accessible_name(re.compile("gradient nan"))
    expect(row(page, "x").get_by_role("cell").last).to_have_text("none")


def test_operations_of_the_users_own(shown: Callable[..., Page]) -> None:
    """What the page cannot compute anew is said, and cannot be edited."""
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    page = shown(named("y", Value.custom(27.0, [x], [27.0], op="cube") * w))
    press(page, "Last")
    expect(page.locator(".mg-notice")).to_contain_text("Operations of your own")
    expect(page.get_by_label("Data of x")).to_be_disabled()
    expect(page.get_by_label("Data of w")).to_be_enabled()
    expect(row(page, "x").get_by_role("cell").nth(1)).to_have_text("54.0")
    expect(row(page, "x").get_by_role("cell").last).to_have_text("none")


def test_a_node_tells_of_itself(shown: Callable[..., Page]) -> None:
    """Choosing a node shows its rule and its local derivatives."""
    page = shown(lecture())
    press(page, "Last")
    box(page, "e").click()
    details = page.get_by_role("region", name="Chosen node")
    expect(details).to_contain_text("Local derivatives: -3.0, 2.0.")
    expect(details).to_contain_text("∂(x·y)/∂x = y")
    box(page, "e").click()
    expect(details).to_be_hidden()


def test_it_is_of_use_with_keys_alone(shown: Callable[..., Page]) -> None:
    """Every control is reached by the tab key, with a visible ring, and the picture can be skipped."""
    page = shown(lecture())
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Light or dark")).to_be_focused()
    page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="Skip the picture")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    for name in ("Next", "Last", "Forward pass", "Backpropagation"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_focused()
        page.keyboard.press("Tab")
    expect(page.get_by_role("slider")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Follow")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="a", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Data of a")).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    press(page, "Last")
    expect(row(page, "L")).to_contain_text("22.0")


def test_everything_has_a_name(shown: Callable[..., Page]) -> None:
    """No button, field or choice is without an accessible name."""
    loss, model = network()
    page = shown(loss, model)
    for mode in ("Overwrite", "Quiz"):
        choose(page, mode)
        tree = page.locator("body").aria_snapshot()
        assert "region" in tree
        assert not re.findall(r"- (?:button|slider|textbox|radio|region)(?:\s*:|\s*\[|\s*$)", tree, flags=re.MULTILINE)
        assert tree.count('- radio "') == 5


def test_light_and_dark(browser: Browser, tmp_path: Path) -> None:
    """The theme is the system's until the switch is used, which then holds."""
    url = address(lecture(), tmp_path / "page.html")
    with watched(browser, color_scheme="dark") as page:
        page.goto(url)
        colour = "getComputedStyle(document.querySelector('.mg-explain')).backgroundColor"
        ground = "getComputedStyle(document.body).backgroundColor"
        dark = page.evaluate(colour)
        press(page, "Light or dark")
        light = page.evaluate(colour)
        assert (dark, light) == ("rgb(18, 22, 28)", "rgb(246, 247, 249)")
        assert page.evaluate(ground) == light
        page.emulate_media(color_scheme="light")
        press(page, "Light or dark")
        assert page.evaluate(colour) == page.evaluate(ground) == dark
        press(page, "Last")
        assert page.evaluate(colour) == dark


@pytest.mark.parametrize("graph", ["lecture", "network"])
def test_a_phone_is_wide_enough(browser: Browser, tmp_path: Path, graph: str) -> None:
    """On a screen of 390 pixels nothing sticks out, in any mode, and the step is in view."""
    loss, model = (lecture(), None) if graph == "lecture" else network()
    with watched(browser, viewport=PHONE, is_mobile=True, has_touch=True, reduced_motion="reduce") as page:
        page.goto(address(loss, tmp_path / "page.html", model))
        for mode in ("Follow", "Quiz", "Overwrite", "Not zeroed"):
            choose(page, mode)
            press(page, "Next" if mode == "Follow" else "Zoom in")
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        choose(page, "Follow")
        press(page, "Last")
        active = page.locator(".mg-box.mg-active").bounding_box()
        assert active is not None
        assert 0 <= active["x"] <= active["x"] + active["width"] <= PHONE["width"]


def test_calm_is_respected(browser: Browser, tmp_path: Path) -> None:
    """Who asks for reduced motion sees none."""
    for wish, name in (("reduce", "none"), ("no-preference", "mg-flow")):
        with watched(browser, reduced_motion=wish) as page:
            page.goto(address(lecture(), tmp_path / "page.html"))
            to_step(page, 9)
            animation = "getComputedStyle(document.querySelector('.mg-lit .mg-line')).animationName"
            assert page.evaluate(animation) == name


def test_no_request_is_made_or_possible(browser: Browser, tmp_path: Path) -> None:
    """The page asks for nothing but itself, and its policy refuses a script that tries."""
    requests: list[str] = []
    with watched(browser) as page:
        page.on("request", lambda request: requests.append(request.url))
        url = address(lecture(), tmp_path / "page.html")
        page.goto(url)
        press(page, "Last")
        choose(page, "Quiz")
        assert requests == [url]
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    listen = "addEventListener('securitypolicyviolation', (event) => done(event.violatedDirective))"
    attempt = "fetch('http://127.0.0.1:9/').catch(() => undefined)"
    assert page.evaluate(f"new Promise((done) => {{ {listen}; {attempt}; }})") == "connect-src"
    context.close()


MOUNT = """
const host = document.createElement("div");
document.body.append(host);
const root = host.attachShadow({ mode: "open" });
const style = document.createElement("style");
style.textContent = STYLE;
root.append(style);
const heard = [];
const view = mount(root, PAYLOAD, { step: 4, theme: "dark" });
view.onStep((t) => heard.push(t));
const end = view.onEdit((edit) => heard.push(edit));
view.setStep(9);
const field = root.querySelector("input.mg-field");
field.value = "5";
field.dispatchEvent(new Event("change"));
end();
field.value = "6";
field.dispatchEvent(new Event("change"));
const told = { heard, step: view.getStep(), steps: view.steps, theme: root.querySelector(".mg-explain").dataset.theme };
view.setPayload(PAYLOAD);
told.kept = field.isConnected && view.getStep();
view.setPayload(OTHER);
told.other = [view.steps, root.querySelector(".mg-title").textContent];
view.destroy();
told.left = [root.children.length, document.body.children.length, document.head.children.length];
window.told = told;
"""


def test_it_mounts_in_a_shadow_and_leaves_no_trace(page: Page) -> None:
    """The view lives inside of its container alone, tells of steps and edits, and goes without a trace."""
    page.set_content("<!DOCTYPE html><title>host</title>")
    texts = {"STYLE": styles(), "PAYLOAD": payload(lecture()), "OTHER": payload(diamond())}
    constants = "".join(f"const {name} = {json.dumps(text)};\n" for name, text in texts.items())
    page.add_script_tag(content=f"{{\n{constants}{bundle('mount.js')}\n{MOUNT}}}")
    told = page.evaluate("window.told")
    assert told["heard"] == [9, {"index": 0, "data": 5}]
    assert (told["step"], told["steps"], told["theme"]) == (9, 10, "dark")
    assert told["kept"] == 9
    assert told["other"] == [10, "Gradients of f"]
    assert told["left"] == [1, 1, 2]  # the style sheet; the container; the title, and the script of this test


def test_pictures_are_made(browser: Browser, tmp_path: Path) -> None:
    """Each picture of the page is written."""
    paths = page_screens(browser, tmp_path / "screens")
    assert [path.stem for path in paths] == list(SCREENS)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
