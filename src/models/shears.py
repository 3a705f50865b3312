"""Symplectic maps made of shears, which move one half of the state by a function of the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec, split_state
from .features import Features
from .step_map import StepMap

TURN = 0.2
"""How far a typical step goes in units of the spread of the data: some thirty to a period."""


def typical_action(x_scale: Float[Tensor, " state"]) -> Float[Tensor, ""]:
    """Return the harmonic mean of ``q_scale * p_scale`` over the degrees of freedom.

    A function of this size moves none of them by much more than its own scale: a mean that large
    ones rule would throw the small ones about.
    """
    q_scale, p_scale = split_state(x_scale)
    return 1 / (1 / (q_scale * p_scale)).mean()


class Scalar(Protocol):
    """A module that stands for a scalar function of features, by its gradient."""

    def gradient(self, y: Float[Tensor, "*batch count"]) -> Float[Tensor, "*batch count"]:
        """Return the derivative with respect to the features."""
        ...


class Shear(nn.Module):
    """The gradient of ``action * net(features(z))`` by z, which is one half of the state."""

    net: Scalar
    action: Tensor

    def __init__(self, angular: Sequence[bool], make: Callable[[int], Scalar]) -> None:
        super().__init__()
        self.features = Features(angular)
        self.net = make(self.features.count)
        self.register_buffer("action", torch.ones(()))

    @torch.no_grad()
    def fit(
        self, mean: Float[Tensor, " dof"], scale: Float[Tensor, " dof"], action: Float[Tensor, ""]
    ) -> None:
        """Set the scales of inputs and output."""
        self.features.fit(mean, scale)
        self.action.copy_(action)

    def forward(self, z: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return how far the other half moves."""
        y, slopes = self.features.with_slopes(z)
        return self.action * self.features.pull(self.net.gradient(y), slopes)


class ShearMap(StepMap):
    """Symplectic Euler steps of separable energies ``H_i = T_i(p) + V_i(q)``, one after the other.

    Each is a kick ``p - dV_i/dq``, then a drift ``q + dT_i/dp``, the time of the step being part of
    the energies. A shear along a gradient is symplectic and is undone by its negative: so is the
    whole map, to rounding, whatever the weights. All functions of q are periodic in its angles.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., theorem VI.3.3.
    """

    conserves = frozenset({"symplectic form", "volume"})

    def __init__(self, spec: StateSpec, *makers: Callable[[int], Scalar]) -> None:
        """Take what makes the net of ``V_i``, and that of ``T_i``, from the number of features."""
        super().__init__(spec.expressed_in("canonical"))
        lengths = [False] * spec.dof
        self.kicks = nn.ModuleList(Shear(spec.angular, make) for make in makers)
        self.drifts = nn.ModuleList(Shear(lengths, make) for make in makers)

    def scale_nets(self) -> None:
        """Give all functions the scales of the states, and that of a step."""
        (q_mean, p_mean), (q_scale, p_scale) = split_state(self.x_mean), split_state(self.x_scale)
        action = TURN * typical_action(self.x_scale)
        for kick, drift in zip(self.kicks, self.drifts, strict=True):
            assert isinstance(kick, Shear)
            assert isinstance(drift, Shear)
            kick.fit(q_mean, q_scale, action)
            drift.fit(p_mean, p_scale, action)

    def step(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step on."""
        q, p = split_state(x)
        for kick, drift in zip(self.kicks, self.drifts, strict=True):
            p = p - kick(q)
            q = q + drift(p)
        return torch.cat((q, p), dim=-1)

    def inverse(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step back."""
        q, p = split_state(x)
        for kick, drift in zip(reversed(self.kicks), reversed(self.drifts), strict=True):
            q = q - drift(p)
            p = p + kick(q)
        return torch.cat((q, p), dim=-1)

    @property
    def invertible(self) -> bool:
        """Always."""
        return True
