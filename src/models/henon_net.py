"""Henon nets."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..mechanics.state import StateSpec, split_state
from .mlp import ScalarMLP, check_sizes
from .shears import TURN, typical_action
from .step_map import StepMap


class HenonNet(StepMap):
    """Learn the map of a step as Henon maps ``(q, p) -> (p + eta, -q + grad V(p))``.

    A layer is the same map four times: with V = 0 it is the identity, whatever eta. As positions
    and momenta change places, they are measured so that both have the spread r, with one action
    s_q s_p / r^2 for all degrees of freedom: then the map is symplectic in any units.

    Source:
        Burby, Tang, Maulik, *Fast neural Poincare maps for toroidal magnetic fields*, Plasma Phys.
        Control. Fusion 63, 024001 (2020), arXiv:2007.04496.

    Raises:
        ValueError: if there are angles, or no layers.
    """

    kind: ClassVar[str] = "henon_net"
    conserves = frozenset({"symplectic form", "volume"})

    spreads: Tensor

    def __init__(
        self,
        spec: StateSpec,
        width: int = 32,
        depth: int = 1,
        layers: int = 4,
        activation: str = "softplus",
    ) -> None:
        if any(spec.angular):
            angle = spec.positions[spec.angular.index(True)]
            raise ValueError(
                f"model=henon_net exchanges positions and momenta, so that all must be numbers; "
                f"got the angle {angle}. Use model=sympnet or model=ghnn, periodic in angles."
            )
        check_sizes(layers=layers)
        super().__init__(spec.expressed_in("canonical"))
        self.nets = nn.ModuleList(
            ScalarMLP(spec.dof, width, depth, activation) for _ in range(layers)
        )
        self.shifts = nn.Parameter(torch.zeros(layers, spec.dof))
        self.register_buffer("spreads", torch.ones(spec.dof))

    def scale_nets(self) -> None:
        """Measure positions and momenta alike, in one action for all."""
        q_scale, p_scale = split_state(self.x_scale)
        self.spreads.copy_((q_scale * p_scale / typical_action(self.x_scale)).sqrt())

    def step(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step on."""
        q, p = split_state((x - self.x_mean) / self._units())
        for net, shift in zip(self.nets, self.shifts, strict=True):
            for _ in range(4):
                q, p = p + shift, self._kick(net, p) - q
        return self.x_mean + self._units() * torch.cat((q, p), dim=-1)

    def inverse(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the state one step back."""
        q, p = split_state((x - self.x_mean) / self._units())
        for net, shift in zip(reversed(self.nets), self.shifts.flip(0), strict=True):
            for _ in range(4):
                before = q - shift
                q, p = self._kick(net, before) - p, before
        return self.x_mean + self._units() * torch.cat((q, p), dim=-1)

    @property
    def invertible(self) -> bool:
        """Always."""
        return True

    def _units(self) -> Float[Tensor, " state"]:
        return self.x_scale / self.spreads.repeat(2)

    def _kick(self, net: nn.Module, p: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof"]:
        """Return grad V, small in an untrained net."""
        assert isinstance(net, ScalarMLP)
        return TURN * net.gradient(p / self.spreads) / self.spreads
