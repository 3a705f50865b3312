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
from torch.utils._python_dispatch import TorchDispatchMode

from .nodes import Algebra, InPlaceError, Node, NotLoweredError
from .symbols import Symbols
from .tensors import Interpreter


@dataclass(frozen=True)
class Program:
    """A function of vectors of numbers, unrolled: inputs and outputs each ``[vector][entry]``."""

    inputs: tuple[tuple[Node, ...], ...]
    outputs: tuple[tuple[Node, ...], ...]
    nodes: tuple[Node, ...]
    """The operations, each after what it needs; no constants, no inputs."""
    rows: tuple[tuple[Node, ...], ...]
    """Nodes that are one operation on several entries, and may be computed as one."""
    calls: int
    """Operations of torch that it was made of: what it costs there."""


def trace(function: Callable[..., Sequence[Tensor]], *examples: Tensor) -> Program:
    """Take a function of vectors ``[size]`` or numbers ``[]`` in torch apart into numbers.

    Every operation of torch that the function calls at these examples is followed, gradients
    included; branches on the values of its arguments are refused.

    Raises:
        NotLoweredError: if something in it cannot be written in plain numbers.
    """

    def listed(*parts: Tensor) -> tuple[Tensor, ...]:
        return tuple(function(*parts))

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(*examples)  # fills caches of constants, which must not hold what is followed
        try:
            return _followed(listed, examples)
        except InPlaceError:
            # As if nothing had been changed in place; torch takes a second to load what that needs.
            return _followed(functionalize(listed), examples)


def _followed(function: Callable[..., Sequence[Tensor]], examples: Sequence[Tensor]) -> Program:
    recorder = _Recorder()
    examples = [example.clone() for example in examples]  # the same tensor may come twice
    inputs = [recorder.input(f"{i}", example) for i, example in enumerate(examples)]
    try:
        with recorder:
            results = function(*examples)
    except NotLoweredError:
        raise
    except Exception as error:  # what torch and the table of operations cannot do has many names
        raise NotLoweredError(f"it cannot be followed: {error}") from error
    return _program(inputs, [recorder.symbols(part) for part in results], recorder)


class _Recorder(TorchDispatchMode):
    """Runs what torch runs, and the same on arrays of nodes."""

    def __init__(self) -> None:
        super().__init__()
        self.interpreter = Interpreter(Algebra())
        self.calls = 0
        self.known: dict[int, tuple[Tensor, Symbols]] = {}
        """What tensors stand for, by their identity, and the tensors, so that it stays theirs."""

    @property
    def rows(self) -> list[list[Node]]:
        """Nodes that came from one operation."""
        return self.interpreter.rows

    def input(self, name: str, example: Tensor) -> Symbols:
        """Return the nodes that stand for an argument."""
        made = np.empty(tuple(example.shape), dtype=object)
        for place in np.ndindex(made.shape):
            made[place] = self.interpreter.algebra.input(f"{name}{place}")
        self.known[id(example)] = example, made
        return made

    def symbols(self, tensor: Tensor) -> Symbols:
        """Return the nodes that a tensor stands for; its numbers, if they depend on nothing."""
        return self.interpreter.symbols(self._known(tensor))

    def _known(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._known(part) for part in value]
        if isinstance(value, Tensor) and id(value) in self.known:
            return self.known[id(value)][1]
        return value

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        """Run one operation of torch, on tensors and on nodes."""
        named = kwargs or {}
        result = func(*args, **named)
        arguments = self._known(args)
        options = {name: self._known(value) for name, value in named.items()}
        if self.interpreter.depends([arguments, *options.values()]):
            self.calls += 1
            self._learn(result, self.interpreter.run(func, arguments, options))
        return result

    def _learn(self, result: Any, symbols: Any) -> None:
        if isinstance(result, Tensor):
            self.known[id(result)] = result, symbols
        elif isinstance(result, list | tuple):
            for part, meaning in zip(result, symbols, strict=False):
                self._learn(part, meaning)


def _program(inputs: Sequence[Symbols], outputs: Sequence[Symbols], recorder: _Recorder) -> Program:
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
        rows=tuple(tuple(row) for row in recorder.rows if found.issuperset(row)),
        calls=recorder.calls,
    )
