"""Networks: draws and arithmetic of the lecture and of the published micrograd; modules of any shape."""

from __future__ import annotations

import copy
import math
import pickle
import random
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from micrograd import functions
from micrograd.engine import Value
from micrograd.nn import ACTIVATIONS, MLP, Layer, Module, Neuron

if TYPE_CHECKING:
    from collections.abc import Callable

SEED = 1337


def seeded(make: Callable[[], Module]) -> Module:
    """Return what `make` makes right after the random numbers were seeded."""
    random.seed(SEED)
    return make()


def data(values: list[Value]) -> list[float]:
    """Return the numbers in a list of Values."""
    return [v.data for v in values]


def lecture_mlp(draws: random.Random, sizes: list[int], x: list[float]) -> list[float]:
    """Return what the lecture's network of these sizes answers, in floats."""
    for nin, nout in pairwise(sizes):
        neurons = [([draws.uniform(-1, 1) for _ in range(nin)], draws.uniform(-1, 1)) for _ in range(nout)]
        outs = []
        for w, b in neurons:
            act = b
            for wi, xi in zip(w, x, strict=True):
                act = act + wi * xi
            outs.append(math.tanh(act))
        x = outs
    return x


@pytest.mark.parametrize("sizes", [[3, 4, 4, 1], [2, 16, 16, 1], [1, 1], [2, 4, 1, 3]])
def test_the_default_network_is_the_lecture_s_bit_for_bit(sizes: list[int]) -> None:
    """The same seed gives the same weights, biases and answer as the lecture's classes, to the last bit."""
    x = [2.0, 3.0, -1.0][: sizes[0]]
    model = seeded(lambda: MLP(sizes[0], sizes[1:]))
    assert isinstance(model, MLP)
    out = model(x)
    outs = out if isinstance(out, list) else [out]
    assert data(outs) == lecture_mlp(random.Random(SEED), sizes, x)


@pytest.mark.parametrize("make", [lambda: MLP(3, [4, 2]), lambda: Layer(3, 4), lambda: Neuron(3)])
def test_weights_are_drawn_before_the_bias_of_each_neuron(make: Callable[[], Module]) -> None:
    """Parameters come out in the order in which they are drawn."""
    drawn = data(seeded(make).parameters())
    draws = random.Random(SEED)
    assert drawn == [draws.uniform(-1, 1) for _ in drawn]


def test_relu_gives_the_published_network() -> None:
    """With relu the biases are 0 and not drawn, hidden layers end with relu and the last one does not."""
    model = seeded(lambda: MLP(2, [16, 16, 1], activation="relu"))
    assert isinstance(model, MLP)
    draws = random.Random(SEED)
    for neuron in (neuron for layer in model.layers for neuron in layer.neurons):
        assert data(neuron.w) == [draws.uniform(-1, 1) for _ in neuron.w]
        assert neuron.b is not None
        assert neuron.b.data == 0.0
    assert [layer.neurons[0].nonlin for layer in model.layers] == [True, True, False]
    assert len(model.parameters()) == 337


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=1, max_size=6), st.floats(-9, 9))
def test_a_neuron_adds_from_the_bias_on(pairs: list[tuple[float, float]], bias: float) -> None:
    """The weighted sum and its gradients are those of the lecture's `sum`, to the last bit."""
    neuron = Neuron(len(pairs), activation="linear", rng=random.Random(SEED))
    for w, (start, _) in zip(neuron.w, pairs, strict=True):
        w.data = start
    assert neuron.b is not None
    neuron.b.data = bias
    out = neuron([x for _, x in pairs])
    expected = bias
    for start, x in pairs:
        expected = expected + start * x
    assert out.data == expected
    out.backward()
    assert [w.grad for w in neuron.w] == [x for _, x in pairs]
    assert neuron.b.grad == 1.0


def test_a_neuron_without_bias_starts_at_the_first_product() -> None:
    """Without a bias there is no parameter for it, and nothing is drawn for it."""
    neuron = Neuron(2, bias=False, activation="linear", rng=random.Random(SEED))
    draws = random.Random(SEED)
    w = [draws.uniform(-1, 1) for _ in range(2)]
    assert neuron.b is None
    assert data(neuron.parameters()) == w
    assert neuron([3.0, 5.0]).data == w[0] * 3.0 + w[1] * 5.0
    assert len(MLP(2, [3, 1], bias=False).parameters()) == 9


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_the_function_of_its_name(name: str) -> None:
    """A neuron ends with the function of micrograd that its activation names."""
    neuron = Neuron(2, activation=name, rng=random.Random(SEED))
    plain = Neuron(2, activation="linear", bias=False, rng=random.Random(SEED))
    plain.w, plain.b = neuron.w, neuron.b
    total = plain([0.5, -2.0]).data
    expected = total if name in {"linear", "identity"} else getattr(functions, name)(total)
    assert neuron([0.5, -2.0]).data == expected
    assert neuron.activation == name
    assert neuron.nonlin is (name not in {"linear", "identity"})


def test_nonlin_is_what_it_is_in_the_published_neuron() -> None:
    """True means relu, False means linear, both with a bias of 0."""
    assert (Neuron(2, nonlin=True).activation, Neuron(2, nonlin=False).activation) == ("relu", "linear")
    assert Layer(2, 3, nonlin=False).neurons[0].nonlin is False
    bias = Neuron(2, nonlin=False).b
    assert bias is not None
    assert bias.data == 0.0


@pytest.mark.parametrize(
    ("kind", "args", "settings", "error", "words"),
    [
        (Neuron, (2,), {"activation": "rleu"}, ValueError, "unknown activation 'rleu'.*tanh, relu.*linear"),
        (MLP, (2, [1]), {"activation": "rleu"}, ValueError, "unknown activation"),
        (MLP, (2, [1]), {"last": "rleu"}, ValueError, "unknown activation"),
        (Neuron, (2,), {"nonlin": "tanh"}, TypeError, "nonlin must be True .* got 'tanh'"),
        (Neuron, (2,), {"nonlin": True, "activation": "gelu"}, TypeError, "activation= not given; got True"),
        (Neuron, (2,), {"bias": "one"}, ValueError, "bias must be .* got 'one'"),
        (Neuron, (2,), {"init": "he"}, ValueError, "init must be .*kaiming.* got 'he'"),
        (Neuron, (2,), {"init": -1.0}, ValueError, "init must be .* got -1.0"),
        (Neuron, (0,), {}, ValueError, "nin must be .* got 0"),
        (Neuron, (2.0,), {}, TypeError, "nin must be .* got 2.0"),
        (Layer, (2, 0), {}, ValueError, "nout must be .* got 0"),
        (Layer, (-1, 2), {}, ValueError, "nin must be .* got -1"),
        (MLP, (2, []), {}, ValueError, "at least one"),
        (MLP, (2, 16), {}, ValueError, "nouts must be a sequence .* got 16"),
        (MLP, (3, 4), {}, ValueError, r"got 4; write \[4\] for one layer"),
        (MLP, ([3, 4, 1],), {}, TypeError, r"nin is the number of inputs alone; .*: write MLP\(3, \[4, 1\]\)"),
        (MLP, (3,), {}, ValueError, "nouts must be a sequence of sizes, at least one"),
        (MLP, (2, [1]), {"activation": "ReLU"}, ValueError, r"unknown activation 'ReLU'; did you mean 'relu'\?"),
        (MLP, (2, [1]), {"last": "Tanh"}, ValueError, r"did you mean 'tanh'\?: choose one of"),
        (Layer, (2, 1), {"activation": math.tanh}, ValueError, r"did you mean 'tanh'\?"),
        (Layer, (2, 1), {"activation": ["relu"]}, ValueError, r"unknown activation \['relu'\]: choose one of"),
        (Layer, (2, 1), {"activation": "xyz"}, ValueError, "unknown activation 'xyz': choose one of"),
        (Neuron, (2, "relu"), {}, TypeError, "write activation='relu'"),
        (Neuron, (2,), {"bias": "Zero"}, ValueError, r"did you mean 'zero'\?"),
        (MLP, (2, [1]), {"init": "he"}, ValueError, r"did you mean 'kaiming'\?"),
        (MLP, (2, [1]), {"init": "Xavier"}, ValueError, r"did you mean 'xavier'\?"),
        (MLP, (2, [1]), {"rng": 42}, TypeError, r"rng must be a generator such as random.Random\(42\); got 42"),
        (MLP, (2, [4, -1.0]), {}, TypeError, r"nouts\[1\] must be .* got -1.0"),
        (MLP, (2, [4, 0, 1]), {}, ValueError, r"nouts\[1\] must be .* got 0"),
        (MLP, ("2", [1]), {}, TypeError, "nin must be .* got '2'"),
    ],
)
def test_arguments_that_make_no_network_are_refused(
    kind: type[Module], args: tuple[Any, ...], settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    """The error names the argument, what was expected and what was given."""
    with pytest.raises(error, match=words):
        kind(*args, **settings)


def test_keywords_override_the_rule_of_the_activation() -> None:
    """`last` and `bias` each choose for themselves, and the whole network has one kind of bias."""
    linear_end = MLP(2, [3, 1], last="linear")
    assert [layer.neurons[0].activation for layer in linear_end.layers] == ["tanh", "linear"]
    drawn = linear_end.layers[1].neurons[0].b
    assert drawn is not None
    assert drawn.data != 0.0
    zero = MLP(2, [3, 1], bias="zero")
    assert zero.state_dict()["layers[0].neurons[0].b"] == 0.0
    assert MLP(2, [3, 1], activation="relu", bias="uniform").state_dict()["layers[1].neurons[0].b"] != 0.0


@pytest.mark.parametrize(
    ("init", "bound"),
    [("uniform", 1.0), ("xavier", math.sqrt(6 / 40)), ("kaiming", math.sqrt(6 / 30)), (0.25, 0.25)],
)
def test_weights_fill_the_range_of_their_init(init: str | float, bound: float) -> None:
    """No weight is outside of the formula's bound, and some come close to it."""
    layer = Layer(30, 10, init=init, rng=random.Random(SEED))
    sizes = [abs(w.data) for neuron in layer.neurons for w in neuron.w]
    assert 0.95 * bound < max(sizes) <= bound
    biases = [neuron.b.data for neuron in layer.neurons if neuron.b is not None]
    assert any(biases) == (init == "uniform")


class Highest(random.Random):
    """Random numbers that are always as large as they may be."""

    def uniform(self, a: float, b: float) -> float:
        """Return the upper end."""
        return max(a, b)


def test_the_bounds_of_a_lone_neuron_are_those_of_a_layer_of_one() -> None:
    """A neuron by itself has one output; a bias that is drawn has the range of the weights."""
    assert Neuron(5, init="xavier", rng=Highest()).w[0].data == math.sqrt(6 / 6)
    assert Layer(5, 1, init="xavier", rng=Highest()).neurons[0].w[0].data == math.sqrt(6 / 6)
    assert data(Neuron(1, init="kaiming", bias="uniform", rng=Highest()).parameters()) == [math.sqrt(6)] * 2


def test_xavier_and_kaiming_have_the_bounds_of_pytorch() -> None:
    """The ranges are those of PyTorch's initialisers for the same layer."""
    torch = pytest.importorskip("torch")
    for init, fill in (
        ("xavier", torch.nn.init.xavier_uniform_),
        ("kaiming", lambda w: torch.nn.init.kaiming_uniform_(w, nonlinearity="relu")),
    ):
        layer = Layer(30, 200, init=init, rng=random.Random(SEED))
        ours = max(abs(w.data) for neuron in layer.neurons for w in neuron.w)
        theirs = fill(torch.empty(200, 30)).abs().max().item()
        assert ours == pytest.approx(theirs, rel=0.01)


def test_a_generator_of_one_s_own_leaves_the_module_random_alone() -> None:
    """With `rng` the draws come from it, and the sequence of the module `random` goes on undisturbed."""
    random.seed(SEED)
    one = MLP(2, [3, 1], rng=random.Random(7))
    assert random.random() == random.Random(SEED).random()
    assert one.state_dict() == MLP(2, [3, 1], rng=random.Random(7)).state_dict()


def test_a_layer_of_one_neuron_answers_with_its_output_itself() -> None:
    """One neuron answers with a Value, several with a list, as in the lecture."""
    assert isinstance(Layer(2, 1)([1.0, 2.0]), Value)
    outs = Layer(2, 3)([1.0, 2.0])
    assert isinstance(outs, list)
    assert len(outs) == 3


@pytest.mark.parametrize("x", [0.5, Value(0.5), [0.5], (Value(0.5),)])
def test_a_width_of_one_takes_a_bare_number(x: float | Value | list[float] | tuple[Value]) -> None:
    """Where there is one input, a number, a Value and a sequence of one give the same."""
    model = MLP(1, [4, 1, 3], rng=random.Random(SEED))
    assert data(model(x)) == data(model([0.5]))


def test_numpy_rows_are_inputs() -> None:
    """A row of an array, of any kind of number, is a sequence of inputs."""
    np = pytest.importorskip("numpy")
    model = MLP(2, [3, 1])
    for kind in ("float64", "float32", "int64"):
        assert model(np.array([1, -2], dtype=kind)).data == model([1.0, -2.0]).data
    assert MLP(1, [2, 1], rng=random.Random(SEED))(np.float64(2)).data == pytest.approx(
        MLP(1, [2, 1], rng=random.Random(SEED))(2.0).data
    )


@pytest.mark.parametrize(
    ("nin", "x", "given"),
    [(3, [1.0, 2.0], 2), (3, [1.0, 2.0, 3.0, 4.0], 4), (2, 1.0, 1), (2, [], 0), (1, [1.0, 2.0], 2)],
)
def test_inputs_of_the_wrong_number_are_refused(nin: int, x: list[float] | float, given: int) -> None:
    """Nothing is cut or made up: the error says how many inputs were expected and how many came."""
    for part in (Neuron(nin), Layer(nin, 2), MLP(nin, [2, 1]), Neuron(nin, bias=False)):
        with pytest.raises(ValueError, match=f"expects {nin} inputs, got {given}"):
            part(x)


@pytest.mark.parametrize("x", [["a", 1.0], [None, 1.0], [1j, 1.0], [[1.0], 1.0]])
def test_inputs_that_are_no_numbers_are_refused(x: list[float]) -> None:
    """What is not a real number is a type error that shows it."""
    with pytest.raises(TypeError, match="real number"):
        Neuron(2)(x)


BATCH = [[1.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize("x", [BATCH, [[1.0, 2.0]], [BATCH]])
def test_several_samples_at_once_are_refused(x: list[Any]) -> None:
    """A network takes one sample at a time, and the error says how to have the outputs of several."""
    for part in (Neuron(2), Layer(2, 2), MLP(2, [2, 1])):
        with pytest.raises((TypeError, ValueError), match=r"one sample at a time: \[model\(x\) for x in xs\]"):
            part(x)


def test_what_was_given_for_inputs_is_shown() -> None:
    """A lone number, or nothing, where more are expected."""
    with pytest.raises(ValueError, match="expects 3 inputs, got None alone"):
        MLP(3, [1])(None)  # type: ignore[arg-type]


def test_names_are_the_paths_to_the_parameters() -> None:
    """Every parameter is named by how Python would reach it."""
    model = MLP(2, [3, 1])
    names = [name for name, _ in model.named_parameters()]
    assert names[:4] == [
        "layers[0].neurons[0].w[0]",
        "layers[0].neurons[0].w[1]",
        "layers[0].neurons[0].b",
        "layers[0].neurons[1].w[0]",
    ]
    assert dict(model.named_parameters())["layers[1].neurons[0].w[2]"] is model.layers[1].neurons[0].w[2]
    assert [p for _, p in model.named_parameters()] == model.parameters()


class Zoo(Module):
    """A module that keeps parameters in every place there is."""

    def __init__(self) -> None:
        self.title = "zoo"
        self.scale = Value(1.0)
        self.pair = (Value(2.0), [Value(3.0)])
        self.heads = {"a": Value(4.0), 7: Neuron(1, activation="relu", init=0.0)}
        self.tied = self.scale
        self.cached = self.scale * 2.0


def test_parameters_are_found_wherever_they_are_kept() -> None:
    """Values in attributes, sequences, dicts and modules are found once each; results are none."""
    zoo = Zoo()
    assert zoo.state_dict() == {
        "scale": 1.0,
        "pair[0]": 2.0,
        "pair[1][0]": 3.0,
        "heads['a']": 4.0,
        "heads[7].w[0]": 0.0,
        "heads[7].b": 0.0,
    }
    assert repr(zoo) == "Zoo(6 parameters)"
    assert repr(Module()) == "Module(0 parameters)"


def test_shared_parameters_are_listed_once() -> None:
    """A parameter that two neurons share has one entry, under its first name."""
    model = MLP(2, [2, 1])
    first, second = model.layers[0].neurons
    second.w = first.w
    assert len(model.parameters()) == 7
    assert len(dict(model.named_parameters())) == 7
    assert first.w[0] in model.parameters()


class LectureNeuron(Module):
    """A neuron that lists its parameters itself, as the lecture's does, and keeps one where nobody looks."""

    def __init__(self) -> None:
        self.w = [Value(1.0), Value(2.0)]
        self.frozen = Value(3.0)
        self.hidden = {frozenset({1}): {4: {Value(4.0)}}}

    def parameters(self) -> list[Value]:
        """Return all but the frozen one."""
        (b,) = self.hidden[frozenset({1})][4]
        return [*self.w, b]


class Pair(Module):
    """A module around such a neuron."""

    def __init__(self) -> None:
        self.inner = LectureNeuron()
        self.own = Value(5.0)


def test_an_overridden_parameters_decides() -> None:
    """Gradients, names and modules around follow the `parameters()` of a subclass."""
    pair = Pair()
    values = [*pair.inner.parameters(), pair.own, pair.inner.frozen]
    for value in values:
        value.grad = 1.0
    pair.zero_grad()
    assert [value.grad for value in values] == [0.0, 0.0, 0.0, 0.0, 1.0]
    assert list(pair.inner.state_dict()) == ["w[0]", "w[1]", "parameters()[2]"]
    assert list(pair.state_dict()) == ["inner.w[0]", "inner.w[1]", "parameters()[2]", "own"]


def test_zero_grad_clears_what_backward_left() -> None:
    """After zero_grad every gradient of the model is 0."""
    model = MLP(2, [3, 1])
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * 13


def test_a_state_carries_over() -> None:
    """A model that loads the state of another answers as that one does."""
    old, new = MLP(2, [3, 1]), MLP(2, [3, 1])
    assert old([1.0, -1.0]).data != new([1.0, -1.0]).data
    new.load_state_dict(old.state_dict())
    assert old([1.0, -1.0]).data == new([1.0, -1.0]).data


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    """All that is wrong is listed in one error, and the model stays as it was."""
    model = MLP(1, [1])
    before = model.state_dict()
    with pytest.raises(ValueError, match="does not fit MLP") as caught:
        model.load_state_dict({"layers[0].neurons[0].w[0]": "1.0", "bias": 2.0})  # type: ignore[dict-item]
    assert "layers[0].neurons[0].b is missing" in str(caught.value)
    assert "bias is unexpected" in str(caught.value)
    assert "layers[0].neurons[0].w[0] must be a number, got '1.0'" in str(caught.value)
    with pytest.raises(ValueError, match="must be a number, got True"):
        model.load_state_dict(dict.fromkeys(before, True))
    assert model.state_dict() == before


@pytest.mark.parametrize("clone", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])  # noqa: S301
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_copies_are_independent(clone: Callable[[MLP], MLP], activation: str) -> None:
    """A copied or pickled model answers alike and shares no parameter with the first."""
    model = MLP(2, [3, 1], activation=activation)
    twin = clone(model)
    assert twin([1.0, -1.0]).data == model([1.0, -1.0]).data
    assert not set(twin.parameters()) & set(model.parameters())
    twin.parameters()[0].data += 1.0
    assert twin.state_dict() != model.state_dict()


def test_models_print_on_one_line_at_any_size() -> None:
    """The printed form names sizes, activations and the number of parameters, and folds many layers."""
    assert repr(MLP(3, [4, 4, 1])) == "MLP(3 -> 4 tanh -> 4 tanh -> 1 tanh, 41 parameters)"
    assert repr(MLP(2, [16, 16, 1], activation="relu")) == "MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)"
    assert repr(MLP(2, [2] * 10)) == "MLP(2 -> 2 tanh -> 2 tanh -> … 7 layers … -> 2 tanh, 60 parameters)"
    assert repr(Layer(2, 3)) == "Layer(2 -> 3 tanh, 9 parameters)"
    assert repr(Neuron(1, bias=False)) == "Neuron(1 -> 1 tanh, 1 parameter)"


def test_the_summary_adds_up() -> None:
    """The table has a row for each layer and the total of their parameters."""
    lines = MLP(2, [16, 16, 1], activation="relu").summary().splitlines()
    assert [line.split() for line in lines] == [
        ["layer", "inputs", "outputs", "activation", "parameters"],
        ["layers[0]", "2", "16", "relu", "48"],
        ["layers[1]", "16", "16", "relu", "272"],
        ["layers[2]", "16", "1", "linear", "17"],
        ["total", "337"],
    ]
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_of_a_network_are_those_of_pytorch(activation: str) -> None:
    """The gradient of every parameter agrees with PyTorch's of the same network."""
    torch = pytest.importorskip("torch")
    pick: dict[str, Callable[[Any], Any]] = {
        "tanh": torch.tanh,
        "relu": torch.relu,
        "leaky_relu": torch.nn.functional.leaky_relu,
        "gelu": torch.nn.functional.gelu,
        "softplus": torch.nn.functional.softplus,
        "sigmoid": torch.sigmoid,
        "sin": torch.sin,
    }
    model = MLP(3, [4, 2], activation=activation, bias="uniform", rng=random.Random(SEED))
    x = [0.3, -1.2, 0.8]
    model_out = model(x)
    (model_out[0] * 2.0 - model_out[1]).backward()
    h = torch.tensor(x, dtype=torch.float64)
    tensors = []
    for layer in model.layers:
        w = torch.tensor([data(n.w) for n in layer.neurons], dtype=torch.float64, requires_grad=True)
        biases = [n.b.data for n in layer.neurons if n.b is not None]
        b = torch.tensor(biases, dtype=torch.float64, requires_grad=True)
        tensors.append((w, b))
        h = w @ h + b
        end = pick.get(layer.neurons[0].activation)
        h = h if end is None else end(h)
    (h[0] * 2.0 - h[1]).backward()
    for layer, (w, b) in zip(model.layers, tensors, strict=True):
        for n, dw, db in zip(layer.neurons, w.grad.tolist(), b.grad.tolist(), strict=True):
            assert n.b is not None
            assert [*(p.grad for p in n.w), n.b.grad] == pytest.approx([*dw, db], rel=1e-12, abs=1e-14)
