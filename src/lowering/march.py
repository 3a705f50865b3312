"""Many equal steps of a formula: what is the same for all samples, and for all steps, apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .nodes import Node
from .program import Program


class Interval(NamedTuple):
    """Equal steps between two outputs."""

    start: float
    step: float
    count: int  # pyright: ignore


@dataclass(frozen=True)
class March:
    """A step ``(t, h, *carry) -> carry``, sorted by what each operation depends on."""

    carry: tuple[tuple[Node, ...], ...]
    """What a step takes beside the time and its length, vector by vector."""
    ahead: tuple[tuple[Node, ...], ...]
    """The same after it."""
    t: Node
    h: Node
    by_interval: tuple[Node, ...]
    """Operations on the length of the step alone."""
    by_step: tuple[Node, ...]
    """Operations on the time too."""
    by_sample: tuple[Node, ...]
    """All others."""
    rows: tuple[tuple[Node, ...], ...]
    calls: int
    """Operations of torch that it was made of."""

    @property
    def flat(self) -> tuple[Node, ...]:
        """All entries of the carry."""
        return tuple(node for part in self.carry for node in part)

    @property
    def flat_ahead(self) -> tuple[Node, ...]:
        """All entries after the step."""
        return tuple(node for part in self.ahead for node in part)

    @property
    def timed(self) -> bool:
        """Whether the time matters."""
        return any(self.t in node.arguments for node in (*self.by_step, *self.by_sample))


def march(program: Program) -> March:
    """Sort the operations of a step."""
    (t,), (h,), *carry = program.inputs
    kinds: dict[Node, int] = {h: 0, t: 1} | {node: 2 for part in carry for node in part}
    sorted_: tuple[list[Node], ...] = ([], [], [])
    for node in program.nodes:
        kinds[node] = max(kinds.get(argument, 0) for argument in node.arguments)
        sorted_[kinds[node]].append(node)
    by_interval, by_step, by_sample = map(tuple, sorted_)
    return March(
        carry=tuple(carry),
        ahead=program.outputs,
        t=t,
        h=h,
        by_interval=by_interval,
        by_step=by_step,
        by_sample=by_sample,
        rows=program.rows,
        calls=program.calls,
    )


def literal(node: Node) -> str:
    """Return a number as text that gives every digit back."""
    return repr(node.value)


def names(step: March) -> dict[Node, str]:
    """Return a name of every node that has one: constants are written out."""
    named = {step.t: "t", step.h: "h"}
    named |= {node: f"c{j}" for j, node in enumerate(step.flat)}
    operations: Sequence[Node] = (*step.by_interval, *step.by_step, *step.by_sample)
    return named | {node: f"v{node.index}" for node in operations}
