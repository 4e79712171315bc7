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


def test_there_must_be_such_a_layer() -> None:
    """It is counted from 0, or from the end; a layer by itself is number 0."""
    assert plot.weights(model(), -1).get_title() == "Weights of layers[1]"
    assert plot.weights(Layer(2, 2)).get_title() == "Weights of Layer"
    with pytest.raises(ValueError, match="from 0 to 1, for one of the layers; got 2"):
        plot.weights(model(), 2)
    with pytest.raises(TypeError, match=r"layers\[0\] has no weights to show"):
        plot.weights(SimpleNamespace(layers=[abs]))
