"""The printer: golden text, element by element and statement by statement."""

from __future__ import annotations

import numpy as np
import pytest
from builders import local, mapped, moons, ragged, recurrence, softmax, taken, whole

from micrograd.compiler.derive import derive
from micrograd.compiler.places import Places
from micrograd.compiler.printer import text
from micrograd.compiler.program import Access, Array, Map, Program, Sum, Term, Top

MOONS = """\
p[17]  parameter
x[5,2]  input
y[5]  input
loss  output
d_p[17]  gradient of p

forward:
  h[i,j] = relu(p[2 + 3j] + Σ_k p[3j + k]·x[i,k])
  hinge[i] = relu(1 - y[i]·(p[16] + Σ_j p[12 + j]·h[i,j]))
  loss = 0.2·Σ_i hinge[i] + 0.0001·Σ_i p[i]²

backward:
  d_score[i] = -0.2·(1 - [hinge[i] = 0])·y[i]
  d_a[i,j] = d_score[i]·p[12 + j]·(1 - [h[i,j] = 0])
  d_p[i] = 0.0002·p[i]
  d_p[16] += Σ_i d_score[i]
  d_p[12 + i] += Σ_j d_score[j]·h[j,i]
  d_p[2 + 3i] += Σ_j d_a[j,i]
  d_p[3i + j] += Σ_k d_a[k,i]·x[k,j]"""

RECURRENCE = """\
start  parameter
ab[2]  parameter
seed[2]  seed
out[2]  output
d_start  gradient of start
d_ab[2]  gradient of ab

forward:
  x[0] = start
  for t in 0..6:
    s[t] = sin(x[t])
    x[1 + t] = s[t]·ab[0] + ab[1]
  out[0] = x[7]
  out[1] = Σ_i x[i]²

backward:
  d_x[i] = 2·seed[1]·x[i]
  d_x[7] += seed[0]
  u[i] = cos(x[i])
  for t in 6..0:
    d_x[t] += d_x[1 + t]·ab[0]·u[t]
  d_start = d_x[0]
  d_ab[0] = Σ_i d_x[1 + i]·s[i]
  d_ab[1] = Σ_i d_x[1 + i]"""

RAGGED = """\
x[3]  parameter
w[2,2]  parameter
out[3]  output
t1[6]  table 0, 0, 1, 0, 1, 2
t2[6]  table 3, 1, 0, 2, 2, 1
t3[6]  table 0, 1, 1, 2, 2, 2

forward:
  out[i] = 0
  out[t3[i]] += x[t1[i]]·w[t2[i]]"""

TAKEN = """\
rows[5,2]  parameter
index[3]  input
out[3]  output

forward:
  t[i,j] = tanh(rows[index[i],j])
  out[i] = Σ_j t[i,j]²"""

SOFTMAX = """\
z[3,4]  parameter
loss  output
t1[3]  table 0, 7, 10

forward:
  top[i] = max_j z[i,j]
  shifted[i,j] = z[i,j] - top[i]
  powers[i,j] = exp(shifted[i,j])
  entropy[i] = log(Σ_j powers[i,j]) - shifted[t1[i]]
  loss = 0.333333·Σ_i entropy[i]"""

GOLDEN = {
    MOONS: derive(moons(), seeds=False),
    RECURRENCE: derive(recurrence(), seeds=True),
    RAGGED: ragged(),
    TAKEN: taken(),
    SOFTMAX: softmax(),
}

X = Array("x", "parameter", (4,))
Y = Array("y", "input", (4,))
OUT = Array("out", "output", (4,))


@pytest.mark.parametrize("expected", GOLDEN)
def test_programs_read_as_in_a_textbook(expected: str) -> None:
    """Sums are written inside of the maps that alone read them; loops are indented; the backward part stands apart."""
    assert text(GOLDEN[expected]) == expected


def line(*statements: Map | Sum | Top) -> str:
    """Return the last line of a program."""
    return text(Program(statements, (X, Y), OUT)).splitlines()[-1].strip()


def row(op: str, *operands: Access | float, parameter: float | None = None) -> str:
    """Return how a row of two arrays is written."""
    return line(mapped(OUT, op, *operands, parameter=parameter)).removeprefix("out[i] = ")


def test_rows_are_written_with_signs_or_with_their_names() -> None:
    """Signs for arithmetic, brackets of Iverson for comparisons, a name with brackets for the rest."""
    x, y = whole(X), whole(Y)
    assert row("add", x, y) == "x[i] + y[i]"
    assert row("sub", x, -2.0) == "x[i] - (-2)"
    assert row("mul", x, 3.0) == "3·x[i]"
    assert row("mul", x, x) == "x[i]²"
    assert row("div", 1.0, y) == "1/y[i]"
    assert row("neg", x) == "-x[i]"
    assert row("powc", x, parameter=3.0) == "x[i]³"
    assert row("powc", x, parameter=-0.5) == "x[i]^(-0.5)"
    assert row("less", x, y) == "[x[i] < y[i]]"
    assert row("copy", x) == "x[i]"
    assert row("leaky_relu", x, parameter=0.01) == "leaky_relu(x[i], 0.01)"
    assert row("where", x, 1.0, y) == "where(x[i], 1, y[i])"


def test_brackets_stand_where_they_are_needed() -> None:
    """A sum inside of a product gets brackets, a product inside of a sum does not."""
    a, b = local("a", 4), local("b", 4)
    plus = mapped(a, "add", whole(X), whole(Y))
    assert line(plus, mapped(OUT, "mul", whole(a), whole(X))) == "out[i] = (x[i] + y[i])·x[i]"
    assert line(plus, mapped(OUT, "sub", whole(X), whole(a))) == "out[i] = x[i] - (x[i] + y[i])"
    times = mapped(a, "mul", whole(X), whole(Y))
    assert line(times, mapped(OUT, "add", whole(a), whole(X))) == "out[i] = x[i]·y[i] + x[i]"
    assert line(times, mapped(OUT, "div", whole(X), whole(a))) == "out[i] = x[i]/(x[i]·y[i])"
    minus = (plus, mapped(b, "neg", whole(a)), mapped(OUT, "exp", whole(b)))
    assert line(*minus) == "out[i] = exp(-(x[i] + y[i]))"


def test_a_sum_needs_brackets_before_other_factors() -> None:
    """Σ goes on to the end of its product: alone behind a coefficient it is clear, between factors it is not."""
    a = local("a", 4)
    total = Sum((4,), whole(a), (Term((4,), (Access(X, 0, (0, 1)),)),))
    assert line(total, Sum((4,), whole(OUT), (Term((), (whole(a),), 2.0),))) == "out[i] = 2·Σ_j x[j]"
    assert line(total, mapped(OUT, "mul", whole(a), whole(X))) == "out[i] = (Σ_j x[j])·x[i]"
    assert line(total, mapped(OUT, "add", whole(a), whole(X))) == "out[i] = Σ_j x[j] + x[i]"


def test_what_is_read_twice_or_elsewhere_has_a_line() -> None:
    """Only what is read once, at the same point, is written inside of its reader."""
    a = local("a", 4)
    begin = mapped(a, "exp", whole(X))
    twice = text(Program((begin, mapped(OUT, "pow", whole(a), whole(a))), (X, Y), OUT))
    assert twice.endswith("  a[i] = exp(x[i])\n  out[i] = a[i]^a[i]")
    turned = text(Program((begin, mapped(OUT, "sin", Access(a, 3, (-1,)))), (X, Y), OUT))
    assert turned.endswith("  a[i] = exp(x[i])\n  out[i] = sin(a[3 - i])")


def test_terms_have_signs_and_coefficients() -> None:
    """A negative coefficient is a minus; ones are left out; a constant stands for itself."""
    one = Array("one", "constant", (), np.ones(1))
    half = Array("half", "constant", (1,), np.array([0.5]))
    still = Access(one, 0, (0,))
    terms = (Term((), (whole(X), whole(Y)), -1.0), Term((), (still,), 2.0), Term((), (still,)))
    assert line(Sum((4,), whole(OUT), terms)) == "out[i] = -x[i]·y[i] + 2 + 1"
    inner = (Term((4,), (Access(X, 0, (0, 1)), Access(half, 0, (0, 0))), -3.0), Term((), (whole(Y),) * 3))
    assert line(Sum((4,), whole(OUT), inner)) == "out[i] = -3·Σ_j x[j]·0.5 + y[i]³"


def test_the_largest_of_several() -> None:
    """A maximum over a loop, and one over several operands."""
    both = Top((4,), whole(OUT), (((4,), Access(X, 0, (0, 1))), ((), whole(Y))))
    assert line(both) == "out[i] = max(max_j x[j], y[i])"


def test_constants_and_tables_are_listed_to_the_eighth() -> None:
    """The legend shows the first numbers."""
    c = Array("c", "constant", (10,), np.arange(10) / 4)
    shown = text(Program((mapped(OUT, "mul", whole(X), Access(c, 1, (2,))),), (X, Y), OUT))
    assert "c[10]  constant 0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, …" in shown
    assert shown.endswith("out[i] = x[i]·c[1 + 2i]")


ELEMENTS = {
    "a[i,j]": ((4, 1), 0),
    "a[1 + i,j]": ((4, 1), 4),
    "a[j,i]": ((1, 4), 0),
    "a[i,3 - j]": ((4, -1), 3),
    "a[2,0]": ((0, 0), 8),
    "a[2i,1 + j]": ((8, 1), 1),
    "a[i,i + j]": ((5, 1), 0),
    "a[2 + 3i + j]": ((3, 1), 2),
}


@pytest.mark.parametrize("expected", ELEMENTS)
def test_elements_are_told_by_dimension_where_they_can_be(expected: str) -> None:
    """Strides that are steps of the shape become places by dimension; others a place in the whole."""
    strides, offset = ELEMENTS[expected]
    array = local("a", 5, 4)
    assert Places({"a"}).text((2, 3), Access(array, offset, strides), "ij") == expected


def test_letters_and_tables_avoid_the_names_of_arrays() -> None:
    """An array called i leaves j for the first loop, and t1 is not a table when an array has that name."""
    places = Places({"i", "t", "t1"})
    table = np.arange(3)
    assert places.letters()[:2] == "jk"
    assert places.letters(loop=True)[:2] == "τj"
    assert places.text((3,), Access(local("t1", 3), 0, (1,), table=table), "j") == "t1[t2[j]]"
    assert places.text((3,), Access(local("i", 3), 0, (1,), table=table), "j") == "i[t2[j]]"
    assert [name for name, _ in places.tables()] == ["t2"]
