"""Tests of the histograms of activations and gradients: what is counted, and what the legend tells."""

from __future__ import annotations

import random
from typing import Any, cast

import numpy as np
import pytest
from pictured import PNG_MAGIC, drawn, legend

from micrograd import MLP, Layer, Neuron, Value, plot
from micrograd.losses import squared_error

pytest.importorskip("matplotlib")

ROWS = [[0.5, -1.0], [1.5, 2.0], [-2.0, 0.25], [0.0, 0.0]]


class WrittenNeuron:
    """A neuron as a learner writes it."""

    def __init__(self, w: list[float], b: float) -> None:
        self.w, self.b = [Value(each) for each in w], Value(b)

    def __call__(self, x: Any) -> Value:  # noqa: ANN401  # a list of numbers or Values
        """Return tanh of the weighted sum."""
        total = self.b
        for w, each in zip(self.w, x, strict=True):
            total = total + w * each
        return total.tanh()

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return [*self.w, self.b]


class WrittenLayer:
    """A layer as a learner writes it."""

    def __init__(self, neurons: list[WrittenNeuron]) -> None:
        self.neurons = neurons

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # as above
        """Return the outputs, one alone as it is."""
        outs = [neuron(x) for neuron in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons."""
        return [p for neuron in self.neurons for p in neuron.parameters()]


class Written:
    """A network as a learner writes it, with a factor behind its layers."""

    def __init__(self, layers: list[Any], factor: float = 1.0) -> None:
        self.layers, self.factor = layers, factor

    def __call__(self, x: Any) -> Any:  # noqa: ANN401  # as above
        """Return what the last layer makes of the rest."""
        for layer in self.layers:
            x = layer(x)
        return x if self.factor == 1.0 else x * self.factor


def written(factor: float = 1.0) -> Written:
    """Return a network of 2, 2 and 1 neurons; one of the hidden ones is always saturated."""
    hidden = WrittenLayer([WrittenNeuron([0.1, 0.2], -9.0), WrittenNeuron([0.0, 0.0], 0.0)])
    return Written([hidden, WrittenLayer([WrittenNeuron([1.0, 1.0], 0.0)])], factor)


def shares(ax: Any, i: int) -> Any:  # noqa: ANN401  # arrays
    """Return the heights of a curve."""
    return np.asarray(ax.lines[i].get_ydata())


def test_activations_are_counted_layer_by_layer() -> None:
    """Every curve is a whole: its shares add up to 1; the legend tells the numbers of an independent calculation."""
    model = MLP(2, [5, 3], rng=random.Random(1))
    ax = plot.activation_histogram(model, ROWS)
    hidden = np.array([[float(y) for y in model.layers[0](row)] for row in ROWS])
    saturated = 100.0 * np.mean(np.abs(hidden) > 0.97)
    first, second = legend(ax)
    assert first == f"layers[0], tanh: mean {hidden.mean():.2g}, std {hidden.std():.2g}, {saturated:.0f} % saturated"
    assert second.startswith("layers[1], tanh: mean ")
    assert [float(shares(ax, i).sum()) for i in range(2)] == pytest.approx([1.0, 1.0])
    assert drawn(ax).startswith(PNG_MAGIC)


def test_zeros_of_relu_are_told_and_not_drawn() -> None:
    """Two neurons are 0 on every row and one on the first, so that five of eight numbers have no place in the curve."""
    layer = Layer(1, 4, activation="relu")
    for neuron, weight, bias in zip(layer.neurons, (0.0, 0.0, 1.0, 0.0), (-1.0, -1.0, -1.0, 1.0), strict=True):
        neuron.w[0].data = weight
        assert neuron.b is not None
        neuron.b.data = bias
    ax = plot.activation_histogram(layer, [[1.0], [2.0]])
    assert legend(ax) == ["Layer, relu: mean 0.38, std 0.48, 62 % are 0, 2 of 4 neurons dead"]
    assert shares(ax, 0).sum() == pytest.approx(3 / 8)


def test_the_legend_is_part_of_the_picture() -> None:
    """It stands below the axes, and the figure makes room for it."""
    ax = plot.activation_histogram(MLP(2, [3] * 6), ROWS)
    drawn(ax)
    box = ax.get_legend()
    assert box is not None
    below, above = box.get_window_extent(), ax.get_window_extent()
    assert 0.0 <= below.y0 < below.y1 < above.y0


def test_no_bin_counts_both_signs() -> None:
    """Positive numbers alone have no share on the left of 0."""
    ax = plot.activation_histogram(MLP(1, [1], last="linear", init=1.0, rng=random.Random(2)), [[1.0], [-2.7], [0.03]])
    places = np.asarray(ax.lines[0].get_xdata())
    width = places[1] - places[0]
    assert np.min(np.abs(places)) == pytest.approx(width / 2.0)


def test_written_networks_will_do() -> None:
    """Layers, neurons and activations are found in classes that know nothing of this package's."""
    ax = plot.activation_histogram(written(), ROWS)
    assert legend(ax)[0] == "layers[0], tanh: mean -0.5, std 0.5, 50 % saturated"
    model = written()
    model(ROWS[0]).backward()
    assert [text.partition(":")[0] for text in legend(plot.gradient_histogram(model))] == ["layers[0]", "layers[1]"]


def test_a_lone_neuron_is_a_layer() -> None:
    """Whatever has no layers is one."""
    assert legend(plot.activation_histogram(Neuron(2), ROWS))[0].startswith("Neuron, tanh: ")


def test_activations_that_are_not_finite_are_counted_apart() -> None:
    """The others are drawn, and the legend says how many are missing; where all are, there is no mean."""
    model = MLP(1, [1], last="linear", init=1.0, rng=random.Random(2))
    ax = plot.activation_histogram(model, [[1.0], [float("inf")]])
    assert legend(ax)[0].endswith("1 not finite")
    assert legend(plot.activation_histogram(model, [[float("nan")]])) == ["layers[0]: no finite number"]
    assert drawn(ax).startswith(PNG_MAGIC)


def test_a_model_that_does_more_than_its_layers_is_refused() -> None:
    """The layers one after the other would not be what it computes."""
    with pytest.raises(ValueError, match="one after the other"):
        plot.activation_histogram(written(factor=2.0), ROWS)


def test_activations_need_rows_layers_and_bins() -> None:
    """Each error says what is missing."""
    with pytest.raises(ValueError, match="no rows"):
        plot.activation_histogram(MLP(2, [1]), [])
    for wrong in (cast("Any", 3), cast("Any", "rows")):
        with pytest.raises(TypeError, match=r"xs must be rows of inputs, such as those of a batch; got"):
            plot.activation_histogram(MLP(2, [1]), wrong)
    with pytest.raises(ValueError, match="has no layers"):
        plot.activation_histogram(Written([]), ROWS)
    with pytest.raises(ValueError, match="bins must be a whole number, 1 or more; got 0"):
        plot.activation_histogram(MLP(2, [1]), ROWS, bins=0)


def test_gradients_are_counted_by_size() -> None:
    """Every curve is a whole on a logarithmic scale; the legend tells mean and deviation with the sign."""
    model = MLP(2, [6, 4, 1], rng=random.Random(1))
    squared_error([model(row) for row in ROWS], [1.0, -1.0, 1.0, -1.0]).backward()
    ax = plot.gradient_histogram(model)
    for i, layer in enumerate(model.layers):
        given = np.array([p.grad for p in layer.parameters()])
        assert legend(ax)[i] == f"layers[{i}]: mean {given.mean():.2g}, std {given.std():.2g}"
        assert shares(ax, i).sum() == pytest.approx(1.0)
    assert ax.get_xscale() == "log"
    assert drawn(ax).startswith(PNG_MAGIC)


def test_gradients_that_are_zero_or_not_computed_are_told() -> None:
    """They have no place on a logarithmic scale, so the legend has their number."""
    model = MLP(2, [2], last="linear", init=1.0, rng=random.Random(1))
    first, _ = model([3.0, 0.0])
    first.backward()
    ax = plot.gradient_histogram(model)
    assert legend(ax) == ["layers[0]: mean 1.3, std 1.2, 33 % are 0, 3 not computed"]
    assert shares(ax, 0).sum() == pytest.approx(2 / 6)


def test_gradients_come_after_backward() -> None:
    """Before it, and after the gradients were set to 0, there is nothing to show."""
    model = MLP(2, [2, 1])
    with pytest.raises(ValueError, match=r"call loss.backward\(\) first"):
        plot.gradient_histogram(model)
    model([1.0, 2.0]).backward()
    assert legend(plot.gradient_histogram(model))
    model.zero_grad()
    with pytest.raises(ValueError, match="no gradient has been computed"):
        plot.gradient_histogram(model)


def test_gradients_that_are_all_zero_can_be_drawn() -> None:
    """An empty picture says that 100 % are 0."""
    model = MLP(1, [1], last="linear", init=0.0)
    (model([0.0]) * 0.0).backward()
    ax = plot.gradient_histogram(model)
    assert legend(ax) == ["layers[0]: mean 0, std 0, 100 % are 0"]
    assert drawn(ax).startswith(PNG_MAGIC)


def test_a_layer_without_parameters_is_named() -> None:
    """The error says which layer lacks the method."""
    with pytest.raises(TypeError, match=r"layers\[0\] must have a method parameters\(\)"):
        plot.gradient_histogram(Written([object()]))


def test_gradients_of_any_size_are_drawn() -> None:
    """The mean and the deviation of numbers whose squares overflow are finite."""
    model = MLP(2, [2, 1])
    for i, p in enumerate(model.parameters()):
        p.grad = 10.0 ** (60 * i - 300)
    assert "mean 3.3e+179, std 4.7e+179" in legend(plot.gradient_histogram(model))[1]
