"""Tests of `Predictor`: from the cells of a table to predictions, and what it refuses to be made of."""

from __future__ import annotations

import math
import random

import pytest

from micrograd.data import Standardizer
from micrograd.encoder import Encoder, Feature
from micrograd.errors import InputError
from micrograd.nn import ACTIVATIONS, MLP
from micrograd.predictor import Predictor, forward
from micrograd.table import Table

NUMBERS = (Feature("a", None), Feature("b", None))
UNITS = Standardizer((1.0, 2.0), (0.5, 4.0))


def network(nout: int, *, bias: bool = True) -> MLP:
    """Return a small network with two inputs."""
    return MLP(2, [3, nout], last="linear", bias=bias, rng=random.Random(5))


def classifier(*classes: str) -> Predictor:
    """Return a predictor of classes."""
    encoder = Encoder(NUMBERS, "c", classes)
    return Predictor(network(1 if len(classes) == 2 else len(classes)), encoder, UNITS, None)


def regressor() -> Predictor:
    """Return a predictor of a number."""
    return Predictor(network(1), Encoder(NUMBERS, "y", None), UNITS, Standardizer((100.0,), (10.0,)))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_forward_computes_the_network(activation: str, bias: bool) -> None:  # noqa: FBT001
    """The numbers without a graph are those of the graph."""
    model = MLP(3, [5, 2], activation=activation, last=activation, bias=bias, rng=random.Random(3))
    rng = random.Random(4)
    rows = [[rng.gauss(0.0, 2.0) for _ in range(3)] for _ in range(20)]
    wanted = [[out.data for out in model(row)] for row in rows]
    for row, expected in zip(forward(model, rows), wanted, strict=True):
        assert row == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_forward_takes_any_number_of_rows() -> None:
    """No rows give no answers, and infinite weights give no warnings."""
    model = network(1)
    assert forward(model, []) == []
    model.layers[-1].neurons[0].w[0].data = math.inf
    assert len(forward(model, [[1.0, 2.0]])) == 1


def test_two_classes_share_one_logit() -> None:
    """The logit is that of the second class, and the likelier class is predicted."""
    model = classifier("no", "yes")
    rows = [[0.0, 1.0], [5.0, -3.0]]
    for row, (no, yes) in zip(rows, model.probabilities(rows), strict=True):
        logit = model.network([(x - m) / s for x, m, s in zip(row, UNITS.mean, UNITS.scale, strict=True)])
        assert yes == pytest.approx(1.0 / (1.0 + math.exp(-logit.data)))
        assert no + yes == pytest.approx(1.0)
    table = Table(("b", "a"), [["1.0", "0"], ["-3", "5"]], [2, 3], "t.csv")
    likelier = [max((no, "no"), (yes, "yes")) for no, yes in model.probabilities(rows)]
    assert model.predict(table) == [(name, probability) for probability, name in likelier]


def test_more_classes_have_a_logit_each() -> None:
    """Probabilities are the softmax of the logits."""
    model = classifier("x", "y", "z")
    (logits,), (row,) = model.outputs([[1.0, 1.0]]), model.probabilities([[1.0, 1.0]])
    total = sum(map(math.exp, logits))
    assert row == pytest.approx([math.exp(logit) / total for logit in logits])


def test_numbers_come_in_the_units_of_the_target() -> None:
    """The output of the network is scaled back."""
    model = regressor()
    (out,) = model.outputs([[1.0, 1.0]])[0]
    table = Table(("a", "b"), [["1", "1"]], [2], "t.csv")
    assert model.predict(table) == model.numbers([[1.0, 1.0]]) == [100.0 + 10.0 * out]
    with pytest.raises(TypeError, match="classes, not numbers"):
        classifier("no", "yes").numbers([[1.0, 1.0]])


def test_levels_become_inputs() -> None:
    """A column of categories is predicted from, and an unknown level is refused."""
    encoder = Encoder((Feature("town", ("Bonn", "Ulm")),), "y", None)
    model = Predictor(network(1), encoder, Standardizer((0.5, 0.5), (0.5, 0.5)), Standardizer((0.0,), (1.0,)))
    ulm, bonn = model.predict(Table(("town",), [["Ulm"], ["Bonn"]], [2, 3], "t.csv"))
    assert ulm != bonn
    with pytest.raises(InputError, match="line 2, column 'town'"):
        model.predict(Table(("town",), [["Rome"]], [2], "t.csv"))


@pytest.mark.parametrize("model", [classifier("no", "yes"), classifier("x", "y", "z"), regressor()])
def test_a_dict_brings_it_back(model: Predictor) -> None:
    """What `to_dict` tells makes the same predictor."""
    twin = Predictor.from_dict(model.to_dict())
    assert twin.to_dict() == model.to_dict()
    assert twin.outputs([[3.0, 4.0]]) == model.outputs([[3.0, 4.0]])
    assert twin.network.sz == model.network.sz


def test_a_dict_brings_back_layers_without_bias() -> None:
    """No bias stays no bias."""
    model = Predictor(network(1, bias=False), Encoder(NUMBERS, "c", ("no", "yes")), UNITS, None)
    twin = Predictor.from_dict(model.to_dict())
    assert len(twin.network.parameters()) == len(model.network.parameters())
    assert twin.outputs([[3.0, 4.0]]) == model.outputs([[3.0, 4.0]])


def test_it_refuses_parts_that_do_not_fit() -> None:
    """Inputs, outputs and units have to agree, and weights to be finite."""
    encoder, scaling = Encoder(NUMBERS, "c", ("no", "yes")), Standardizer((0.0,), (1.0,))
    broken = network(1)
    broken.parameters()[0].data = math.nan
    for parts, problem in (
        ((MLP(3, [1]), encoder, UNITS, None), "2 inputs are encoded, 2 standardised, 3 wanted"),
        ((network(1), encoder, scaling, None), "2 inputs are encoded, 1 standardised"),
        ((network(2), encoder, UNITS, None), "2 outputs for 2 classes"),
        ((network(1), Encoder(NUMBERS, "c", ("no",)), UNITS, None), "1 outputs for 1 classes"),
        ((network(1), encoder, UNITS, scaling), "classes have none"),
        ((network(1), Encoder(NUMBERS, "y", None), UNITS, None), "needs the mean"),
        ((broken, encoder, UNITS, None), "not finite"),
    ):
        with pytest.raises(ValueError, match=problem):
            Predictor(*parts)


def test_it_refuses_layers_that_do_not_fit() -> None:
    """A saved layer that takes other numbers than the one before gives is refused."""
    state = classifier("no", "yes").to_dict()
    state["layers"][1]["weights"][0].append(1.0)
    with pytest.raises(ValueError, match="follows 3 numbers"):
        Predictor.from_dict(state)
