"""Symptoms of the functions between layers: saturated, dead, or not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micrograd.check.doctor.findings import Finding, count, number

if TYPE_CHECKING:
    from micrograd.check.doctor.look import Look
    from micrograd.check.doctor.neurons import Neuron
    from micrograd.check.doctor.run import Run
    from micrograd.engine import Value

__all__ = ["dead", "no_nonlinearity", "saturated"]

# At |tanh| = 0.99 the derivative is 0.02. In the lecture's network, begun from 300 seeds, at most 22 % of the results
# are beyond that after three steps. One whose answers reach their targets of 1 and -1 may be saturated in the end, so
# the loss must also be more than half of the first one.
_SATURATED, _SHARE, _STUCK, _FEWEST = 0.99, 0.6, 0.5, 8
# In the demo of the published micrograd, whose learning rate of 1 is large, begun from 60 seeds, at most 13 of the 32
# neurons were silent, and it learned.
_DEAD_SHARE, _FEWEST_NEURONS, _FEWEST_SAMPLES = 0.6, 4, 8
_SETTLED = 4  # steps, after which a neuron that gives nothing has had its chance
_LOOKS = 3  # graphs in a row, which are several steps apart when training goes on


def saturated(run: Run) -> Finding | None:
    """Find tanh that lie flat for most neurons and samples, while the loss stays up."""
    look = run.look
    nodes = [] if look is None else look.rows.get("tanh", [])
    flat = [node for node in nodes if abs(node.data) > _SATURATED]
    much = len(nodes) >= _FEWEST and len(flat) > _SHARE * len(nodes)
    stuck = run.loss > _STUCK * abs(run.first_loss)
    if run.in_a_row("saturated", holds=much and stuck) < _LOOKS or look is None:
        return None
    sizes = sorted(abs(node.parents[0].data) for node in nodes)
    return Finding(
        "tanh is saturated",
        run.line_of(flat[0]),
        f"In step {look.step}, {len(flat):,} of {count(len(nodes), 'result')} of tanh (all neurons, all samples) lie "
        f"beyond {_SATURATED} or -{_SATURATED}, where its slope is under 0.02; half of what goes in is larger than "
        f"{number(sizes[len(sizes) // 2])} in size. Hardly any gradient comes through, and the loss is "
        f"{number(run.loss)}, after {number(run.first_loss)} at first.",
        "Make smaller what goes in: standardise the inputs (`micrograd.data.Standardizer`), begin with smaller weights "
        '(`MLP(..., init="xavier")`), and lower the learning rate if the weights have grown.',
    )


def dead(run: Run) -> Finding | None:
    """Find ReLU neurons that give 0 for every sample of several steps."""
    look = run.look
    if look is None or look.step < _SETTLED or not run.parameters:
        return None
    uses = _uses_of_relu(look)
    silent = {neuron for neuron, nodes in uses.items() if all(node.data == 0.0 for node in nodes)}
    samples = min(map(len, uses.values()), default=0)
    many = len(uses) >= _FEWEST_NEURONS and len(silent) >= _DEAD_SHARE * len(uses) and samples >= _FEWEST_SAMPLES
    run.silent = silent & run.silent if run.facts["dead"] else silent
    kept = len(run.silent) >= _DEAD_SHARE * len(uses)
    if run.in_a_row("dead", holds=many and kept) < _LOOKS:
        return None
    first = next(nodes[0] for neuron, nodes in uses.items() if neuron in run.silent)
    return Finding(
        "ReLU neurons are dead",
        run.line_of(first),
        f"{len(run.silent)} of {count(len(uses), 'ReLU neuron')} gave 0 for each of {samples:,} samples, and did so "
        f"in each of the last {_LOOKS} graphs looked at, up to step {look.step}. Where ReLU gives 0 no gradient comes "
        "through, so they cannot come back.",
        'Lower the learning rate, which has often thrown them there, begin with other weights (`init="kaiming"`), '
        "standardise the inputs, or use `leaky_relu`.",
    )


def _uses_of_relu(look: Look) -> dict[Value, list[Value]]:
    """Return the results of ReLU for each neuron, which its first parameter stands for."""
    uses: dict[Value, list[Value]] = {}
    for node in look.rows.get("relu", []):
        neuron = _first_parameter(node.parents[0], look)
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
