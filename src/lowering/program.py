"""A traced formula: what it takes, what it gives, and the operations between, in order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.func import functionalize
from torch.fx.experimental.proxy_tensor import make_fx

from .nodes import Algebra, Node, NotLowered
from .tensors import Interpreter, Symbols


@dataclass(frozen=True)
class Program:
    """A function of vectors of numbers, unrolled: inputs and outputs each ``[vector][entry]``."""

    inputs: tuple[tuple[Node, ...], ...]
    outputs: tuple[tuple[Node, ...], ...]
    nodes: tuple[Node, ...]
    """The operations, each after what it needs; no constants, no inputs."""
    rows: tuple[tuple[Node, ...], ...]
    """Nodes that are one operation on several entries, and may be computed as one."""


def trace(function: Callable[..., Sequence[Tensor]], *examples: Tensor) -> Program:
    """Take a function of vectors ``[size]`` or numbers ``[]`` in torch apart into numbers.

    Every operation of torch that the function calls at these examples is recorded, gradients
    included; branches on the values of its arguments are refused.

    Raises:
        NotLowered: if something in it cannot be written in plain numbers.
    """
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            function(*examples)  # fills caches of constants, which must not hold what is traced
            graph = make_fx(functionalize(lambda *parts: tuple(function(*parts))))(*examples)
    except NotLowered:
        raise
    except Exception as error:  # torch has many ways to say so
        raise NotLowered(f"torch cannot trace it: {error}") from error
    algebra = Algebra()
    interpreter = Interpreter(algebra)
    inputs = [_inputs(algebra, i, example) for i, example in enumerate(examples)]
    try:
        outputs = _interpreted(graph, interpreter, inputs)
    except NotLowered:
        raise
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise NotLowered(f"an operation is used in an unknown way: {error}") from error
    return _program(inputs, [interpreter.symbols(part) for part in outputs], interpreter.rows)


def _inputs(algebra: Algebra, number: int, example: Tensor) -> Symbols:
    made = np.empty(tuple(example.shape), dtype=object)
    for place in np.ndindex(made.shape):
        made[place] = algebra.input(f"{number}{place}")
    return made


def _interpreted(graph: Any, interpreter: Interpreter, inputs: Sequence[Symbols]) -> Sequence[Any]:
    values: dict[Any, Any] = {}
    feed = iter(inputs)

    def value(argument: Any) -> Any:
        return torch.fx.node.map_arg(argument, lambda node: values[node])

    for node in graph.graph.nodes:
        match node.op:
            case "placeholder":
                values[node] = next(feed)
            case "get_attr":
                values[node] = getattr(graph, node.target)
            case "output":
                return value(node.args[0])
            case _:
                values[node] = interpreter.run(
                    node.target, _lists(value(node.args)), dict(value(node.kwargs))
                )
    raise NotLowered("it returns nothing")


def _lists(values: Any) -> Any:
    """Turn torch.fx's immutable lists into plain ones."""
    return [_lists(v) for v in values] if isinstance(values, list | tuple) else values


def _program(
    inputs: Sequence[Symbols], outputs: Sequence[Symbols], rows: Sequence[Sequence[Node]]
) -> Program:
    found: set[Node] = set()
    wanted = [node for part in outputs for node in part.flat]
    while wanted:
        node = wanted.pop()
        if node not in found:
            found.add(node)
            wanted.extend(node.arguments)
    nodes = [node for node in found if node.operator not in ("constant", "input")]
    return Program(
        inputs=tuple(tuple(part.flat) for part in inputs),
        outputs=tuple(tuple(part.flat) for part in outputs),
        nodes=tuple(sorted(nodes, key=lambda node: node.index)),
        rows=tuple(tuple(row) for row in rows if found.issuperset(row)),
    )
