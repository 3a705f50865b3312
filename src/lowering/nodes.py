"""Formulas of single numbers: each distinct value is one node, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .operators import COMMUTING, OPERATORS, evaluator


class NotLoweredError(Exception):
    """A formula cannot be taken apart into numbers; the message says what is in the way."""


class InPlaceError(NotLoweredError):
    """An operation changes what it is given."""


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """A number: a constant, an input, or what an operation makes of others."""

    index: int
    """Nodes are numbered as they are made: arguments come before results."""
    operator: str
    """``constant``, ``input``, or a key of OPERATORS."""
    arguments: tuple[Node, ...] = ()
    value: float | bool = 0.0
    """Of a constant."""


MOST = 6000
"""Nodes that may be made of a formula: more are matrices, written out, and torch is faster."""


class Algebra:
    """Makes nodes, each once, and spares operations that change nothing.

    What zero multiplies is zero: where torch would have made NaN of an infinity there, that sample
    is lost in its other components.
    """

    def __init__(self) -> None:
        self.made: dict[tuple[Any, ...], Node] = {}

    def constant(self, value: float) -> Node:
        """Return the node of a number."""
        value = value if isinstance(value, bool) else float(value)
        return self._node(("constant", repr(value)), "constant", (), value)

    def input(self, name: str) -> Node:
        """Return the node of a new input."""
        return self._node(("input", name), "input", (), 0.0)

    def apply(self, operator: str, *arguments: Node) -> Node:
        """Return the node of an operation."""
        simpler = self._simplified(operator, arguments)
        if simpler is not None:
            return simpler
        if operator in COMMUTING:
            arguments = tuple(sorted(arguments, key=lambda node: node.index))
        key = (operator, *(node.index for node in arguments))
        return self._node(key, operator, arguments, 0.0)

    def _node(self, key: tuple[Any, ...], operator: str, arguments: Any, value: float) -> Node:
        found = self.made.get(key)
        if found is None:
            if len(self.made) == MOST:
                raise NotLoweredError(f"it has more than {MOST} operations on numbers")
            found = self.made[key] = Node(len(self.made), operator, arguments, value)
        return found

    def _simplified(self, operator: str, arguments: tuple[Node, ...]) -> Node | None:
        if all(node.operator == "constant" for node in arguments):
            return self._folded(operator, arguments)
        first, second = arguments[0], arguments[-1]
        a, b = (n.value if n.operator == "constant" else None for n in (first, second))
        match operator:
            case "add":
                if a == 0 or b == 0:
                    return second if a == 0 else first
                if second.operator == "neg":
                    return self.apply("sub", first, second.arguments[0])
                if first.operator == "neg":
                    return self.apply("sub", second, first.arguments[0])
            case "sub":
                if b == 0:
                    return first
                if a == 0:
                    return self.apply("neg", second)
                if second.operator == "neg":
                    return self.apply("add", first, second.arguments[0])
            case "mul":
                return self._product(first, second, a, b)
            case "div":
                if b in (1, -1):
                    return first if b == 1 else self.apply("neg", first)
                if a == 0:
                    return self.constant(0.0)
            case "neg" if first.operator == "neg":
                return first.arguments[0]
            case "pow":
                return self._power(first, b)
            case "where" if a is not None:
                return arguments[1] if a else arguments[2]
            case _:
                pass
        return None

    def _product(self, first: Node, second: Node, a: float | None, b: float | None) -> Node | None:
        for number, other in ((a, second), (b, first)):
            if number == 0:
                return self.constant(0.0)
            if number in (1, -1):
                return other if number == 1 else self.apply("neg", other)
        for one, other in ((first, second), (second, first)):
            if one.operator == "neg" and other.operator != "constant":
                return self.apply("neg", self.apply("mul", one.arguments[0], other))
        return None

    def _power(self, base: Node, exponent: float | None) -> Node | None:
        match exponent:
            case 0:
                return self.constant(1.0)
            case 1:
                return base
            case 2:
                return self.apply("mul", base, base)
            case 3:
                return self.apply("mul", self.apply("mul", base, base), base)
            case 0.5:
                return self.apply("sqrt", base)
            case -1 | -2 | -0.5:
                return self.apply("div", self.constant(1.0), self._power(base, -exponent) or base)
            case _:
                return None

    def _folded(self, operator: str, arguments: tuple[Node, ...]) -> Node | None:
        try:
            return self.constant(evaluator(operator)(*(node.value for node in arguments)))
        except (ArithmeticError, ValueError):
            return None  # an infinity or no number: left to the run

    @cached_property
    def ufuncs(self) -> dict[str, np.ufunc]:
        """The operations on arrays of nodes, with numpy's broadcasting and reductions."""
        found: dict[str, np.ufunc] = {}
        for name in OPERATORS:
            count = evaluator(name).__code__.co_argcount
            found[name] = np.frompyfunc(
                lambda *nodes, name=name: self.apply(name, *nodes), count, 1
            )
        return found
