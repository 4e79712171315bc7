"""Programs built by hand, for the tests of the compiler's passes and backends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from micrograd.compiler.nest import row_major
from micrograd.compiler.program import Access, Array, Loop, Map, Program, Sum, Term, Top

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from micrograd.compiler.program import Operand


def whole(array: Array) -> Access:
    """Return the access that walks over an array's own dimensions."""
    return Access(array, 0, row_major(array.shape))


def local(name: str, *shape: int) -> Array:
    """Return an array that only the program sees."""
    return Array(name, "local", shape)


def mapped(out: Array, op: str, *operands: Operand, parameter: float | None = None) -> Map:
    """Return a map over the dimensions of what it writes."""
    return Map(out.shape, whole(out), op, operands, parameter)


def one_row(op: str, count: int, arity: int, parameter: float | None = None, shown: int = 0) -> Program:
    """Return x, y, ... -> op(x, y, ...) at `count` points; operands from number `shown` on are inputs."""
    names = "xyz"[:arity]
    arguments = tuple(Array(n, "input" if 0 < shown <= k else "parameter", (count,)) for k, n in enumerate(names))
    out = Array("out", "output", (count,))
    return Program((mapped(out, op, *map(whole, arguments), parameter=parameter),), arguments, out)


HIDDEN = 4


def moons(samples: int = 5, hidden: int = HIDDEN) -> Program:
    """Return a hinge loss with weight decay of a network 2-hidden-1 whose parameters lie in one array.

    A neuron's weights and its bias follow each other, as the parameters of a model do.
    """
    size = 3 * hidden + hidden + 1
    p, x, y = Array("p", "parameter", (size,)), Array("x", "input", (samples, 2)), Array("y", "input", (samples,))
    a, h = local("a", samples, hidden), local("h", samples, hidden)
    score, product = local("score", samples), local("product", samples)
    margin, hinge = local("margin", samples), local("hinge", samples)
    loss = Array("loss", "output", ())
    first = Sum(
        a.shape,
        whole(a),
        (
            Term((), (Access(p, 2, (0, 3)),)),
            Term((2,), (Access(p, 0, (0, 3, 1)), Access(x, 0, (2, 0, 1)))),
        ),
    )
    second = Sum(
        score.shape,
        whole(score),
        (
            Term((), (Access(p, size - 1, (0,)),)),
            Term((hidden,), (Access(p, 3 * hidden, (0, 1)), Access(h, 0, (hidden, 1)))),
        ),
    )
    total = Sum(
        (),
        Access(loss, 0, ()),
        (
            Term((samples,), (Access(hinge, 0, (1,)),), 1.0 / samples),
            Term((size,), (Access(p, 0, (1,)), Access(p, 0, (1,))), 1e-4),
        ),
    )
    statements = (
        first,
        mapped(h, "relu", whole(a)),
        second,
        mapped(product, "mul", whole(y), whole(score)),
        mapped(margin, "sub", 1.0, whole(product)),
        mapped(hinge, "relu", whole(margin)),
        total,
    )
    return Program(statements, (p, x, y), loss)


def chain(count: int = 6) -> Program:
    """Return Σ tanh(sin(x) · exp(x) + 2) / (1 + x²), a chain of maps."""
    x = Array("x", "parameter", (count,))
    s, e, se, u, t, q, v, r = (local(n, count) for n in ("s", "e", "se", "u", "t", "q", "v", "r"))
    loss = Array("loss", "output", ())
    statements = (
        mapped(s, "sin", whole(x)),
        mapped(e, "exp", whole(x)),
        mapped(se, "mul", whole(s), whole(e)),
        mapped(u, "add", whole(se), 2.0),
        mapped(t, "tanh", whole(u)),
        mapped(q, "powc", whole(x), parameter=2.0),
        mapped(v, "add", whole(q), 1.0),
        mapped(r, "div", whole(t), whole(v)),
        Sum((), Access(loss, 0, ()), (Term((count,), (whole(r),)),)),
    )
    return Program(statements, (x,), loss)


def ragged() -> Program:
    """Return the sums x₀, x₀ + x₁, x₀ + x₁ + x₂ of gathered products, through tables; three outputs."""
    x, w = Array("x", "parameter", (3,)), Array("w", "parameter", (2, 2))
    part, out = local("part", 6), Array("out", "output", (3,))
    picks, order = np.array([0, 0, 1, 0, 1, 2]), np.array([3, 1, 0, 2, 2, 1])
    rows = np.array([0, 1, 1, 2, 2, 2])
    statements = (
        Map((6,), whole(part), "mul", (Access(x, 0, (1,), table=picks), Access(w, 0, (1,), table=order))),
        Sum((3,), whole(out), ()),
        Sum((6,), Access(out, 0, (1,), table=rows), (Term((), (whole(part),)),), accumulate=True),
    )
    return Program(statements, (x, w), out)


def taken() -> Program:
    """Return Σⱼ tanh(rows[index, j])² for each of three indices, chosen when the program runs."""
    rows, index = Array("rows", "parameter", (5, 2)), Array("index", "input", (3,))
    t, out = local("t", 3, 2), Array("out", "output", (3,))
    chosen = Access(rows, 0, (0, 1), index=Access(index, 0, (1, 0)), step=2, count=5)
    statements = (
        mapped(t, "tanh", chosen),
        Sum((3,), whole(out), (Term((2,), (whole(t), whole(t))),)),
    )
    return Program(statements, (rows, index), out)


def recurrence(rounds: int = 7) -> Program:
    """Return x[rounds] and Σ x[t]², where x[t + 1] = sin(x[t]) · a + b and x[0] is given."""
    start = Array("start", "parameter", ())
    ab = Array("ab", "parameter", (2,))
    x, s, out = local("x", rounds + 1), local("s", rounds), Array("out", "output", (2,))
    body = (
        Map((rounds,), Access(s, 0, (1,)), "sin", (Access(x, 0, (1,)),)),
        Sum(
            (rounds,),
            Access(x, 1, (1,)),
            (Term((), (Access(s, 0, (1,)), Access(ab, 0, (0,)))), Term((), (Access(ab, 1, (0,)),))),
        ),
    )
    statements = (
        Map((), Access(x, 0, ()), "copy", (Access(start, 0, ()),)),
        Loop(rounds, body),
        Map((), Access(out, 0, ()), "copy", (Access(x, rounds, ()),)),
        Sum((), Access(out, 1, ()), (Term((rounds + 1,), (whole(x), whole(x))),)),
    )
    return Program(statements, (start, ab), out)


def softmax(samples: int = 3, classes: int = 4) -> Program:
    """Return the mean of -log softmax of the class that a table chooses, with the largest taken out."""
    z = Array("z", "parameter", (samples, classes))
    top, total, entropy = local("top", samples), local("total", samples), local("entropy", samples)
    shifted, powers = local("shifted", samples, classes), local("powers", samples, classes)
    logs, loss = local("logs", samples), Array("loss", "output", ())
    labels = np.arange(samples) * classes + np.arange(samples) * 7 % classes
    statements = (
        Top((samples,), whole(top), (((classes,), whole(z)),)),
        mapped(shifted, "sub", whole(z), Access(top, 0, (1, 0))),
        mapped(powers, "exp", whole(shifted)),
        Sum((samples,), whole(total), (Term((classes,), (whole(powers),)),)),
        mapped(logs, "log", whole(total)),
        mapped(entropy, "sub", whole(logs), Access(shifted, 0, (1,), table=labels)),
        Sum((), Access(loss, 0, ()), (Term((samples,), (whole(entropy),), 1.0 / samples),)),
    )
    return Program(statements, (z,), loss)


PROGRAMS = {f.__name__: f for f in (moons, chain, ragged, taken, recurrence, softmax)}


def numbers(program: Program, seed: int = 0) -> dict[str, NDArray[np.float64]]:
    """Return numbers for the arguments of a program, by name; whole ones for an index."""
    random = np.random.default_rng(seed)
    drawn = {a.name: random.normal(size=a.size) for a in program.arguments}
    return drawn | {a.name: np.array([4.0, 1.0, 4.0]) for a in program.arguments if a.name == "index"}


def fill(executable: object, given: dict[str, NDArray[np.float64]], arrays: Sequence[Array]) -> None:
    """Write numbers into an executable's arguments."""
    for array in arrays:
        executable.view(array)[:] = given[array.name]  # type: ignore[attr-defined]
