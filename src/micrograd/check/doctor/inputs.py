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

__all__ = ["not_standardised", "symmetric"]

# Standardised inputs have a size of 1, and no number in the lecture's or the published demos is above 3. A column that
# is 30 times as large makes the loss about 900 times as steep along its weights.
_LARGE = 30.0
_SAMPLES = 2
_MOVES = 1  # after it, neurons that started alike and have seen different gradients have parted


def not_standardised(run: Run) -> Finding | None:
    """Find columns of data that go into neurons with a root mean square far above 1."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "inputs"):
        return None
    columns = {weight: xs for weight, xs in _columns(look).items() if len(xs) >= _SAMPLES}
    sizes = {weight: math.sqrt(fmean(x * x for x in xs)) for weight, xs in columns.items()}
    if not sizes or not _LARGE < max(sizes.values()) < math.inf:
        return None
    largest = max(sizes, key=lambda weight: sizes[weight])
    xs = columns[largest]
    return Finding(
        "the inputs are not standardised",
        look.place,
        f"An input of the first layer has numbers from {number(min(xs))} to {number(max(xs))} over "
        f"{count(len(xs), 'sample')}, with a mean of {number(fmean(xs))}; the smallest of the inputs has a size of "
        f"{number(min(sizes.values()))}. The loss is as much steeper along the weights of large inputs, so a learning "
        "rate that is right for some weights is wrong for the others, and tanh and its like lie flat.",
        "Bring each column to mean 0 and deviation 1: "
        "`scaler = micrograd.data.Standardizer.fit(rows); rows = scaler.transform(rows)`.",
    )


def _columns(look: Look) -> dict[Value, list[float]]:
    """Return the numbers of the data that each weight is multiplied with."""
    columns: dict[Value, list[float]] = {}
    for neuron in look.neurons.values():
        if any(x.parents or x in look.parameters for x in neuron.inputs):
            continue
        for weight, x in zip(neuron.weights, neuron.inputs, strict=True):
            columns.setdefault(weight, []).append(x.data)
    return columns


def symmetric(run: Run) -> Finding | None:
    """Find layers whose neurons have the same weights after several moves: they stay copies of each other."""
    look = run.look
    if look is None or len(run.steps) < _MOVES or not run.first_time(look, "symmetric"):
        return None
    for layer in _layers(look):
        kinds = {tuple(weight.data for weight in neuron.parameters) for neuron in layer}
        if len(kinds) == 1:
            return Finding(
                "the neurons of a layer are all alike",
                look.place,
                f"A layer of {len(layer)} neurons with {len(layer[0].inputs)} inputs has the same weights in each "
                f"neuron, and still has after {count(len(run.steps), 'step')}: neurons that start alike get the same "
                "gradient and stay alike, so the layer is worth a single neuron.",
                "Begin with weights drawn at random: `Value(random.uniform(-1, 1))`, as `micrograd.nn` does.",
            )
    return None


def _layers(look: Look) -> list[list[Neuron]]:
    """Return the neurons of each layer: those that see the same inputs, each once; layers of one are left out."""
    layers: dict[tuple[Value | float, ...], dict[Value, Neuron]] = {}
    for neuron in look.neurons.values():
        layers.setdefault(neuron.seen(), {})[neuron.weights[0]] = neuron
    found = {tuple(layer): list(layer.values()) for layer in layers.values()}
    return [layer for layer in found.values() if len(layer) > 1]
