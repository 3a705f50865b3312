"""One sample at a time, as plain Python: nothing else is as quick to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .march import Interval, March, literal, names
from .nodes import Node
from .operators import NAMESPACE, OPERATORS

Steps = Callable[[Sequence[float], Sequence[Interval]], list[tuple[float, ...]]]


def compiled(step: March) -> Steps:
    """Return ``(carry, intervals) -> carry at the end of each``, of one sample.

    It raises ArithmeticError or ValueError where Python has no infinities.
    """
    named = names(step)

    def word(node: Node) -> str:
        return named[node] if node in named else literal(node)

    def lines(nodes: Sequence[Node], indent: int) -> list[str]:
        return [
            f"{' ' * indent}{named[node]} = "
            + OPERATORS[node.operator].python.format(*map(word, node.arguments))
            for node in nodes
        ]

    carry = ", ".join(named[node] for node in step.flat) + ","
    ahead = ", ".join(word(node) for node in step.flat_ahead) + ","
    time = [f"{' ' * 12}t = start + i * h"] if step.timed else []
    text = "\n".join(
        [
            "def steps(carry, intervals):",
            f"    {carry} = carry",
            "    states = []",
            "    for start, h, count in intervals:",
            *lines(step.by_interval, 8),
            "        for i in range(count):",
            *time,
            *lines(step.by_step, 12),
            *lines(step.by_sample, 12),
            f"            {carry} = {ahead}",
            f"        states.append(({carry}))",
            "    return states",
        ]
    )
    scope = dict(NAMESPACE)
    exec(text, scope)
    return scope["steps"]  # pyright: ignore[reportReturnType]


def run(
    steps: Steps, start: NDArray[np.float64], intervals: Sequence[Interval]
) -> NDArray[np.float64]:
    """Return ``[interval, sample, entry]``."""
    return np.stack([np.array(steps(row, intervals)) for row in start.tolist()], axis=1)
