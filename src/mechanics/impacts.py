"""Impacts: where a smooth motion is interrupted, and how it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor


def _everywhere(x: Tensor) -> Tensor:
    return torch.ones_like(x[..., 0], dtype=torch.bool)


@dataclass(frozen=True)
class Impact:
    """What happens when a function of the state falls through zero.

    All functions take states ``[*batch, state]`` and do not mix samples.

    Source:
        A. van der Schaft, H. Schumacher, *An Introduction to Hybrid Dynamical Systems*, 2000,
        section 1.2 (guards and jumps) and 1.5 (Zeno behaviour).
    """

    surface: Callable[[Tensor], Tensor]
    """``[*batch]``, positive before an impact: the motion must reach zero while it decreases."""
    reset: Callable[[Tensor], Tensor]
    """The state just before the impact to the state just after it."""
    counts: Callable[[Tensor], Tensor] = _everywhere
    """``[*batch]``, boolean: where on the surface a falling zero is an impact."""
    rest: Callable[[Tensor], Tensor] | None = None
    """The state in which a motion ends whose impacts follow ever faster; None if it has none."""

    def seen_in(
        self, there: Callable[[Tensor], Tensor], back: Callable[[Tensor], Tensor]
    ) -> Impact:
        """Return the same impact of states in other coordinates; ``there`` leads to these."""
        rest = self.rest
        return Impact(
            surface=lambda x: self.surface(there(x)),
            reset=lambda x: back(self.reset(there(x))),
            counts=lambda x: self.counts(there(x)),
            rest=None if rest is None else lambda x: back(rest(there(x))),
        )


@dataclass(frozen=True)
class Impacts:
    """The impacts along motions that were followed, in the order of their times per sample."""

    sample: Int[Tensor, " impacts"]
    """Index of the motion in its batch, flattened."""
    output: Int[Tensor, " impacts"]
    """Index of the first output time that is not before the impact."""
    t: Float[Tensor, " impacts"]
    before: Float[Tensor, "impacts state"]
    after: Float[Tensor, "impacts state"]

    def renumbered(self, samples: Int[Tensor, " samples"], start: int) -> Impacts:
        """Return the same impacts as part of a larger batch, along times that begin earlier."""
        return replace(self, sample=samples[self.sample], output=self.output + start)

    @staticmethod
    def joined(parts: Sequence[Impacts]) -> Impacts:
        """Return the impacts of several stretches of time."""
        names = (field.name for field in fields(Impacts))
        return Impacts(*(torch.cat([getattr(part, name) for part in parts]) for name in names))

    def total(
        self, values: Float[Tensor, " impacts"], samples: int, times: int
    ) -> Float[Tensor, "samples times"]:
        """Return the sums of a value per impact over all impacts up to each output time."""
        at = values.new_zeros(samples, times)
        return at.index_put((self.sample, self.output), values, accumulate=True).cumsum(dim=1)

    def change(
        self, energy: Callable[[Tensor], Tensor], samples: int, times: int
    ) -> Float[Tensor, "samples times"]:
        """Return how much the impacts have changed a function of the state by each output time."""
        return self.total(energy(self.after) - energy(self.before), samples, times)
