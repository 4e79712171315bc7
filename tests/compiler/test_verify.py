"""The verifier: it accepts good programs, and names what is wrong with others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import PROGRAMS, local, mapped, whole

from micrograd.compiler.program import Access, Array, Loop, Map, Program, Statement, Sum, Term, Top
from micrograd.compiler.verify import ProgramError, verify

X = Array("x", "parameter", (4,))
I = Array("i", "input", (4,))  # noqa: E741  # an index
Y = local("y", 4)
OUT = Array("out", "output", (4,))
DONE = mapped(OUT, "copy", whole(X))
EXP = mapped(Y, "exp", whole(X))
FROM_Y = mapped(OUT, "copy", whole(Y))
ADD_Y = Sum((4,), whole(Y), (Term((), (whole(X),)),), accumulate=True)


def program(*statements: Statement) -> Program:
    """Return a program over the arrays above."""
    return Program(statements, (X, I), OUT)


def reads(access: Access) -> Program:
    """Return a program that copies what an access reads."""
    return program(mapped(OUT, "copy", access))


def terms(*found: Term) -> Program:
    """Return a program that adds up terms."""
    return program(Sum((4,), whole(OUT), found))


@pytest.mark.parametrize("name", PROGRAMS)
def test_good_programs_pass(name: str) -> None:
    """What the other tests run is well-formed."""
    verify(PROGRAMS[name]())


BAD = {
    "places 1 to 4 of 4": reads(Access(X, 1, (1,))),
    "places -3 to 0 of 4": reads(Access(X, 0, (-1,))),
    "2 strides for the axes": reads(Access(X, 0, (1, 1))),
    "a table beyond its 4 elements": reads(Access(X, 0, (1,), table=np.array([0, 1, 2, 4]))),
    "a table is a row of int64": reads(Access(X, 0, (1,), table=np.zeros(4, dtype=np.int32))),
    "places 0 to 3 of 3": reads(Access(X, 0, (1,), table=np.zeros(3, dtype=np.int64))),
    "places 0 to 6 of 4": reads(Access(X, 0, (1,), index=whole(I), step=1, count=4)),
    "choices without an index": reads(Access(X, 0, (1,), step=1)),
    "0 choices": reads(Access(X, 0, (1,), index=whole(I), step=1)),
    "an index chosen by an index": reads(
        Access(X, 0, (0,), index=Access(I, 0, (0,), index=whole(I), step=1, count=4), step=1, count=4)
    ),
    "no row 'dot'": program(mapped(OUT, "dot", whole(X), whole(X))),
    "no row 'nonsense'": program(mapped(OUT, "nonsense", whole(X))),
    "exp: 2 operands for 1": program(mapped(OUT, "exp", whole(X), 1.0)),
    "powc: parameter exponent": program(mapped(OUT, "powc", whole(X))),
    "exp: parameter None": program(mapped(OUT, "exp", whole(X), parameter=1.0)),
    "a term of 0 factors": terms(Term((), ())),
    "a term of 4 factors": terms(Term((), (whole(X),) * 4)),
    "the coefficient nan": terms(Term((), (whole(X),), float("nan"))),
    "out: an extent below 1": program(Map((0,), whole(OUT), "copy", (whole(X),))),
    "x: an extent below 1": terms(Term((0,), (Access(X, 0, (1, 0)),))),
    "the largest of nothing": program(Top((4,), whole(OUT), ())),
    "nothing to accumulate": program(DONE, Sum((4,), whole(OUT), (), accumulate=True)),
    "a statement writes an element twice": program(DONE, Map((4, 2), Access(Y, 0, (1, 0)), "copy", (1.0,))),
    "two statements write the same element": program(DONE, DONE),
    "a statement writes what the caller fills": program(DONE, mapped(X, "copy", 1.0)),
    "y: read before it is written": program(FROM_Y, EXP),
    "y: accumulated before it is written": program(ADD_Y, FROM_Y),
    "y: changed after it is read": program(EXP, FROM_Y, ADD_Y),
    "an element that is never written": program(Map((3,), Access(OUT, 0, (1,)), "copy", (1.0,))),
    "in a loop of 3 rounds": program(Loop(3, (DONE,))),
    "a loop without statements": program(Loop(4, ()), DONE),
    "two arrays share a name": program(mapped(local("x", 4), "copy", 1.0), DONE),
    "parameter out of place": replace(program(DONE), arguments=(I,)),
    "local out of place": replace(program(DONE), arguments=(X, I, Y)),
    "the output has the role local": Program((EXP,), (X,), Y),
    "no gradient of x": replace(program(DONE), gradients={X: Array("g", "gradient", (3,))}),
    "several outputs without a seed": replace(program(DONE), gradients={X: Array("g", "gradient", (4,))}),
    "a seed of shape": replace(program(DONE), seed=Array("seed", "seed", (3,))),
    "a constant needs 4": reads(whole(Array("c", "constant", (4,), np.zeros(3)))),
    "numbers in an array that is no constant": program(
        DONE, mapped(Array("c", "local", (1,), np.zeros(1)), "copy", 1.0)
    ),
}


@pytest.mark.parametrize("complaint", BAD)
def test_bad_programs_are_refused(complaint: str) -> None:
    """The error says what is wrong."""
    with pytest.raises(ProgramError, match=complaint.replace("(", r"\(")):
        verify(BAD[complaint])


def test_order_is_judged_round_by_round() -> None:
    """A loop may read what earlier rounds wrote, not what later ones will; turned round, it is the other way."""
    y = local("y", 5)
    begin = Map((), Access(y, 0, ()), "copy", (1.0,))
    step = Map((4,), Access(y, 1, (1,)), "exp", (Access(y, 0, (1,)),))
    end = mapped(OUT, "copy", Access(y, 1, (1,)))
    verify(program(begin, Loop(4, (step,)), end))
    with pytest.raises(ProgramError, match="y: read before it is written"):
        verify(program(begin, Loop(4, (step,), reverse=True), end))
    with pytest.raises(ProgramError, match="y: read before it is written"):
        verify(program(begin, step, end))
