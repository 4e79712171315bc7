"""Formulas over vectors, written with Python's operators, become the text of LLVM functions."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

DType = Literal["float64", "float32"]
Kind = Literal["float", "int", "bool"]
Texts: TypeAlias = dict[str, str]  # functions and declarations of a module: the text of each by its symbol


@dataclass(frozen=True, slots=True)
class Format:
    """A number format of IEEE 754.

    Attributes:
        size: number of bits.
        mantissa: how many of them are the mantissa.
    """

    size: int
    mantissa: int

    @property
    def bias(self) -> int:
        """What is added to an exponent when it is stored; the largest exponent too."""
        return (1 << (self.size - self.mantissa - 2)) - 1

    @property
    def name(self) -> str:
        """How the names of intrinsics call it."""
        return f"f{self.size}"

    def image(self, number: float) -> int:
        """Return the bits of a number as an integer."""
        return int.from_bytes(struct.pack(">d" if self.size == 64 else ">f", number), "big")  # noqa: PLR2004


FORMATS: dict[DType, Format] = {"float64": Format(64, 52), "float32": Format(32, 23)}


@dataclass(eq=False, slots=True)
class Body:
    """The instructions of one function, as they are written.

    Attributes:
        width: lanes of its vectors; 1 for plain numbers.
        dtype: what a lane holds.
        lines: the instructions so far.
        needs: declarations of what they call.
    """

    width: int
    dtype: DType
    lines: list[str] = field(default_factory=list)
    needs: Texts = field(default_factory=dict)

    @property
    def format(self) -> Format:
        """The format of a lane."""
        return FORMATS[self.dtype]

    @property
    def suffix(self) -> str:
        """How the names of our functions end: `f64x4`."""
        return f"{self.format.name}x{self.width}"

    def type(self, kind: Kind = "float") -> str:
        """Return the type of a vector in LLVM's spelling."""
        lane = {"float": scalar(self.dtype), "int": f"i{self.format.size}", "bool": "i1"}[kind]
        return lane if self.width == 1 else f"<{self.width} x {lane}>"

    def constant(self, number: float, kind: Kind = "float") -> Vector:
        """Return a vector with the same number in every lane."""
        if kind == "float":
            rounded = ctypes.c_float(number).value if self.dtype == "float32" else number
            text, lane = f"0x{FORMATS['float64'].image(rounded):016X}", scalar(self.dtype)
        else:
            text, lane = str(number), f"i{self.format.size}"
        return Vector(self, text if self.width == 1 else f"<{', '.join([f'{lane} {text}'] * self.width)}>", kind)

    def emit(self, instruction: str) -> str:
        """Append an instruction and return the register of its result."""
        register = f"%r{len(self.lines)}"
        self.lines.append(f"  {register} = {instruction}")
        return register

    def call(self, symbol: str, *operands: Vector) -> Vector:
        """Return what a function of vectors of this type returns."""
        arguments = ", ".join(f"{self.type()} {x.name}" for x in operands)
        return Vector(self, self.emit(f"call {self.type()} {symbol}({arguments})"))

    def intrinsic(self, name: str, *operands: Vector) -> Vector:
        """Return the result of one of LLVM's own functions, such as `fma`."""
        of_vector = f"v{self.width}" if self.width > 1 else ""
        symbol = f"@llvm.{name}.{of_vector}{self.format.name}"
        self.needs[symbol] = f"declare {self.type()} {symbol}({', '.join([self.type()] * len(operands))})"
        return self.call(symbol, *operands)

    def leave(self, condition: Vector, symbol: str, *operands: Vector) -> None:
        """Where the condition holds in a lane, return at once what another function returns for the whole vector."""
        anywhere = condition.name
        if self.width > 1:
            reduce = f"@llvm.vector.reduce.or.v{self.width}i1"
            self.needs[reduce] = f"declare i1 {reduce}({self.type('bool')})"
            anywhere = self.emit(f"call i1 {reduce}({self.type('bool')} {anywhere})")
        self.lines += [f"  br i1 {anywhere}, label %far, label %near", "far:"]
        self.lines += [f"  ret {self.type()} {self.call(symbol, *operands).name}", "near:"]


@dataclass(frozen=True, eq=False, slots=True)
class Vector:
    """A register of a function, or a constant. Operators and methods write instructions.

    The rounding is that of one instruction for each operation: nothing is contracted or reordered.
    """

    body: Body
    name: str
    kind: Kind = "float"

    def _binary(self, instruction: str, other: Vector | float, *, swapped: bool = False) -> Vector:
        """Return the result of an instruction on two vectors of one type."""
        right = self._vector(other)
        left, right = (right, self) if swapped else (self, right)
        text = f"{instruction} {self.body.type(self.kind)} {left.name}, {right.name}"
        return Vector(self.body, self.body.emit(text), self.kind)

    def _vector(self, other: Vector | float) -> Vector:
        """Return a vector as it is, a number in every lane of one."""
        return other if isinstance(other, Vector) else self.body.constant(other, self.kind)

    def _arithmetic(self, instruction: str) -> str:
        """Return the name of an instruction that exists for both kinds of numbers."""
        return f"f{instruction}" if self.kind == "float" else instruction

    def __add__(self, other: Vector | float) -> Vector:
        return self._binary(self._arithmetic("add"), other)

    def __radd__(self, other: float) -> Vector:
        return self + other

    def __sub__(self, other: Vector | float) -> Vector:
        return self._binary(self._arithmetic("sub"), other)

    def __rsub__(self, other: float) -> Vector:
        return self._binary(self._arithmetic("sub"), other, swapped=True)

    def __mul__(self, other: Vector | float) -> Vector:
        return self._binary(self._arithmetic("mul"), other)

    def __rmul__(self, other: float) -> Vector:
        return self * other

    def __truediv__(self, other: Vector | float) -> Vector:
        return self._binary("fdiv", other)

    def __rtruediv__(self, other: float) -> Vector:
        return self._binary("fdiv", other, swapped=True)

    def __neg__(self) -> Vector:
        return Vector(self.body, self.body.emit(f"fneg {self.body.type()} {self.name}"))

    def __and__(self, other: Vector | int) -> Vector:
        return self._binary("and", other)

    def __or__(self, other: Vector | int) -> Vector:
        return self._binary("or", other)

    def __xor__(self, other: Vector | int) -> Vector:
        return self._binary("xor", other)

    def __lshift__(self, count: int) -> Vector:
        return self._binary("shl", count)

    def __rshift__(self, count: int) -> Vector:
        return self._binary("lshr", count)

    def __abs__(self) -> Vector:
        return self.body.intrinsic("fabs", self)

    def sqrt(self) -> Vector:
        """Return the square root."""
        return self.body.intrinsic("sqrt", self)

    def fma(self, factor: Vector | float, addend: Vector | float) -> Vector:
        """Return self * factor + addend, rounded once."""
        return self.body.intrinsic("fma", self, self._vector(factor), self._vector(addend))

    def signed_as(self, other: Vector) -> Vector:
        """Return the magnitude of self with the sign of the other."""
        return self.body.intrinsic("copysign", self, other)

    def is_(self, relation: str, other: Vector | float) -> Vector:
        """Return where a relation holds, in LLVM's words: olt, ogt, oeq, une (or nan), uno (nan); of integers, slt."""
        compare = "fcmp" if self.kind == "float" else "icmp"
        text = f"{compare} {relation} {self.body.type(self.kind)} {self.name}, {self._vector(other).name}"
        return Vector(self.body, self.body.emit(text), "bool")

    def choose(self, yes: Vector | float, no: Vector) -> Vector:
        """Return `yes` in the lanes where self holds, `no` in the others."""
        kind = self.body.type(no.kind)
        text = f"select {self.body.type('bool')} {self.name}, {kind} {no._vector(yes).name}, {kind} {no.name}"
        return Vector(self.body, self.body.emit(text), no.kind)

    def at_least(self, low: float) -> Vector:
        """Return the larger of self and a number; nan stays nan."""
        return self.is_("olt", low).choose(low, self)

    def at_most(self, high: float) -> Vector:
        """Return the smaller of self and a number; nan stays nan."""
        return self.is_("ogt", high).choose(high, self)

    def bits(self) -> Vector:
        """Return the same bits as an integer."""
        return self._cast("bitcast", "int")

    def number(self) -> Vector:
        """Return the same bits as a number."""
        return self._cast("bitcast", "float")

    def truth(self) -> Vector:
        """Return 1 in the lanes where self holds, 0 in the others."""
        return self.choose(1.0, self.body.constant(0.0))

    def _cast(self, instruction: str, kind: Kind) -> Vector:
        """Return the vector as another kind of number."""
        text = f"{instruction} {self.body.type(self.kind)} {self.name} to {self.body.type(kind)}"
        return Vector(self.body, self.body.emit(text), kind)


def scalar(dtype: DType) -> str:
    """Return LLVM's name of a type of numbers."""
    return {"float64": "double", "float32": "float"}[dtype]


def function(symbol: str, count: int, body: Body, formula: Callable[..., Vector], attributes: str) -> Texts:
    """Return the text of a function of `count` vectors, and the declarations that it needs.

    Args:
        symbol: what it is called.
        count: number of its arguments.
        body: an empty one, of the width and type of the arguments and of the result.
        formula: computes the result from the arguments.
        attributes: what LLVM is told of it, such as `alwaysinline`.
    """
    names = [f"%x{k}" for k in range(count)]
    result = formula(*(Vector(body, name) for name in names))
    arguments = ", ".join(f"{body.type()} {name}" for name in names)
    head = f"define internal {body.type()} {symbol}({arguments}) {attributes} {{"
    return {symbol: "\n".join([head, *body.lines, f"  ret {body.type()} {result.name}", "}"]), **body.needs}
