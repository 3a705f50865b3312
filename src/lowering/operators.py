"""The operations on numbers that formulas are made of, in every language they are written in."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple


class Operator(NamedTuple):
    """One operation, as text with ``{0}``, ``{1}`` for the names of its arguments."""

    python: str
    numpy: str
    """Name of the ufunc; empty where there is none."""
    c: str
    costly: bool = False
    """Whether torch's vectorised form is worth its overhead for many samples."""


def _call(name: str, numpy: str = "", costly: bool = True) -> Operator:
    return Operator(f"{name}({{0}})", numpy or name, f"{name}({{0}})", costly)


def _infix(sign: str, numpy: str) -> Operator:
    return Operator(f"{{0}} {sign} {{1}}", numpy, f"{{0}} {sign} {{1}}")


OPERATORS: dict[str, Operator] = {
    "add": _infix("+", "add"),
    "sub": _infix("-", "subtract"),
    "mul": _infix("*", "multiply"),
    "div": _infix("/", "divide"),
    "neg": Operator("-{0}", "negative", "-{0}"),
    "abs": Operator("abs({0})", "absolute", "fabs({0})"),
    "sqrt": _call("sqrt", costly=False),
    **{name: _call(name) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp")},
    **{name: _call(name) for name in ("log", "expm1", "log1p")},
    **{name: _call(name, f"arc{name[1:]}") for name in ("asin", "acos", "atan", "asinh", "atanh")},
    "atan2": Operator("atan2({0}, {1})", "arctan2", "atan2({0}, {1})", costly=True),
    "pow": Operator("pow({0}, {1})", "power", "pow({0}, {1})", costly=True),
    "round": Operator("float(round({0}))", "rint", "nearbyint({0})"),
    "floor": Operator("float(floor({0}))", "floor", "floor({0})"),
    # As torch: what is no number stays none.
    "maximum": Operator(
        "{0} if {0} > {1} or {0} != {0} else {1}",
        "maximum",
        "({0} > {1} || {0} != {0}) ? {0} : {1}",
    ),
    "minimum": Operator(
        "{0} if {0} < {1} or {0} != {0} else {1}",
        "minimum",
        "({0} < {1} || {0} != {0}) ? {0} : {1}",
    ),
    "sign": Operator(
        "({0} > 0.0) - ({0} < 0.0) + 0.0 * {0}",
        "sign",
        "(({0} > 0.0) ? 1.0 : ({0} < 0.0) ? -1.0 : {0})",
    ),
    "lt": _infix("<", "less"),
    "le": _infix("<=", "less_equal"),
    "eq": _infix("==", "equal"),
    "ne": _infix("!=", "not_equal"),
    "and": Operator("{0} and {1}", "logical_and", "{0} && {1}"),
    "or": Operator("{0} or {1}", "logical_or", "{0} || {1}"),
    "not": Operator("not {0}", "logical_not", "!{0}"),
    "where": Operator("{1} if {0} else {2}", "", "{0} ? {1} : {2}"),
}
BOOLEAN = frozenset(("lt", "le", "eq", "ne", "and", "or", "not"))
"""Operations whose result is true or false."""
COMMUTING = frozenset(("add", "mul", "eq", "ne", "and", "or"))
NAMESPACE: dict[str, object] = {**vars(math), "abs": abs, "float": float, "round": round}
"""What the Python text refers to."""


def evaluator(name: str) -> Callable[..., float]:
    """Return an operation as a function of numbers."""
    arguments = ("a", "b", "c")
    text = OPERATORS[name].python.format(*arguments)
    count = 1 + max(i for i in range(3) if f"{{{i}}}" in OPERATORS[name].python)
    return eval(f"lambda {', '.join(arguments[:count])}: {text}", dict(NAMESPACE))
