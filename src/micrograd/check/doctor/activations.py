"""Symptoms of the functions between layers: saturated, dead, or not there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, number
from micrograd.check.doctor.inputs import is_raw
from micrograd.check.doctor.terms import row_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.neurons import Neuron
    from micrograd.check.doctor.run import Run
    from micrograd.engine import Value

__all__ = ["dead", "no_nonlinearity", "saturated"]

# At |tanh| = 0.99 the derivative is 0.02. In the lecture's network, begun from 300 seeds, at most 22 % of the results
# are beyond that after three steps. One whose answers reach their targets of 1 and -1 may be saturated in the end, so
# the loss must also be more than half of the first one.
_SATURATED, _SHARE, _STUCK, _FEWEST, _FEWEST_ANSWERS = 0.99, 0.6, 0.5, 8, 4
# Where it was not so at first, and the weights have grown, the steps have made it so.
_AT_FIRST, _GROWN = 0.3, 1.3
# In the demo of the published micrograd, whose learning rate of 1 is large, begun from 60 seeds, at most 13 of the 32
# neurons were silent, and it learned. A whole layer that is silent is another matter: nothing gets through.
_DEAD_SHARE, _FEWEST_NEURONS, _FEWEST_SAMPLES, _LAYER = 0.6, 4, 8, 3
_SETTLED = 4  # steps, after which a neuron that gives nothing has had its chance
_LOOKS = 3  # graphs in a row, which are several steps apart when training goes on
# Steps in a row that have left a silent layer without any gradient; where the data change, so many samples as well, for
# a single one can wake it. Of 288 small networks, begun from 20 seeds each, some woke after 64 samples.
_QUIET_STEPS, _QUIET_SAMPLES = 8, 190


def saturated(run: Run) -> Finding | None:
    """Find tanh of layers that lie flat for most neurons and samples, while the loss stays up."""
    look = run.look
    results = [] if look is None else look.rows.get("tanh", [])
    flat = [node for node in results if abs(node.data) > _SATURATED]
    if look is not None and look.step == 1:
        run.facts["flat at first"] = len(flat)
        run.facts["tanh at first"] = len(results)
    stuck = bool(flat) and run.loss > _STUCK * abs(run.first_loss)
    nodes = _flat_tanh(run, look) if look is not None and stuck and run.parameters else []
    if run.in_a_row("saturated", holds=bool(nodes)) < _LOOKS or look is None or is_raw(run):
        return None
    flat = [node for node in nodes if abs(node.data) > _SATURATED]
    sizes = sorted(abs(node.parents[0].data) for node in nodes)
    seen = (
        f"In step {look.step}, {len(flat):,} of {count(len(nodes), 'result')} of tanh (all neurons, all samples) lie "
        f"beyond {_SATURATED} or -{_SATURATED}, where its slope is under 0.02; half of what goes in is larger than "
        f"{number(sizes[len(sizes) // 2])} in size. Hardly any gradient comes through, and the loss is "
        f"{number(run.loss)}, after {number(run.first_loss)} at first."
    )
    return _too_long_steps(run, seen) or Finding(
        "tanh is saturated",
        run.line_of(flat[0]),
        seen,
        "Make smaller what goes in: standardise the inputs (`micrograd.data.Standardizer`), begin with smaller weights "
        '(`MLP(..., init="xavier")`), and lower the learning rate if the weights have grown.',
    )


def _flat_tanh(run: Run, look: Look) -> list[Value]:
    """Return the results of tanh, if most of them lie flat, or else the last ones, if all of these do; else nothing.

    Only those of layers count, of weighted sums of several inputs or with several neurons: a steep gate is meant so.
    """
    uses = _uses(look, [(node, node.parents[0]) for node in look.rows["tanh"]])
    nodes = [node for results in uses.values() for node in results]
    if len(uses) == 1 and not any(len(look.neurons[x].weights) > 1 for (x,) in _operands(nodes) if x in look.neurons):
        return []
    if len(nodes) >= _FEWEST and _share_of_flat(nodes) > _SHARE:
        return nodes
    fed = {x for neuron in look.neurons.values() for x in neuron.inputs}
    answers = [node for results in uses.values() if fed.isdisjoint(results) for node in results]
    wrong = len(answers) >= _FEWEST_ANSWERS and _share_of_flat(answers) == 1.0 and run.same_data
    return answers if wrong else []


def _operands(nodes: list[Value]) -> list[tuple[Value, ...]]:
    """Return what some nodes were computed from."""
    return [node.parents for node in nodes]


def _share_of_flat(nodes: list[Value]) -> float:
    """Return the share of results that lie flat."""
    return sum(1 for node in nodes if abs(node.data) > _SATURATED) / len(nodes)


def _too_long_steps(run: Run, seen: str) -> Finding | None:
    """Return what is wrong where tanh was not saturated at first, and the steps have thrown the weights out."""
    before, now = math.hypot(*run.start), run.length
    flat, of = run.facts["flat at first"], run.facts["tanh at first"]
    if flat > _AT_FIRST * of or now < _GROWN * before:
        return None
    return Finding(
        "the learning rate is too high",
        next(iter(run.parameters.values())),
        f"{seen} In the first step it was {flat:,} of {of:,}: since then the steps have taken the parameters from a "
        f"length of {number(before)} to {number(now)}, and tanh to where it is flat.",
        "Divide the learning rate by 3 or 10, and begin anew: no gradient brings these weights back.",
    )


def dead(run: Run) -> Finding | None:
    """Find ReLU neurons that give 0 for every sample of several steps."""
    look, facts = run.look, run.facts
    if look is not None and look.step == run.count >= _SETTLED and run.parameters:
        _see_relu(run, look)
    quiet = bool(run.silent_layer) and all(p.grad == 0.0 for p in run.silent_layer)
    facts["quiet samples"] = facts["quiet samples"] + facts["relu samples"] if quiet else 0
    steps = run.in_a_row("quiet steps", holds=quiet)
    if facts["dead"] >= _LOOKS:
        seen = f", and did so in each of the last {_LOOKS} graphs looked at, up to step {run.count}"
        lost = run.silent
    elif steps >= _QUIET_STEPS and (run.same_data or facts["quiet samples"] >= _QUIET_SAMPLES):
        seen = f"; they are a whole layer, and have had no gradient in the last {steps} steps, up to step {run.count}"
        lost = run.silent_layer
    else:
        return None
    return Finding(
        "ReLU neurons are dead",
        run.first_line("dead", None),
        f"{len(lost)} of {count(facts['relu neurons'], 'ReLU neuron')} gave 0 for each of "
        f"{count(facts['relu samples'], 'sample')}{seen}. Where ReLU gives 0 no gradient comes through, so they cannot "
        "come back.",
        'Lower the learning rate, which has often thrown them there, begin with other weights (`init="kaiming"`), '
        "standardise the inputs, or use `leaky_relu`.",
    )


def _see_relu(run: Run, look: Look) -> None:
    """Take note of the ReLU neurons that give 0 for every sample, and of layers of nothing but such.

    Those whose results go into no weighted sum are left out: they may be penalties.
    """
    fed = {x for outer in look.neurons.values() for x in outer.inputs}
    uses = _uses(look, _results_of_relu(look, fed))  # of a few samples
    layers = _layers_of(uses, look)
    neurons = set().union(*layers)
    if _are_many(neurons, _silent(uses)) or any(_silent(uses).issuperset(layer) for layer in layers):
        uses = _uses(look, _results_of_relu(look, look.rows.get("relu", []) + look.rows.get("maximum", [])))
    silent = _silent(uses) & neurons
    run.silent = silent & run.silent if run.facts["dead"] else silent
    run.silent_layer = next((set(x) for x in layers if len(x) >= _LAYER and run.silent.issuperset(x)), set())
    samples = min((len(uses[neuron]) for neuron in neurons), default=0)
    run.facts["relu neurons"], run.facts["relu samples"] = len(neurons), samples
    many = _are_many(neurons, run.silent) or (bool(run.silent_layer) and run.same_data)
    run.in_a_row("dead", holds=samples >= _FEWEST_SAMPLES and many)
    if run.silent:
        run.first_line("dead", run.line_of(next(uses[neuron][0] for neuron in uses if neuron in run.silent)))


def _silent(uses: dict[Value, list[Value]]) -> set[Value]:
    """Return the neurons that give nothing but 0."""
    return {neuron for neuron, nodes in uses.items() if all(node.data == 0.0 for node in nodes)}


def _are_many(neurons: set[Value], silent: set[Value]) -> bool:
    """Tell whether far more neurons are silent than is common."""
    return len(neurons) >= _FEWEST_NEURONS and len(silent) >= _DEAD_SHARE * len(neurons)


def _results_of_relu(look: Look, nodes: Iterable[Value]) -> list[tuple[Value, Value]]:
    """Return the nodes that are relu(x), or maximum(x, 0), each with its x."""
    found = []
    for node in nodes:
        name = row_of(node)
        if name == "relu":
            found.append((node, node.parents[0]))
        elif name == "maximum":
            x, y = node.parents
            zero, other = (x, y) if not x.parents else (y, x)
            if not zero.parents and zero.data == 0.0 and zero not in look.parameters:
                found.append((node, other))
    return found


def _layers_of(uses: dict[Value, list[Value]], look: Look) -> list[tuple[Value, ...]]:
    """Return the neurons of each layer: those whose results go into one weighted sum."""
    owner = {node: neuron for neuron, nodes in uses.items() for node in nodes}
    outer = {neuron.weights[0]: neuron for neuron in look.neurons.values()}  # one of each
    layers = [tuple(owner[x] for x in neuron.inputs if x in owner) for neuron in outer.values()]
    return [layer for layer in dict.fromkeys(layers) if layer]


def _uses(look: Look, results: list[tuple[Value, Value]]) -> dict[Value, list[Value]]:
    """Return the results of an activation for each neuron, which its first parameter stands for."""
    uses: dict[Value, list[Value]] = {}
    for node, operand in results:
        neuron = _first_parameter(operand, look)
        if neuron is not None:
            uses.setdefault(neuron, []).append(node)
    return uses


def _first_parameter(node: Value, look: Look) -> Value | None:
    """Return the parameter that a weighted sum begins with: of a dot product its first, of a chain of sums the bias."""
    while node.parents:
        row = node.row
        if row is None or row.name not in {"add", "sub", "sum", "mul", "dot"}:
            return None
        parents = node.parents
        if parents[0] in look.parameters:
            return parents[0]
        own = next((parent for parent in parents if parent in look.parameters), None)
        if own is not None:
            return own
        node = parents[0]
    return None


def no_nonlinearity(run: Run) -> Finding | None:
    """Find layers whose every input is a weighted sum itself."""
    look = run.look
    if look is None or not run.parameters or not run.first_time(look, "linear"):
        return None
    for node, outer in look.neurons.items():
        inner = [look.neurons.get(x) for x in outer.inputs]
        if _is_layer_of_layer(inner):
            hidden = [neuron for neuron in inner if neuron is not None]
            return Finding(
                "there is no nonlinearity between layers",
                run.line_of(node),
                f"This neuron adds up {len(hidden)} neurons that are weighted sums of {len(hidden[0].inputs)} inputs, "
                "with nothing in between. A weighted sum of weighted sums is one weighted sum: the two layers can "
                "learn no more than a single one.",
                'Put tanh or ReLU on the inner layer: `n.tanh()`, or `MLP(..., activation="tanh")`.',
            )
    return None


def _is_layer_of_layer(inner: list[Neuron | None]) -> bool:
    """Tell whether all inputs of a neuron are neurons, and not just scaled, or squeezed through a narrow place.

    One weighted sum that is scaled and shifted is common; so is a narrow layer between wide ones, to compress.
    """
    hidden = [neuron for neuron in inner if neuron is not None]
    if len(hidden) != len(inner) or len(hidden) < 2:  # noqa: PLR2004  # one input is only scaled
        return False
    same_inputs = len({neuron.seen() for neuron in hidden}) == 1
    return same_inputs and len(hidden) >= len(hidden[0].inputs)
