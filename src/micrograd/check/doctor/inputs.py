"""Symptoms of what training begins with: inputs of very different sizes, weights that are all alike."""

from __future__ import annotations

import math
from statistics import fmean
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, number

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.neurons import Neuron
    from micrograd.check.doctor.run import Run
    from micrograd.engine import Value

__all__ = ["is_raw", "not_standardised", "symmetric"]

# Standardised inputs have a size of 1, and no number in the lecture's or the published demos is above 3. A column that
# is 30 times as large makes the loss about 900 times as steep along its weights.
_LARGE = 30.0
_SAMPLES = 2  # different ones: a constant factor is no input
# Raw units do no harm where the rate is small enough, or the optimiser has a step for each weight: only what has gone
# wrong tells. The loss has hardly fallen, or something was found that large inputs lead to.
_HARDLY, _FEW = 0.5, 10
_HARM = {"saturated", "too_high", "not_finite", "dead"}
_MOVES = 1  # after it, neurons that started alike and have seen different gradients have parted


def not_standardised(run: Run) -> Finding | None:
    """Find columns of data that go into neurons with a root mean square far above 1, in a loop that is unwell."""
    if not is_raw(run) or not (_hardly_falls(run) or run.found & _HARM):
        return None
    sizes = _sizes(run)
    xs = run.columns[max(sizes, key=lambda weight: sizes[weight])]
    return Finding(
        "the inputs are not standardised",
        run.place,
        f"An input of the first layer has numbers from {number(min(xs))} to {number(max(xs))} in "
        f"{count(len(xs), 'sample')} looked at, with a mean of {number(fmean(xs))}; the smallest of the inputs has a "
        f"size of {number(min(sizes.values()))}. The loss is as much steeper along the weights of large inputs, so a "
        "learning rate that is right for some weights is wrong for the others, and tanh and its like lie flat. The "
        f"loss was {number(run.first_loss)} at first, and is {number(run.loss)} after {count(run.count, 'step')}.",
        "Bring each column to mean 0 and deviation 1: "
        "`scaler = micrograd.data.Standardizer.fit(rows); rows = scaler.transform(rows)`.",
    )


def _hardly_falls(run: Run) -> bool:
    """Tell whether the loss is not far below the first one; where the data change, a few of the first and the last."""
    losses = [step.loss for step in run.steps]
    few = min(_FEW, len(losses) // 2)
    if run.same_data or few == 0:
        return run.loss > _HARDLY * abs(run.first_loss)
    return fmean(losses[-few:]) > _HARDLY * fmean(losses[:few])


def is_raw(run: Run) -> bool:
    """Tell whether a column of the data is far above 1 in size."""
    return _LARGE < max(_sizes(run).values(), default=0.0) < math.inf


def _sizes(run: Run) -> dict[Value, float]:
    """Return the root mean square of each column, by its weight."""
    columns = {weight: xs for weight, xs in run.columns.items() if len({*xs}) >= _SAMPLES}
    return {weight: math.sqrt(fmean(x * x for x in xs)) for weight, xs in columns.items()}


def symmetric(run: Run) -> Finding | None:
    """Find layers whose neurons have the same weights and gradients after several moves: they stay copies."""
    look = run.look
    if look is None or not run.parameters or run.count <= _MOVES or not run.first_time(look, "symmetric"):
        return None
    deep = any(x.parents for neuron in look.neurons.values() for x in neuron.inputs)
    for layer in _layers(look):
        if _are_alike(layer, look) and (deep or any(look.grads[weight] for weight in layer[0].weights)):
            return Finding(
                "the neurons of a layer are all alike",
                look.place,
                f"A layer of {len(layer)} neurons with {len(layer[0].inputs)} inputs has the same weights in each "
                f"neuron, and still has after {count(run.count - 1, 'step')}: neurons that start alike get the same "
                "gradient and stay alike, so the layer is worth a single neuron.",
                "Begin with weights drawn at random: `Value(random.uniform(-1, 1))`, as `micrograd.nn` does.",
            )
    return None


def _are_alike(layer: list[Neuron], look: Look) -> bool:
    """Tell whether all neurons of a layer have the same weights, and gradients that will keep them so."""
    return len({tuple((p.data, look.grads[p]) for p in neuron.parameters) for neuron in layer}) == 1


def _layers(look: Look) -> list[list[Neuron]]:
    """Return the neurons of each layer: those that see the same inputs, each once; layers of one are left out."""
    layers: dict[tuple[Value | float, ...], dict[Value, Neuron]] = {}
    for neuron in look.neurons.values():
        layers.setdefault(neuron.seen(), {})[neuron.weights[0]] = neuron
    found = {tuple(layer): list(layer.values()) for layer in layers.values()}
    return [layer for layer in found.values() if len(layer) > 1]
