"""Some hundred samples at a time, in numpy: one array for each number, used again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .layout import Layout, Place
from .march import Interval, March, literal, names
from .nodes import Node
from .operators import NAMESPACE, OPERATORS

BLOCK = 4096
"""Samples at a time: their arrays stay in the processor's cache."""
TORCH = 300
"""Samples from which on torch's sine and the like are faster than numpy's, overhead included."""
INDENT = " " * 12


class Arrays:
    """A march that is written down for numpy."""

    def __init__(self, step: March) -> None:
        self.step = step
        self.layout = Layout(step)
        self.named = names(step)
        self.constants: dict[str, tuple[float, ...]] = {}
        self.places: dict[str, Place] = {}
        self.carry = [self._at(part) for part in step.carry]
        self.by_numpy = self._compiled(with_torch=False)
        self.by_torch = self._compiled(with_torch=True)

    def run(self, start: NDArray[np.float64], intervals: Sequence[Interval]) -> NDArray[np.float64]:
        """Return ``[interval, sample, entry]`` from ``[sample, entry]``."""
        out = np.empty((len(intervals), *start.shape))
        with np.errstate(all="ignore"):
            for low in range(0, len(start), BLOCK):
                block = slice(low, low + BLOCK)
                self._run(start[block], intervals, out[:, block])
        return out

    def _run(
        self, start: NDArray[np.float64], intervals: Sequence[Interval], out: NDArray[np.float64]
    ) -> None:
        count = len(start)
        scope = self._scope(count)
        steps = (self.by_torch if count >= TORCH else self.by_numpy)(scope)
        pairs = []
        first = 0
        for part, name in zip(self.step.carry, self.carry, strict=True):
            place = scope[name]
            place[...] = start[:, first : first + len(part)].T
            pairs.append((out[:, :, first : first + len(part)].transpose(0, 2, 1), place))
            first += len(part)
        with torch.no_grad():
            steps(intervals, pairs)

    def _scope(self, count: int) -> dict[str, Any]:
        buffers = [np.empty((rows, count)) for rows in self.layout.buffers]
        scope: dict[str, Any] = {}
        for name, (buffer, low, high) in self.places.items():
            rows = buffers[buffer]
            scope[name] = rows[low] if high is None else rows[low:high]
            scope[f"t{name}"] = torch.from_numpy(scope[name])
        for name, values in self.constants.items():
            column = np.array(values)[:, None]
            scope[name] = np.array(values[0]) if len(values) == 1 else column.repeat(count, axis=1)
        return scope

    def _compiled(self, with_torch: bool) -> Callable[[dict[str, Any]], Callable[..., None]]:
        """Return what makes the loop over the steps from its arrays."""
        body = [line for unit in self.layout.units for line in self._unit(unit, with_torch)]
        body += [f"copyto({self._at(a)}, {self._at(b)})" for a, b in self.layout.copies]
        uniform = [node for node in self.step.by_interval if node in self.layout.uniform]
        stepwise = [node for node in self.step.by_step if node in self.layout.uniform]
        time = ["t = start + i * h"] if self.step.timed else []
        setup = [f"{name} = scope[{name!r}]" for name in self._used()]
        text = "\n".join(
            [
                "def build(scope):",
                *(f"    {line}" for line in setup),
                "    def steps(intervals, pairs):",
                "        for k, (start, h, count) in enumerate(intervals):",
                *(f"{INDENT}{line}" for line in self._numbers(self.step.by_interval)),
                *(f"{INDENT}z{self.named[node]} = array({self.named[node]})" for node in uniform),
                f"{INDENT}zh, zt = array(h), array(start)",
                f"{INDENT}for i in range(count):",
                *(f"{INDENT}    {line}" for line in time),
                *([f"{INDENT}    zt = array(t)"] if time else []),
                *(f"{INDENT}    {line}" for line in self._numbers(self.step.by_step)),
                *(
                    f"{INDENT}    z{self.named[node]} = array({self.named[node]})"
                    for node in stepwise
                ),
                *(f"{INDENT}    {line}" for line in body),
                f"{INDENT}    pass",
                f"{INDENT}for out, place in pairs:",
                f"{INDENT}    copyto(out[k], place)",
                "    return steps",
            ]
        )
        functions = {op.numpy: getattr(np, op.numpy) for op in OPERATORS.values() if op.numpy}
        torches = {f"torch_{op.numpy}": getattr(torch, op.numpy, None) for op in OPERATORS.values()}
        scope = {**NAMESPACE, **functions, **torches, "array": np.array, "copyto": np.copyto}
        exec(text, scope)
        return scope["build"]  # pyright: ignore[reportReturnType]

    def _used(self) -> list[str]:
        twins = [f"t{name}" for name in self.places]
        return [*self.places, *twins, *self.constants]

    def _numbers(self, nodes: Sequence[Node]) -> list[str]:
        """Operations that are the same for all samples, on plain numbers."""

        def word(node: Node) -> str:
            return self.named[node] if node in self.named else literal(node)

        return [
            f"{self.named[node]} = "
            + OPERATORS[node.operator].python.format(*map(word, node.arguments))
            for node in nodes
        ]

    def _unit(self, unit: tuple[Node, ...], with_torch: bool) -> list[str]:
        operator = OPERATORS[unit[0].operator]
        columns = list(zip(*(node.arguments for node in unit), strict=True))
        out = self._at(unit)
        if unit[0].operator == "where":
            mask, then, other = map(self._at, columns)
            return [f"copyto({out}, {other})", f"copyto({out}, {then}, where={mask})"]
        if self.layout.loose(unit):
            return [f"{out} = {operator.numpy}({', '.join(map(self._at, columns))})"]
        arguments = [self._at(column) for column in columns]
        arrays = all(word in self.places for word in arguments)
        if with_torch and operator.costly and arrays:
            twins = ", ".join(f"t{word}" for word in arguments)
            return [f"torch_{operator.numpy}({twins}, out=t{out})"]
        # By position is quicker, where numpy allows it.
        keyword = "out=" if operator.numpy in ("maximum", "minimum") else ""
        return [f"{operator.numpy}({', '.join(arguments)}, {keyword}{out})"]

    def _at(self, nodes: Any) -> str:
        """Return the name of the array that holds one node, or several in rows."""
        nodes = nodes if isinstance(nodes, tuple) else (nodes,)
        if nodes[0].operator == "constant":
            values = tuple(float(node.value) for node in nodes)
            values = values[:1] if len(set(values)) == 1 else values
            name = f"k{len(self.constants)}"
            known = {held: word for word, held in self.constants.items()}
            self.constants.setdefault(known.get(values, name), values)
            return known.get(values, name)
        if nodes[0] in self.layout.uniform:
            return f"z{self.named[nodes[0]]}"
        if len(set(nodes)) == 1:
            nodes = nodes[:1]
        if self.layout.loose(nodes):
            return self.named[nodes[0]]
        place = self.layout.place(nodes)
        name = "b" + "_".join(map(str, place))
        self.places[name] = place
        return name
