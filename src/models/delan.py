"""Deep Lagrangian networks."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.known import check_actuation, missing
from ..mechanics.lagrangian import euler_lagrange_residual, lagrangian_energy, lagrangian_field
from ..mechanics.legendre import canonical_motion
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec, split_state
from .base import Dynamics
from .energy_net import EnergyNet, typical_energy
from .features import Features
from .mass_net import MassNet
from .mlp import MLP
from .natural_energy import NaturalEnergy, mass_figures


class DeLaN(Dynamics):
    r"""Learn ``L = v^T M(q) v / 2 - V(q)``: a mass matrix and a potential, from velocities.

    The mass matrix is :math:`C C^T` with a lower triangle C(q) whose diagonal is positive
    (Cholesky), hence positive definite whatever the weights: accelerations are finite everywhere.
    Inputs are known generalised forces, so that M and V are learned in their units, and ``forces``
    tells which forces a wanted motion needs. Where their action ``G(q) u`` is learned instead, that
    unit is free, and energies are per unit mass.

    Source:
        Lutter, Ritter, Peters, *Deep Lagrangian Networks*, ICLR 2019, arXiv:1907.04490. A learned
        G: Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077.

    Raises:
        ValueError: if there are inputs whose action is wanted as known, and it is not.
    """

    kind: ClassVar[str] = "delan"
    learns = "lagrangian"
    represents = frozenset({"inputs"})
    conserves = frozenset({"energy", "symplectic form", "volume"})

    force_scale: Tensor

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        actuation: str = "known",
    ) -> None:
        check_actuation(actuation)
        super().__init__(spec.expressed_in("velocity"))
        known, inputs = actuation == "known", len(spec.inputs)
        if inputs and known and spec.known.actuation is None:
            raise missing(self.kind, "actuation")
        self.actuate = spec.known.actuation if known else None
        self.gain = None
        if inputs and not known:
            self.features = Features(spec.angular)
            self.gain = MLP(self.features.count, spec.dof * inputs, width, depth, activation)
            self.register_buffer("force_scale", torch.ones(spec.dof))
        masses = MassNet(spec.angular, width, depth, activation)
        potential = EnergyNet(spec.angular, width, depth, activation)
        self.net = NaturalEnergy(masses, potential, -1)

    def scale_nets(self) -> None:
        """Give masses and potential the scales of states and rates, in the unit of the forces.

        Without inputs whose action is known, nothing tells that unit: energies are per unit mass.
        """
        energy_scale = typical_energy(self.x_scale, self.dx_scale)
        _, v = split_state(self.x_scale)
        _, a = split_state(self.dx_scale)
        if self.gain is not None:
            self.features.fit(split_state(self.x_mean)[0], split_state(self.x_scale)[0])
            self.force_scale.copy_(energy_scale * a / v.square())
        elif self.spec.inputs:
            units = torch.diag(self.u_scale)
            typical = (self.x_mean + self.x_scale).expand(len(units), -1)
            forces = self.applied(typical, units).norm(dim=0)
            acted = forces > 0
            if bool(acted.any()):
                energy_scale = (forces * v.square() / a)[acted].mean()
        self.net.fit_velocities(self.x_mean, self.x_scale, energy_scale)

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(v, a)`` with ``M a = L_q - L_vq v + applied``; without ``u``, with no input."""
        return lagrangian_field(self.net, x, force=None if u is None else self.applied(x, u))

    def applied(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the generalised forces ``G(q) u`` of inputs."""
        if self.gain is not None:
            gain = self.gain(self.features(split_state(x)[0])).unflatten(-1, (self.spec.dof, -1))
            return self.force_scale * (gain @ (u / self.u_scale).unsqueeze(-1)).squeeze(-1)
        assert self.actuate is not None
        # Told for states (q, p): forces on the momenta depend on the positions alone.
        return split_state(self.actuate(x, u))[1]

    def forces(
        self, x: Float[Tensor, "*batch state"], acceleration: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the generalised forces ``d/dt L_v - L_q`` that a motion needs."""
        return euler_lagrange_residual(self.net, x, acceleration)

    def power(
        self, x: Float[Tensor, "*batch state"], acceleration: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch"]:
        """Return what these forces supply, ``v . forces``."""
        _, v = split_state(x)
        return (v * self.forces(x, acceleration)).sum(-1)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return ``v^T M v / 2 + V``, up to a constant, and without inputs up to a scale."""
        return lagrangian_energy(self.net, x)

    def lagrangian(self) -> NaturalEnergy:
        """Return the learned L(q, v)."""
        return self.net

    def diagnostics(self, x: Float[Tensor, "*batch state"]) -> dict[str, Tensor]:
        """Return condition number and smallest eigenvalue of M, in scaled velocities."""
        return mass_figures(self.net.kinetic.scaled_matrix(split_state(x)[0]))

    def canonical(self) -> Canonical:
        """Return Hamilton's field of the Legendre transform, entered by ``p = M v``."""
        return canonical_motion(self.net)
