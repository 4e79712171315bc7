"""Pictures of the page: what `make pictures` shows of it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from browsers import watched
from graphs import address, diamond, lecture, network

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def to_step(page: Page, step: int) -> None:
    """Go to a step, and leave the slider."""
    slider = page.get_by_role("slider", name="Step")
    slider.fill(str(step))
    slider.blur()


def choose(page: Page, mode: str) -> None:
    """Choose a mode by its name."""
    page.get_by_role("radio", name=mode, exact=True).check()


def answer(page: Page, text: str) -> None:
    """Answer the question of the quiz."""
    field = page.get_by_label("What will")
    field.fill(text)
    field.press("Enter")


def quiz(page: Page) -> None:
    """Answer three questions, the last of them wrongly."""
    choose(page, "Quiz")
    for text in ("1", "-2", "3"):
        answer(page, text)


def broken(page: Page) -> None:
    """Overwrite gradients, to the end."""
    choose(page, "Overwrite")
    page.get_by_role("button", name="Last").click()


def folded(page: Page) -> None:
    """Let backpropagation come through the first layer of a network whose neurons are folded."""
    to_step(page, 75)
    page.keyboard.press("ArrowRight")


SCREENS: dict[str, tuple[str, Callable[[Page], None], dict[str, Any]]] = {
    "page_start": ("lecture", lambda page: None, {}),  # noqa: ARG005  # as it opens
    "page_backward": ("lecture", lambda page: to_step(page, 9), {}),
    "page_quiz": ("lecture", quiz, {}),
    "page_broken": ("diamond", broken, {}),
    "page_folded": ("network", folded, {}),
    "page_dark": ("diamond", lambda page: to_step(page, 9), {"color_scheme": "dark"}),
    "page_phone": ("diamond", lambda page: to_step(page, 7), {"viewport": PHONE, "is_mobile": True}),
}


def addresses(folder: Path) -> dict[str, str]:
    """Write the pages that are shown, and return where they are."""
    loss, model = network()
    return {
        "lecture": address(lecture(), folder / "lecture.html"),
        "diamond": address(diamond(), folder / "diamond.html"),
        "network": address(loss, folder / "network.html", model),
    }


def page_screens(browser: Browser, folder: Path) -> list[Path]:
    """Return the paths of seven PNGs of the page, written to a folder.

    They show it at the start, in the middle of backpropagation, in the quiz, broken on purpose, with a folded network,
    dark, and on a phone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as pages:
        at = addresses(Path(pages))
        return [
            _screen(browser, folder / f"{name}.png", at[graph], act, **how)
            for name, (graph, act, how) in SCREENS.items()
        ]


def _screen(browser: Browser, path: Path, url: str, act: Callable[[Page], None], **how: Any) -> Path:  # noqa: ANN401  # playwright's own
    """Open a page, do something there, and take a picture."""
    options: dict[str, Any] = {"viewport": DESK, "device_scale_factor": 2, "reduced_motion": "reduce"} | how
    with watched(browser, **options) as page:
        page.goto(url)
        act(page)
        page.screenshot(path=path, full_page="is_mobile" in how)
    return path
