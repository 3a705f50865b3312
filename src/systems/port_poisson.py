"""Systems that exchange energy, and whose states are no pairs (q, p)."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.hamiltonian import energy_gradient
from ..mechanics.known import Known
from .poisson import PoissonSystem
from .ports import OpenSystem


class PortPoissonSystem(OpenSystem, PoissonSystem):
    r"""An energy, brackets J that route it, a matrix R that takes it, and inputs that supply it.

    .. math:: \dot x = (J(x) - R(x)) \nabla H + G(x)\,u, \qquad
        \dot H = -\nabla H^T R \nabla H + y \cdot u, \qquad y = G(x)^T \nabla H

    Source:
        A. van der Schaft, D. Jeltsema, *Port-Hamiltonian Systems Theory: An Introductory Overview*,
        2014, chapter 4.
    """

    @property
    def known(self) -> Known:
        """Where inputs act."""
        return replace(super().known, actuation=self.actuation)

    @abstractmethod
    def dissipation(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the symmetric R, which has no negative eigenvalue."""

    @abstractmethod
    def actuation(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch state"]:
        """Return ``G(x) u``, linear in the inputs: what they add to dx/dt."""

    def efforts(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return grad H: forces, velocities, currents, pressures; closed forms are faster."""
        return energy_gradient(self.hamiltonian, x)

    def rate(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(J - R) grad H + G u``."""
        dx = self.vector_field(x)
        if not self.frictionless:
            dx = dx - self._lost(x, self.efforts(x))
        return dx if u is None else dx + self.actuation(x, u)

    def power(
        self, x: Float[Tensor, "*batch state"], u: Float[Tensor, "*batch inputs"] | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``-grad H . R grad H + grad H . G u``."""
        efforts = self.efforts(x)
        flows = -self._lost(x, efforts)
        return (efforts * (flows if u is None else flows + self.actuation(x, u))).sum(-1)

    def output(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch inputs"]:
        """Return ``y = G^T grad H``: what each unit of input supplies, in J/s."""
        units = torch.eye(len(self.spec.inputs), dtype=x.dtype, device=x.device)
        columns = [self.actuation(x, unit.expand(*x.shape[:-1], -1)) for unit in units]
        efforts = self.efforts(x)
        return torch.stack([(column * efforts).sum(-1) for column in columns], dim=-1)

    def _lost(self, x: Tensor, efforts: Tensor) -> Tensor:
        return (self.dissipation(x) @ efforts.unsqueeze(-1)).squeeze(-1)
