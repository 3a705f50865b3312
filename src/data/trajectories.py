"""The one container of motions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from ..mechanics.state import StateSpec

RateOf = Literal["clean", "observed"]
"""Whose rates ``dx`` are: those of the noise-free motion, or estimates from the observed states."""


@dataclass(frozen=True)
class Trajectories:
    """Several motions of one system, float64.

    Motions of different lengths are padded at the end; ``mask`` tells which samples exist, and
    padded entries repeat the last sample, so that no computation meets a NaN.
    """

    spec: StateSpec
    """Names and coordinates of the states."""
    t: Float[Tensor, "trajectories time"]
    """Times, in s; each row increases strictly over its mask, at its own pace."""
    x: Float[Tensor, "trajectories time state"]
    """The observed states, with measurement noise."""
    mask: Bool[Tensor, "trajectories time"]
    dx: Float[Tensor, "trajectories time state"] | None = None
    """Derivative targets (of the noise-free motion, or estimated from the observed states)."""
    clean: Float[Tensor, "trajectories time state"] | None = None
    """The noise-free states; None for recordings, where nobody knows them."""
    u: Float[Tensor, "trajectories time inputs"] | None = None
    """Recorded inputs, None for motions without."""
    piece: Int[Tensor, "trajectories time"] | None = None
    """Which smooth piece of its motion each sample lies in; impacts lie between two pieces. None
    for motions without impacts."""
    impact_work: Float[Tensor, "trajectories time"] | None = None
    """How much the impacts have changed the energy by then, in J; None as for ``piece``."""
    rate_of: RateOf = "observed"
    """Which states ``dx`` belongs to; other coordinates of ``dx`` are computed there."""

    def __len__(self) -> int:
        return len(self.t)

    @property
    def samples(self) -> int:
        """Number of samples that exist."""
        return int(self.mask.sum())

    @property
    def duration(self) -> float:
        """Length of the longest motion, in s. Padding repeats the last time, so it is the end."""
        return float((self.t[:, -1] - self.t[:, 0]).max())

    @property
    def scale(self) -> Float[Tensor, " state"]:
        """Standard deviation of each coordinate over the samples, noise-free where known.

        Of an angle at most that of one that is anywhere on the circle: how often it went round does
        not count.
        """
        x = self.x if self.clean is None else self.clean
        deviation = x[self.mask].std(dim=0, correction=0)
        circle = deviation.new_full((), math.pi / math.sqrt(3))
        angular = torch.tensor(self.spec.angles, device=x.device)
        return torch.where(angular, deviation.minimum(circle), deviation)

    def select(self, rows: Tensor) -> Trajectories:
        """Return the motions with these indices."""
        return self.at(rows, self.mask[rows])

    def cut(self, shortest: int) -> Trajectories:
        """Return the smooth pieces as motions of their own, without those of too few samples.

        Raises:
            ValueError: if no piece has ``shortest`` samples.
        """
        if self.piece is None:
            return self
        runs = [(row, run) for row in range(len(self)) for run in self.runs(row)]
        kept = [(row, run) for row, run in runs if run.stop - run.start >= shortest]
        if not kept:
            raise ValueError(
                f"motions must hold {shortest} samples in a row between two impacts somewhere; "
                f"got {len(runs)} shorter pieces. Use a smaller data.step."
            )
        rows = torch.tensor([row for row, _ in kept]).unsqueeze(-1)
        first = torch.tensor([run.start for _, run in kept]).unsqueeze(-1)
        last = torch.tensor([run.stop - 1 for _, run in kept]).unsqueeze(-1)
        index = first + torch.arange(int((last - first).max()) + 1)
        return self.at((rows, index.minimum(last)), index <= last)

    def trimmed(self, samples: int, longer_than: int) -> Trajectories:
        """Return the motions without so many samples at both ends, where they are long enough."""
        length = self.mask.sum(dim=1, keepdim=True)
        off = torch.where(length > longer_than, samples, 0)
        last = length - off - 1
        index = off + torch.arange(int((last - off).max()) + 1)
        rows = torch.arange(len(self)).unsqueeze(-1)
        return self.at((rows, index.minimum(last)), index <= last)

    def at(self, index: Tensor | tuple[Tensor, Tensor], mask: Tensor) -> Trajectories:
        """Return the motions at some rows, or at some samples of them, with a mask for these."""

        def pick(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor[index]

        return replace(
            self,
            t=self.t[index],
            x=self.x[index],
            mask=mask,
            dx=pick(self.dx),
            clean=pick(self.clean),
            u=pick(self.u),
            piece=pick(self.piece),
            impact_work=pick(self.impact_work),
        )

    def runs(self, row: int) -> list[slice]:
        """Return the stretches of samples of one motion that belong to one smooth piece each."""
        length = int(self.mask[row].sum())
        if self.piece is None:
            return [slice(0, length)]
        cuts = (self.piece[row, :length].diff() != 0).nonzero().flatten() + 1
        ends = [0, *cuts.tolist(), length]
        return [slice(start, end) for start, end in pairwise(ends)]


@dataclass(frozen=True)
class Motion:
    """One motion before it is stacked with others."""

    t: Float[Tensor, " time"]
    x: Float[Tensor, "time state"]
    dx: Float[Tensor, "time state"] | None = None
    u: Float[Tensor, "time inputs"] | None = None


def stack(spec: StateSpec, motions: Sequence[Motion], rate_of: RateOf) -> Trajectories:
    """Return motions of different lengths as one set, padded by their last samples.

    Derivatives and inputs are kept where every motion has them.

    Raises:
        ValueError: if there is no motion.
    """
    if not motions:
        raise ValueError("a set of trajectories must hold one motion at least; got none.")
    longest = max(len(motion.t) for motion in motions)

    def pad(rows: Sequence[Tensor | None]) -> Tensor | None:
        if any(row is None for row in rows):
            return None
        given = [row for row in rows if row is not None]
        tails = [row[-1:].expand(longest - len(row), *row.shape[1:]) for row in given]
        return torch.stack([torch.cat(pair) for pair in zip(given, tails, strict=True)])

    t = pad([motion.t for motion in motions])
    x = pad([motion.x for motion in motions])
    assert t is not None
    assert x is not None
    lengths = torch.tensor([len(motion.t) for motion in motions])
    return Trajectories(
        spec=spec,
        t=t,
        x=x,
        mask=torch.arange(longest) < lengths.unsqueeze(-1),
        dx=pad([motion.dx for motion in motions]),
        u=pad([motion.u for motion in motions]),
        rate_of=rate_of,
    )
