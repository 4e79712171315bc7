"""The page as text: it holds all it needs, allows nothing else, and shows what it is given."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re

import pytest

from micrograd import Value
from micrograd.draw.bundle import asset, modules, pages
from micrograd.draw.page import html
from micrograd.draw.payload import payload


def example() -> Value:
    """Return a small graph with a label that HTML would misread."""
    a, b = Value(2.0, label="a</script><b>"), Value(-math.inf, label="b")
    out = a * b
    out.label = "L & <co> $title"
    return out


def part(text: str, tag: str) -> str:
    """Return what stands inside the last element of a kind."""
    found: list[str] = re.findall(rf"<{tag}(?: [^>]*)?>(.*?)</{tag}>", text, flags=re.DOTALL)
    return found[-1]


def test_the_page_carries_its_payload_whole() -> None:
    """The payload is read back from the page as it was, whatever its labels hold."""
    text = html(payload(example()))
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', text, flags=re.DOTALL)
    assert found is not None
    assert "<" not in found[1]
    assert json.loads(found[1]) == payload(example())


def test_the_title_is_the_label_of_the_root() -> None:
    """The title names the root, made harmless; without a label it names none."""
    assert "<title>Gradients of L &amp; &lt;co&gt; $title</title>" in html(payload(example()))
    assert "<title>Gradients</title>" in html(payload(Value(1.0)))


@pytest.mark.parametrize("tag", ["style", "script"])
def test_the_policy_names_the_one_script_and_the_one_style(tag: str) -> None:
    """The security policy allows exactly the texts that stand in the page."""
    text = html(payload(example()))
    digest = base64.b64encode(hashlib.sha256(part(text, tag).encode()).digest()).decode()
    assert f"{tag}-src 'sha256-{digest}'" in text
    assert len(re.findall(f"<{tag}>", text)) == 1


def test_the_policy_allows_no_request() -> None:
    """Whatever is not named is forbidden, and the page names no address and no listener."""
    text = html(payload(example()))
    assert "default-src 'none'" in text
    assert "unsafe" not in text
    assert not re.search(r"<[^>]+\son\w+=", part(text, "body"))
    assert not re.search(r"(?:src|href)=|@import|url\(|fetch\(|XMLHttpRequest|WebSocket", text)
    assert set(re.findall(r"https?://[^\"'\s]+", text)) == {"http://www.w3.org/2000/svg"}  # a name, not an address


def test_scripts_end_where_the_page_says() -> None:
    """No module holds a text that would end its script element."""
    assert not [name for name in modules("main.js") if "</script" in asset(name).lower() or "<!--" in asset(name)]


def colours(block: str) -> dict[str, str]:
    """Return the colours that a block of the style sheet sets, by name."""
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))


def luminance(colour: str) -> float:
    """Return how bright a colour is, as WCAG 2 has it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a: str, b: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    """Return the colours of the light theme, of the dark one, and of the dark one that the system asks for."""
    return [found for block in asset("colours.css").split("{") if (found := colours(block))]


def test_texts_can_be_read_in_every_theme() -> None:
    """Each colour of a text has a contrast of 4.5 with each ground that it may stand on."""
    assert len(themes()) == 3
    for theme in themes():
        grounds = [theme[name] for name in ("paper", "card", "sunken")]
        for name in ("ink", "muted", "data", "grad", "right"):
            assert min(contrast(theme[name], ground) for ground in grounds) >= 4.5, name
        for name in ("data", "grad", "right"):
            assert contrast(theme[name], theme[f"{name}-soft"]) >= 4.5, name
        for soft in ("data-soft", "grad-soft"):
            assert min(contrast(theme[name], theme[soft]) for name in ("ink", "muted", "data", "grad")) >= 4.5, soft
        assert contrast(theme["on-accent"], theme["accent"]) >= 4.5


def test_fields_and_buttons_can_be_seen_in_every_theme() -> None:
    """Their borders, and the colours that mark a choice, have the contrast of 3 that WCAG 1.4.11 asks for."""
    for theme in themes():
        grounds = [theme[name] for name in ("paper", "card", "sunken")]
        for name in ("strong-line", "accent"):
            assert min(contrast(theme[name], ground) for ground in grounds) >= 3.0, name


def test_dark_is_dark_however_it_was_chosen() -> None:
    """The switch and the system give the same dark theme."""
    _, chosen, system = themes()
    assert chosen == system


def test_every_file_of_the_page_is_short() -> None:
    """No script or style sheet of the page has 300 lines or more."""
    lengths = {
        each.name: len(each.read_text(encoding="utf-8").splitlines()) for each in pages().iterdir() if each.is_file()
    }
    assert max(lengths.values()) < 300
