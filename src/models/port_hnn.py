"""Port-Hamiltonian neural networks: energy, friction and inputs."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import Energy, energy_gradient, hamiltonian_field
from ..mechanics.known import check_actuation
from ..mechanics.poisson import poisson_field
from ..mechanics.problem import Canonical
from ..mechanics.state import StateSpec
from .base import Dynamics
from .energy_net import EnergyNet, bracketed_energy, typical_energy
from .features import Features
from .mlp import MLP
from .natural_energy import NaturalEnergy
from .triangle import lower_places

WEAK = 0.3
"""Size of the untrained friction beside the rates of the data."""


class PortHNN(Dynamics):
    """Learn what routes, takes and supplies energy, ``dx/dt = (J - R) grad H + G u``.

    Of pairs (q, p), J is canonical, friction ``R = L(x) L(x)^T`` acts on the momenta, and so do the
    inputs. Of other states, J must be known, and R acts on all components. R has no negative
    eigenvalue whatever the weights: without inputs the learned energy never grows. How inputs act
    is known from the system, or learned as a matrix ``G(x)``.

    Source:
        Zhong, Dey, Chakraborty, *Symplectic ODE-Net*, ICLR 2020, arXiv:1909.12077, and *Dissipative
        SymODEN*, 2020, arXiv:2002.08860; van der Schaft, Jeltsema, *Port-Hamiltonian Systems
        Theory: An Introductory Overview*, 2014, chapter 4.

    Raises:
        ValueError: if states are no pairs and their brackets are unknown, or if the action of the
            inputs is wanted as known and is not.
    """

    kind: ClassVar[str] = "port_hnn"
    learns = "hamiltonian"
    represents = frozenset({"dissipation", "inputs", "poisson"})

    hamiltonian: EnergyNet | NaturalEnergy
    places: Tensor
    friction_scale: Tensor

    def __init__(
        self,
        spec: StateSpec,
        width: int = 128,
        depth: int = 2,
        activation: str = "tanh",
        actuation: str = "known",
    ) -> None:
        check_actuation(actuation)
        spec = spec.expressed_in("canonical") if spec.paired else spec
        if not spec.paired and spec.known.brackets is None:
            raise ValueError(
                "model=port_hnn needs pairs (q, p) or known brackets J(x); got neither. Use "
                "model=baseline."
            )
        super().__init__(spec)
        inputs = len(spec.inputs)
        if inputs and actuation == "known" and spec.known.actuation is None:
            raise ValueError(
                "model.actuation=known needs a system that tells how inputs act; got none. Set "
                "model.actuation=learned."
            )
        self.brackets, self.size = spec.known.brackets, spec.dof if spec.paired else spec.size
        self.hamiltonian = self.energy_net(width, depth, activation)
        self.features = Features(spec.angles)
        entries = self.size * (self.size + 1) // 2
        self.friction = MLP(self.features.count, entries, width, depth, activation)
        self.actuate = spec.known.actuation if actuation == "known" else None
        self.gain = (
            MLP(self.features.count, self.size * inputs, width, depth, activation)
            if inputs and self.actuate is None
            else None
        )
        self.register_buffer("places", lower_places(self.size), persistent=False)
        self.register_buffer("friction_scale", torch.ones(self.size))

    def energy_net(self, width: int, depth: int, activation: str) -> EnergyNet | NaturalEnergy:
        """Return what learns the energy: a net of the whole state."""
        return EnergyNet(self.spec.angles, width, depth, activation)

    def scale_energy(self, scale: Float[Tensor, ""]) -> None:
        """Give the energy the scales of states, and its own."""
        assert isinstance(self.hamiltonian, EnergyNet)
        self.hamiltonian.fit(self.x_mean, self.x_scale, scale)

    def scale_nets(self) -> None:
        """Give energy and friction the scales of states and rates."""
        x_scale, dx_scale = self.x_scale, self.dx_scale
        if self.brackets is None:
            scale = typical_energy(x_scale, dx_scale)
        else:
            scale = bracketed_energy(self.brackets, self.x_mean, x_scale, dx_scale)
        self.scale_energy(scale)
        self.features.fit(self.x_mean, x_scale)
        effort = scale / x_scale[-self.size :]
        self.friction_scale.copy_(WEAK * (dx_scale[-self.size :] / effort).sqrt())

    def resistance(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch acted acted"]:
        """Return R on the components that friction acts on: symmetric, not negative."""
        entries = self.friction(self.features(x))
        lower = (entries @ self.places).unflatten(-1, (self.size, self.size))
        lower = self.friction_scale.unsqueeze(-1) * lower
        return lower @ lower.mT

    def forward(
        self, t: Tensor, x: Float[Tensor, "*batch state"], u: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(J - R) grad H + G u``; without ``u``, that under inputs of zero."""
        if self.brackets is None:
            rate = hamiltonian_field(self.hamiltonian, x)
        else:
            rate = poisson_field(self.hamiltonian, self.brackets, x)
        efforts = energy_gradient(self.hamiltonian, x)[..., -self.size :]
        acted = -(self.resistance(x) @ efforts.unsqueeze(-1)).squeeze(-1)
        if u is None:
            return rate + self._padded(acted)
        if self.actuate is not None:
            return rate + self._padded(acted) + self.actuate(x, u)
        assert self.gain is not None
        gain = self.gain(self.features(x)).unflatten(-1, (self.size, -1))
        supplied = (gain @ (u / self.u_scale).unsqueeze(-1)).squeeze(-1)
        return rate + self._padded(acted + self.dx_scale[-self.size :] * supplied)

    def energy(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """Return the learned H, which friction takes and inputs supply."""
        return self.hamiltonian(x)

    def determined_energy(self) -> Energy:
        """Return the learned H, whose gradient is known in closed form; see the base class."""
        super().determined_energy()
        return self.hamiltonian

    def canonical(self) -> Canonical:
        """Return the learned field without inputs; its coordinates are canonical already."""
        return Canonical(self.field().f, paired=self.spec.paired)

    def _padded(self, acted: Tensor) -> Tensor:
        """Return rates of all components from those of the last ones."""
        return torch.nn.functional.pad(acted, (self.spec.size - self.size, 0))
