"""The same motion on clocks of the samples' own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Canonical, Constrained, Field, Mechanical, Split, Steps
from ..mechanics.state import Coordinates

EXTRAS = 2
"""What each half of a state carries along: the time at which its clock starts, and its pace."""


@dataclass(frozen=True)
class Paced:
    r"""A motion each of whose samples starts at a time of its own and has a pace of its own.

    .. math:: dx/d\sigma = c\, f(t_0 + c\,\sigma, x), \qquad dt_0/d\sigma = dc/d\sigma = 0

    Integrators share their times among the samples. With the pace c in the state, one call takes
    each sample as far as it should go, whichever method it is and whichever part of the batch the
    method looks at. Both halves of the state carry :math:`(t_0, c)`, so that splits do as well.
    """

    motion: Mechanical

    @property
    def coordinates(self) -> Coordinates:
        """Those of the motion, with extras."""
        return self.motion.coordinates

    def field(self) -> Field:
        """Return the motion's field, slowed down."""
        return Field(_slowed(self.motion.field().f))

    def canonical(self) -> Canonical:
        """Return the motion's canonical field, slowed down, with its maps."""
        problem = self.motion.canonical()
        return Canonical(_slowed(problem.f), _inside(problem.enter), _inside(problem.leave))

    def split(self) -> Split:
        """Return the motion's two flows, slowed down; they know no time."""
        flows = self.motion.split()
        return Split(_slowed_half(flows.velocity), _slowed_half(flows.force))

    def constrained(self) -> Constrained:
        """Refuse: samples that stop at times of their own are not followed on a manifold.

        Raises:
            ValueError: always, with what to do.
        """
        raise ValueError(
            "integrator=rattle follows all samples at one pace, and impacts stop each at a time of "
            "its own. Use integrator=dopri8 or data.integrator=reference."
        )

    def steps(self) -> Steps:
        """Refuse: impacts happen between the steps of a map.

        Raises:
            ValueError: always, with what to do.
        """
        raise ValueError(
            "a learned map of one time step knows nothing of the times between, at which impacts "
            "happen. Use a model with a field, such as model=hnn."
        )


def pack(
    x: Float[Tensor, "*batch state"], start: Float[Tensor, "*batch"], pace: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch packed"]:
    """Return states with what :class:`Paced` needs to know of each sample."""
    half = x.shape[-1] // 2
    extras = torch.stack((start, pace), dim=-1)
    return torch.cat((x[..., :half], extras, x[..., half:], extras), dim=-1)


def unpack(z: Float[Tensor, "*batch packed"]) -> Float[Tensor, "*batch state"]:
    """Return the states alone."""
    half = (z.shape[-1] - 2 * EXTRAS) // 2
    return torch.cat((z[..., :half], z[..., half + EXTRAS : -EXTRAS]), dim=-1)


def _slowed(f: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    def field(sigma: Tensor, z: Tensor) -> Tensor:
        start, pace = z[..., -2], z[..., -1]
        rate = f(start + pace * sigma, unpack(z)) * pace.unsqueeze(-1)
        return pack(rate, torch.zeros_like(pace), torch.zeros_like(pace))

    return field


def _inside(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def apply(z: Tensor) -> Tensor:
        return pack(function(unpack(z)), z[..., -2], z[..., -1])

    return apply


def _slowed_half(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def apply(half: Tensor) -> Tensor:
        rate = function(half[..., :-EXTRAS]) * half[..., -1:]
        return torch.cat((rate, torch.zeros_like(half[..., -EXTRAS:])), dim=-1)

    return apply
