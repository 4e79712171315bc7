"""Tests of the pictures of weights: which number is drawn where."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn

from micrograd import MLP, Layer, plot

pytest.importorskip("matplotlib")


def model() -> MLP:
    """Return a network with 3 inputs, 4 hidden neurons, and 2 outputs."""
    return MLP(3, [4, 2], rng=random.Random(1))


def pixels(ax: Any) -> list[Any]:  # noqa: ANN401  # axes to arrays
    """Return the numbers of each matrix drawn."""
    return [np.asarray(image.get_array()) for image in ax.images]


def cell(ax: Any) -> tuple[float, float]:  # noqa: ANN401  # axes
    """Return width and height of a cell, in dots."""
    (left, top), (right, bottom) = ax.transData.transform([[0.0, 0.0], [1.0, 1.0]])
    return right - left, top - bottom


def test_a_row_is_a_neuron_and_a_column_an_input() -> None:
    """The biases stand apart, in a matrix of one column; all is read from the layer asked for."""
    network = model()
    ax = plot.weights(network, 1)
    matrix, biases = pixels(ax)
    neurons = network.layers[1].neurons
    assert matrix.tolist() == [[w.data for w in neuron.w] for neuron in neurons]
    assert biases.tolist() == [[float(neuron.b)] for neuron in neurons if neuron.b is not None]
    assert ax.get_title() == "Weights of layers[1]"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1", "2", "3", "bias"]
    assert drawn(ax).startswith(PNG_MAGIC)


def test_colours_are_centred_at_zero() -> None:
    """The scale reaches as far below 0 as above, to the largest size, for weights and biases alike."""
    network = model()
    layer = network.layers[0].neurons
    layer[0].w[0].data = -7.5
    for image in plot.weights(network).images:
        assert image.get_clim() == (-7.5, 7.5)


def test_a_layer_without_biases_has_no_column_for_them() -> None:
    """The scale is of weights alone then."""
    ax = plot.weights(Layer(3, 4, bias=False))
    assert len(ax.images) == 1
    assert [axes.get_ylabel() for axes in ax.figure.axes] == ["neuron", "weight"]


def test_inputs_can_have_names() -> None:
    """They stand below their columns, and there must be one for each."""
    ax = plot.weights(model(), names=("age", "size", "price"), title="T")
    assert [text.get_text() for text in ax.get_xticklabels()] == ["age", "size", "price", "bias"]
    assert ax.get_title() == "T"
    with pytest.raises(ValueError, match="names must name the 3 inputs; got 2"):
        plot.weights(model(), names=("age", "size"))


def test_few_numbers_are_written_into_their_cells() -> None:
    """Of many, colours must do."""
    assert sorted(text.get_text() for text in plot.weights(Layer(2, 1, init=0.0)).texts) == ["0.00", "0.00", "0.00"]
    assert not plot.weights(Layer(20, 20)).texts


@pytest.mark.parametrize(("count", "nin"), [(1, 16), (1, 1), (4, 3), (16, 2), (3, 10)])
def test_numbers_fit_into_their_cells(count: int, nin: int) -> None:
    """The figure is made so wide and high that they do."""
    ax = plot.weights(MLP(nin, [count], rng=random.Random(1)))
    assert len(ax.texts) == count * (nin + 1)
    drawn(ax)
    widest = max(text.get_window_extent().width for text in ax.texts)
    width, height = cell(ax)
    assert widest < width
    assert ax.texts[0].get_window_extent().height < height


def test_numbers_that_do_not_fit_are_left_out() -> None:
    """Many beside each other, long ones, or a small part of a figure: colours must do."""
    assert not plot.weights(MLP(60, [1])).texts
    long = MLP(8, [1])
    long.layers[0].neurons[0].w[0].data = 1e30
    assert not plot.weights(long).texts
    small = pytest.importorskip("matplotlib.figure").Figure(figsize=(4.0, 4.0)).add_subplot()
    assert not plot.weights(MLP(16, [1]), ax=small).texts
    assert [text.get_text() for text in small.get_xticklabels()][:3] == ["0", "2", "4"]


def test_the_figure_has_the_shape_of_the_matrix() -> None:
    """A neuron is a strip, many are a square, and neither is higher or wider than a page."""
    strip, square, tower = (plot.weights(MLP(nin, [count])) for nin, count in ((16, 1), (16, 16), (2, 200)))
    for ax, low, high in ((strip, 3.0, 6.0), (square, 1.0, 1.3), (tower, 1.0, 1.3)):
        width, height = ax.figure.get_size_inches() if hasattr(ax.figure, "get_size_inches") else (0.0, 1.0)
        assert low < width / height < high
        assert width <= 10.0


def test_long_names_are_slanted() -> None:
    """They would run into each other, and short ones would not."""
    for name, angle in (("sepal length", 30.0), ("x", 0.0)):
        labels = plot.weights(MLP(5, [1]), names=[name] * 5).get_xticklabels()
        assert [label.get_rotation() for label in labels] == [angle] * 6


def test_a_neuron_can_be_an_image() -> None:
    """Each has its place, and its weights in rows from the left."""
    network = MLP(6, [5], rng=random.Random(1))
    ax = plot.weights(network, shape=(2, 3))
    images = pixels(ax)
    assert [image.shape for image in images] == [(2, 3)] * 5
    assert images[4].ravel().tolist() == [w.data for w in network.layers[0].neurons[4].w]
    places = {tuple(image.get_extent()) for image in ax.images}
    assert len(places) == 5
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2", "3", "4"]
    assert drawn(ax).startswith(PNG_MAGIC)


@pytest.mark.parametrize("count", [1, 2, 7, 10, 24, 100])
def test_images_do_not_overlap(count: int) -> None:
    """Their left and lower edges, inclusive of the space between, are those of a grid."""
    ax = plot.weights(MLP(4, [count]), shape=(2, 2))
    corners = [image.get_extent()[::3] for image in ax.images]  # left and upper edge
    for i, (left, top) in enumerate(corners):
        assert all(abs(left - other) >= 2.0 or abs(top - upper) >= 2.0 for other, upper in corners[:i])


def test_a_shape_fits_the_inputs() -> None:
    """The error tells how many cells there must be."""
    for shape in ((2, 2), (-3, -1), (0, 3)):
        with pytest.raises(ValueError, match="shape must have 3 cells"):
            plot.weights(model(), shape=shape)
    wrong: Any
    for wrong in (3, "13", (1, 2, 3)):
        with pytest.raises(TypeError, match="shape must be a pair, the rows and columns of the image of a neuron; got"):
            plot.weights(model(), shape=wrong)


def test_there_must_be_such_a_layer() -> None:
    """It is counted from 0, or from the end; a layer by itself is number 0."""
    assert plot.weights(model(), -1).get_title() == "Weights of layers[1]"
    assert plot.weights(Layer(2, 2)).get_title() == "Weights of Layer"
    with pytest.raises(ValueError, match="from 0 to 1, for one of the layers; got 2"):
        plot.weights(model(), 2)
    with pytest.raises(TypeError, match=r"layers\[0\] has no weights to show"):
        plot.weights(SimpleNamespace(layers=[abs]))


def test_a_layer_is_chosen_by_a_whole_number() -> None:
    """1.0 is none, though it equals 1."""
    wrong: Any = 1.0
    with pytest.raises(ValueError, match=r"layer must be a whole number from 0 to 1, .*; got 1\.0"):
        plot.weights(MLP(2, [2, 1]), wrong)
