"""Neural networks from Values: neurons, layers and multi-layer perceptrons."""

from __future__ import annotations

import random  # noqa: TC003  # the examples draw from it
from collections.abc import Collection, Iterable, Sequence
from itertools import chain
from typing import Any

from micrograd import settings
from micrograd.engine import Value, as_value, dot, unique
from micrograd.ieee import shorten
from micrograd.module import Module
from micrograd.settings import ACTIVATIONS

__all__ = ["ACTIVATIONS", "MLP", "Layer", "Module", "Neuron"]

_SHOWN_LAYERS = 8  # of more than these, those in the middle are not printed


class Neuron(Module):
    """A neuron: the weighted sum of its inputs, begun at the bias, then the activation.

        out = activation(b + w[0] x[0] + w[1] x[1] + …)

    The weights are drawn first, then the bias, each from uniform(-1, 1): under the same `random.seed` they
    are the lecture's, number for number. With any other activation than "tanh", or another init than
    "uniform", the bias is 0 and not drawn, as in the published micrograd.

    Args:
        nin: number of inputs, 1 or more.
        nonlin: as in the published micrograd, True for relu, False for linear; None leaves it to activation.
        activation: a name in `ACTIVATIONS`; the default is the lecture's.
        bias: True for the rule above, False for none; or "uniform", drawn as the weights are; or "zero".
        init: the weights are drawn from uniform(-bound, bound). A number is the bound itself;
            "uniform": bound = 1;
            "xavier": bound = sqrt(6 / (nin + nout)), which keeps the size of signals both ways through tanh;
            "kaiming": bound = sqrt(6 / nin), which keeps it forwards through relu.
        rng: where the numbers come from; None is the module `random`, which `random.seed` governs.

    Raises:
        TypeError: nin is not a whole number, or nonlin not a bool, or given along with another activation.
        ValueError: nin is less than 1; activation, bias or init is unknown.

    Example:
        >>> random.seed(1337)
        >>> n = Neuron(2)
        >>> n
        Neuron(2 -> 1 tanh, 3 parameters)
        >>> n([1.0, -2.0])
        Value(data=-0.1643555065255229)

    Source:
        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
        equation 16. He et al., "Delving Deep into Rectifiers" (2015), equation 10.
    """

    def __init__(  # noqa: PLR0913  # each is a choice of its own
        self,
        nin: int,
        nonlin: bool | None = None,  # noqa: FBT001  # as published
        *,
        activation: str = "tanh",
        bias: bool | str = True,
        init: str | float = "uniform",
        rng: random.Random | None = None,
    ) -> None:
        self.activation = settings.activation(nonlin, activation)
        bound = settings.bound(init, settings.size(nin, "nin"), 1)
        start = settings.bias(bias, init, self.activation)
        uniform = settings.uniform(rng)
        self.w = [Value(uniform(-bound, bound)) for _ in range(nin)]
        self.b = Value(uniform(-bound, bound) if start == "uniform" else 0.0) if start else None
        self.nonlin = self.activation not in {"linear", "identity"}
        self._activate = ACTIVATIONS[self.activation]

    def __call__(self, x: Collection[Value | float] | Value | float) -> Value:
        """Return the output for nin inputs; a lone number will do where nin is 1.

        Raises:
            TypeError: an input is not a number.
            ValueError: there are more or fewer than nin inputs.
        """
        try:
            total = dot(self.w, x, self.b)
        except (TypeError, ValueError):  # only now, since checks at every call would slow down every neuron
            total = dot(self.w, _values(_row(x, len(self.w))), self.b)
        return self._activate(total)

    def parameters(self) -> list[Value]:
        """Return the weights, then the bias."""
        return self.w if self.b is None else [*self.w, self.b]

    def _sizes(self) -> str:
        return f"{len(self.w)} -> 1 {self.activation}, "


class Layer(Module):
    """A layer: nout neurons that see the same nin inputs.

    Args:
        nin: number of inputs, 1 or more.
        nout: number of neurons, 1 or more.
        nonlin: as for Neuron, and so are activation, bias, init and rng.

    Raises:
        TypeError, ValueError: nout is not a whole number, 1 or more; the others are not what Neuron takes.

    Example:
        >>> layer = Layer(2, 3, activation="relu")
        >>> layer
        Layer(2 -> 3 relu, 9 parameters)
        >>> len(layer([1.0, -2.0]))
        3
    """

    def __init__(  # noqa: PLR0913  # each is a choice of its own
        self,
        nin: int,
        nout: int,
        nonlin: bool | None = None,  # noqa: FBT001  # as published
        *,
        activation: str = "tanh",
        bias: bool | str = True,
        init: str | float = "uniform",
        rng: random.Random | None = None,
    ) -> None:
        name = settings.activation(nonlin, activation)
        start = settings.bias(bias, init, name)
        bound = settings.bound(init, settings.size(nin, "nin"), settings.size(nout, "nout"))
        self.neurons = [Neuron(nin, activation=name, bias=start, init=bound, rng=rng) for _ in range(nout)]

    def __call__(self, x: Collection[Value | float] | Value | float) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the list of the nout outputs; of a single neuron the output itself, as in the lecture."""
        outs = [n(x) for n in self.neurons]
        return outs[0] if len(outs) == 1 else outs

    def parameters(self) -> list[Value]:
        """Return the parameters of each neuron in turn."""
        return unique(chain.from_iterable([neuron.parameters() for neuron in self.neurons]))

    def _sizes(self) -> str:
        return f"{len(self.neurons[0].w)} -> {_width(self)}, "


class MLP(Module):
    """A multi-layer perceptron: layers one after the other, each fed with the outputs of the one before.

    The activation chooses the rest. With "tanh" it is the lecture's network: tanh after every layer, the
    last one too, and biases drawn with the weights, neuron by neuron. With any other, as with "relu" in the
    published micrograd, the last layer is linear, and the biases are 0 and not drawn. `last` and `bias`
    choose otherwise; an init other than "uniform" makes the biases 0 as well.

    Args:
        nin: number of inputs, 1 or more.
        nouts: number of neurons of each layer, each 1 or more; the last is the number of outputs. One at least.
        activation: that of the hidden layers, a name in `ACTIVATIONS`.
        last: that of the last layer; None for the rule above.
        bias: as for Neuron, and so are init and rng.

    Raises:
        TypeError: a size is not a whole number.
        ValueError: nouts is no sequence, or empty; a size is less than 1; the rest is not as for Neuron.

    Example:
        >>> model = MLP(2, [16, 16, 1], activation="relu")
        >>> model
        MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)
    """

    def __init__(  # noqa: PLR0913  # each is a choice of its own
        self,
        nin: int,
        nouts: Sequence[int] = (),
        *,
        activation: str = "tanh",
        last: str | None = None,
        bias: bool | str = True,
        init: str | float = "uniform",
        rng: random.Random | None = None,
    ) -> None:
        self.sz = settings.sizes(nin, nouts)
        start = settings.bias(bias, init, activation)
        hidden = [settings.activation(None, activation)] * (len(self.sz) - 2)
        final = last or ("tanh" if activation == "tanh" else "linear")
        self.layers = [
            Layer(n, nout, activation=name, bias=start, init=init, rng=rng)
            for n, nout, name in zip(self.sz, self.sz[1:], [*hidden, final], strict=False)
        ]

    def __call__(self, x: Collection[Value | float] | Value | float) -> Any:  # noqa: ANN401  # a Value or a list
        """Return the outputs of the last layer: a list, or a Value where there is one."""
        out: Any = x
        if isinstance(out, Iterable):
            out = _values(list(out))  # once, and not again in every neuron
        for layer in self.layers:
            out = layer(out)
        return out

    def parameters(self) -> list[Value]:
        """Return the parameters of each layer in turn."""
        return unique(chain.from_iterable([part for layer in self.layers for part in _parts(layer)]))

    def summary(self) -> str:
        """Return a table of the layers: sizes, activations, numbers of parameters.

        Example:
            >>> print(MLP(2, [16, 1], activation="relu").summary())
            layer       inputs  outputs  activation  parameters
            layers[0]        2       16  relu                48
            layers[1]       16        1  linear              17
            total                                            65
        """
        rows: list[tuple[object, ...]] = [("layer", "inputs", "outputs", "activation", "parameters")]
        for i, layer in enumerate(self.layers):
            n = layer.neurons[0]
            rows.append((f"layers[{i}]", len(n.w), len(layer.neurons), n.activation, len(layer.parameters())))
        rows.append(("total", "", "", "", len(self.parameters())))
        wide = max(len(f"{row[0]}") for row in rows)
        return "\n".join(f"{a:{wide}}  {b:>7}  {c:>7}  {d:10}  {e:>10}" for a, b, c, d, e in rows)

    def _sizes(self) -> str:
        widths = [_width(layer) for layer in self.layers]
        if len(widths) > _SHOWN_LAYERS:
            widths[2:-1] = [f"… {len(widths) - 3} layers …"]
        return " -> ".join([f"{self.sz[0]}", *widths]) + ", "


def _parts(layer: Layer) -> list[list[Value]]:
    """Return the parameters of a layer in parts, which may overlap: they are sorted out for all layers at once."""
    if type(layer).parameters is not Layer.parameters:
        return [layer.parameters()]
    return [neuron.parameters() for neuron in layer.neurons]


def _row(x: object, n: int) -> list[Any]:
    """Return the inputs of a neuron as a list of n, a lone number being one, or say that they are not n."""
    row = list(x) if isinstance(x, Iterable) else [x]
    if len(row) != n:
        given = f"{len(row)}" if isinstance(x, Iterable) else f"{x!r} alone"
        message = f"a neuron with {n} weights expects {n} inputs, got {given}{_batch_hint(row)}"
        raise ValueError(message) from None
    return row


def _values(row: list[Any]) -> list[Value]:
    """Return inputs as Values, or say which of them is none."""
    try:
        return [as_value(x) for x in row]
    except TypeError as error:
        hint = _batch_hint(row)
        if not hint:
            raise
        message = f"an input is one real number, got {shorten(row[0])}{hint}"
        raise TypeError(message) from error


def _batch_hint(row: list[Any]) -> str:
    """Return what to do with several samples at once; nothing where a row is one sample."""
    several = bool(row) and isinstance(row[0], Iterable) and not isinstance(row[0], str)
    return "; a network takes one sample at a time: [model(x) for x in xs]" if several else ""


def _width(layer: Layer) -> str:
    """Return the size and the activation of a layer."""
    return f"{len(layer.neurons)} {layer.neurons[0].activation}"
