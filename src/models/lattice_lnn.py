"""Lagrangian neural networks of lattices and fields: one learned density for all sites."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from ..mechanics.hamiltonian import hamiltonian_field
from ..mechanics.lagrangian import VelocityBlocks, lagrangian_energy
from ..mechanics.legendre import HamiltonianOf, to_canonical, to_velocity
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import spread
from .energy_net import UNTRAINED
from .lattice import OnLattice, Windows
from .mlp import Curvature, ScalarMLP

REACH = 2.0
"""How far around the data masses are kept positive, in distances from their centre."""


class LatticeLagrangian(nn.Module):
    r"""A sum of densities, ``l = energy_scale * (|v_i / v_scale|^2 / 2 + net(window_i, v_i))``.

    Each holds one velocity, so that the mass matrix is diagonal. The kinetic term is a prior inside
    of L, as in :class:`.LagrangianNet`.
    """

    mean: Tensor
    scale: Tensor
    energy_scale: Tensor

    def __init__(self, windows: Windows, width: int, depth: int, activation: str) -> None:
        super().__init__()
        self.windows = windows
        inputs = windows.reach + 2
        self.net = ScalarMLP(inputs, width, depth, activation)
        with torch.no_grad():
            self.net.output.weight.mul_(UNTRAINED)
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("scale", torch.ones(inputs))
        self.register_buffer("energy_scale", torch.ones(()))

    def seen(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch windows inputs"]:
        """Return what the densities depend on: windows, and the velocities of their first sites."""
        q, v = split_state(x)
        window = self.windows.of(q)
        # Walls rest: the windows that begin at one come first.
        first = pad(v, (window.shape[-2] - v.shape[-1], 0))
        return torch.cat((window, first.unsqueeze(-1)), dim=-1)

    def _scaled(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the inputs of the net, and the scaled velocities ``[*batch, windows]``."""
        seen = self.seen(x)
        return (seen - self.mean) / self.scale, seen[..., -1] / self.scale[-1]

    def forward(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return L at ``x = (q, v)``."""
        inputs, v = self._scaled(x)
        return self.energy_scale * (v.square() / 2 + self.net(inputs)).sum(-1)

    def gradient(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dL/dq, dL/dv)`` in closed form."""
        inputs, v = self._scaled(x)
        return torch.cat(self._first(self.net.gradient(inputs), v), dim=-1)

    def _first(self, gradient: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        by_input = self.energy_scale * gradient / self.scale
        l_v = self.energy_scale * v / self.scale[-1] + by_input[..., -1]
        return self.windows.pull(by_input[..., :-1]), self._sites(l_v)

    def _sites(self, values: Float[Tensor, "*batch windows"]) -> Float[Tensor, "*batch sites"]:
        """Return those of the windows that begin at a site, and at no wall."""
        return values[..., values.shape[-1] - self.windows.sites :]

    def diagonal_blocks(
        self, x: Float[Tensor, "*batch state"]
    ) -> tuple[
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
        Float[Tensor, "*batch dof"],
    ]:
        """Return L_q, L_v, the diagonal of L_vv, and L_vq v, in closed form."""
        _, velocity = split_state(x)
        inputs, v = self._scaled(x)
        along = self.windows.of(velocity) / self.scale[:-1]
        curve = self._curvature(inputs, pad(along, (0, 1)))
        l_q, l_v = self._first(curve.gradient, v)
        masses = self.energy_scale * (1 + curve.hessian[..., 0, 0]) / self.scale[-1].square()
        moving = self.energy_scale * curve.along[..., 0] / self.scale[-1]
        return l_q, l_v, self._sites(masses), self._sites(moving)

    def velocity_blocks(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> VelocityBlocks:
        """Return the same with L_vv as a matrix."""
        l_q, l_v, masses, l_vq_v = self.diagonal_blocks(x)
        return VelocityBlocks(l_q, l_v, torch.diag_embed(masses), l_vq_v)

    def scaled_masses(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch dof"]:
        """Return the diagonal of L_vv in scaled velocities and energies: 1 for an untrained net."""
        inputs, _ = self._scaled(x)
        return self._sites(1 + self._curvature(inputs, torch.zeros_like(inputs)).hessian[..., 0, 0])

    def _curvature(self, inputs: Tensor, tangent: Tensor) -> Curvature:
        return self.net.curvature(inputs, tangent, slice(inputs.shape[-1] - 1, inputs.shape[-1]))


class LatticeLNN(OnLattice):
    r"""Learn the Lagrangian of a site and its neighbours, the same all along the line.

    .. math:: L = \sum_i \ell(q_i, q_{i+1} - q_i, \dots, q_{i+k} - q_{i+k-1}, v_i)

    The mass matrix is diagonal, so that accelerations cost a division. Whatever the weights,
    ``v . L_v - L`` is conserved wherever masses are not zero, and the motion of a ring commutes
    with shifts along it. What is learned on few sites holds on many, with any ends.

    Source:
        Cranmer et al., *Lagrangian Neural Networks*, 2020, arXiv:2003.04630, where the density of a
        wave equation is learned.

    Raises:
        ValueError: if the floor of the masses does not lie between 0 and 1.
    """

    kind: ClassVar[str] = "lattice_lnn"
    learns = "lagrangian"
    conserves = frozenset({"energy", "symplectic form", "volume"})

    def __init__(
        self,
        spec: StateSpec,
        width: int = 64,
        depth: int = 2,
        activation: str = "silu",
        reach: int = 1,
        mass_floor: float = 0.1,
    ) -> None:
        if not 0 < mass_floor < 1:
            raise ValueError(
                f"model.mass_floor must lie between 0 and 1, the mass of an untrained site in "
                f"scaled velocities; got {mass_floor}."
            )
        super().__init__(spec, "velocity", reach)
        self.mass_floor = mass_floor
        self.net = LatticeLagrangian(self.windows, width, depth, activation)

    @torch.no_grad()
    def fit_scaling(
        self,
        x: Float[Tensor, "samples state"],
        dx: Float[Tensor, "samples state"],
        u: Float[Tensor, "samples inputs"] | None = None,
    ) -> None:
        """Set the scales of values, stretches and velocities, beside those of components."""
        super().fit_scaling(x, dx, u)
        seen = self.net.seen(x)[..., -self.spec.dof :, :].flatten(end_dim=-2)
        self.net.mean.copy_(seen.mean(0))
        self.net.scale.copy_(spread(seen))
        self.net.energy_scale.copy_(self.net.scale[-1].square())  # untrained masses are near 1

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` with ``L_vv a = L_q - L_vq v``, site by site."""
        _, v = split_state(x)
        l_q, _, masses, l_vq_v = self.net.diagonal_blocks(x)
        return torch.cat((v, (l_q - l_vq_v) / masses), dim=-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v . L_v - L``, defined up to a scale and a constant."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> LatticeLagrangian:
        """Return the learned L(q, v)."""
        return self.net

    def penalty(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, ""]:
        """Return the mean of ``relu(1 - mass / mass_floor)^2``, on the data and around them.

        Zero for every L whose masses are positive, after scaling, as in ``model=lnn``.
        """
        chosen = x.reshape(-1, x.shape[-1])[::4]
        reach = torch.linspace(1.0, REACH, len(chosen), dtype=x.dtype, device=x.device)
        around = self.x_mean + reach.unsqueeze(-1) * (chosen - self.x_mean)
        return torch.relu(1 - self.net.scaled_masses(around) / self.mass_floor).square().mean()

    @torch.no_grad()
    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of L_vv, in scaled velocities."""
        masses = self.net.scaled_masses(x)
        sizes = masses.abs()
        return {
            "condition_number": sizes.amax(-1) / sizes.amin(-1),
            "smallest_eigenvalue": masses.amin(-1),
        }

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = L_v``."""
        hamiltonian = HamiltonianOf(self.net)
        return Canonical(
            f=lambda t, x: hamiltonian_field(hamiltonian, x),
            enter=lambda x: to_canonical(self.net, x),
            leave=lambda x: to_velocity(hamiltonian, x),
        )
