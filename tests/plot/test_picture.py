"""Tests of what notebooks show of axes: the figure, once, and without a window."""

from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pictured import PNG_MAGIC

from micrograd import MLP, History, plot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("matplotlib")

PATIENCE = 60.0  # seconds that a cell may take, on a busy machine
PICTURE = {"image/png", "text/plain"}


def shown(ax: Any) -> Any:  # noqa: ANN401  # what notebooks ask of what they know nothing of
    """Return what a notebook is given of axes."""
    return ax._repr_png_()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plot.tangent(lambda x: x**2, 1.0),
        lambda: plot.surface(lambda x: x[0], [[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]),
        lambda: plot.weights(MLP(4, [2]), shape=(2, 2)),
        lambda: plot.activation_histogram(MLP(2, [2]), [[1.0, 2.0]]),
        lambda: History(losses=[1.0, 0.5]).plot(),
    ],
)
def test_axes_are_shown_as_their_figure(draw: Callable[[], Any]) -> None:
    """All of it is there, sharper than its size on the screen asks for; no window is made."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    before = pyplot.get_fignums()
    ax = draw()
    png, size = shown(ax)
    width, height = ax.figure.get_size_inches()
    assert png.startswith(PNG_MAGIC)
    assert size == {"width": round(100 * width), "height": round(100 * height)}
    assert struct.unpack(">II", png[16:24])[0] == round(150 * width)
    assert pyplot.get_fignums() == before


def test_they_are_shown_as_they_are_now() -> None:
    """What was drawn on them since is there; once they are removed, nothing is."""
    ax = plot.loss_curve([1.0, 0.5])
    before, _ = shown(ax)
    ax.set_title("Another title")
    assert shown(ax)[0] != before
    ax.remove()
    assert shown(ax) is None


def test_axes_that_were_given_stay_what_they_are() -> None:
    """They may belong to a window, which a notebook shows by itself."""
    ax = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    assert not hasattr(plot.loss_curve([1.0], ax=ax), "_repr_png_")


@pytest.fixture(scope="module")
def kernel() -> Iterator[Callable[[str], list[set[str]]]]:
    """Return a function that runs a cell in a kernel, and returns the types of each thing that is displayed."""
    pytest.importorskip("ipykernel", reason="ipykernel is not installed")
    manager = pytest.importorskip("jupyter_client.manager", reason="jupyter_client is not installed")
    of, client = manager.start_new_kernel(kernel_name="python3", stderr=subprocess.DEVNULL)

    def run(cell: str) -> list[set[str]]:
        displayed: list[set[str]] = []

        def read(message: dict[str, Any]) -> None:
            assert message["msg_type"] != "error", message["content"]["traceback"]
            displayed.extend({*data} for name, data in message["content"].items() if name == "data")

        client.execute_interactive(cell, output_hook=read, timeout=PATIENCE)
        return displayed

    yield run
    client.stop_channels()
    of.shutdown_kernel(now=True)


def test_a_notebook_shows_a_picture_once(kernel: Callable[[str], list[set[str]]]) -> None:
    """It does so with and without pyplot, and for axes of pyplot, which it shows itself."""
    assert kernel("from micrograd import plot\nplot.tangent(lambda x: x**2, 1.0)") == [PICTURE]
    assert kernel("%matplotlib inline\nplot.tangent(lambda x: x**2, 1.0)") == [PICTURE]
    assert kernel("ax = plot.tangent(lambda x: x**2, 1.0)") == []
    given = "import matplotlib.pyplot as plt\n_, ax = plt.subplots()\nplot.tangent(lambda x: x**2, 1.0, ax=ax)"
    assert kernel(given) == [{"text/plain"}, PICTURE]
    assert kernel("assert not plt.get_fignums()") == []


def test_a_notebook_shows_a_film(kernel: Callable[[str], list[set[str]]]) -> None:
    """It moves, so it is no PNG."""
    cell = "from micrograd import plot\nplot.Film(lambda x: x[0], [[0.0, 1.0], [1.0, 0.0]], [0, 1])"
    assert kernel(cell) == [{"text/html", "text/plain"}]
