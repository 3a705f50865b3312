"""What fast particles have in common, and motion on a line under a constant force."""

from __future__ import annotations

from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.problem import Split
from ..mechanics.state import StateSpec, split_state
from .base import System
from .sampling import random_signs, uniform

FARTHER = 1.2
"""How much above the largest energy of training the starts of higher energies may lie."""


def lorentz_factor(
    p: Float[Tensor, "*batch dof"], mass: float, light_speed: float
) -> Float[Tensor, "*batch 1"]:
    """Return ``gamma = sqrt(1 + p^2 / (m c)^2)`` of the momentum ``p = gamma m v``, in kg m/s."""
    return (1 + p.square().sum(-1, keepdim=True) / (mass * light_speed) ** 2).sqrt()


def kinetic_energy(
    p: Float[Tensor, "*batch dof"], mass: float, light_speed: float
) -> Float[Tensor, "*batch"]:
    """Return ``m c^2 (gamma - 1)`` as ``p^2 / (m (gamma + 1))``, exact for slow particles too."""
    gamma = lorentz_factor(p, mass, light_speed).squeeze(-1)
    return p.square().sum(-1) / (mass * (gamma + 1))


def velocity_of(
    p: Float[Tensor, "*batch dof"], mass: float, light_speed: float
) -> Float[Tensor, "*batch dof"]:
    """Return ``v = p / (gamma m)``."""
    return p / (mass * lorentz_factor(p, mass, light_speed))


def momentum_of(
    v: Float[Tensor, "*batch dof"], mass: float, light_speed: float
) -> Float[Tensor, "*batch dof"]:
    """Return ``p = gamma m v``; not a number beyond the speed of light."""
    return mass * v / slowness(v, light_speed)


def free_lagrangian(
    v: Float[Tensor, "*batch dof"], mass: float, light_speed: float
) -> Float[Tensor, "*batch"]:
    """Return ``m c^2 (1 - sqrt(1 - v^2/c^2))``, zero at rest, without cancellation."""
    return mass * v.square().sum(-1) / (1 + slowness(v, light_speed).squeeze(-1))


def slowness(v: Float[Tensor, "*batch dof"], light_speed: float) -> Float[Tensor, "*batch 1"]:
    """Return ``1 / gamma = sqrt(1 - v^2/c^2)``."""
    return (1 - v.square().sum(-1, keepdim=True) / light_speed**2).sqrt()


class ConstantForce(System):
    r"""One position under a constant force F, with any law of motion along it.

    .. math:: L = L_0(v) + F q, \qquad H = T(p) - F q

    The momentum grows evenly whatever the law, ``p = p_0 + F t``, and the conserved energy tells
    the position. Subclasses have the parameters ``position``, the largest initial position in m,
    and ``speed``, the largest initial speed as a fraction of ``limit``, in m/s.
    """

    position: float
    speed: float

    @property
    @abstractmethod
    def push(self) -> float:
        """The force F, in N."""

    @property
    @abstractmethod
    def limit(self) -> float:
        """The speed that nothing reaches, c, in m/s."""

    @property
    @abstractmethod
    def inertia(self) -> float:
        """The mass m at rest, in kg."""

    @abstractmethod
    def kinetic(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return T(p), zero at rest."""

    @abstractmethod
    def free(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch"]:
        """Return ``L0(v)``, zero at rest."""

    @abstractmethod
    def velocity(self, p: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``v = dT/dp``."""

    @abstractmethod
    def momentum(self, v: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return ``p = dL0/dv``."""

    @property
    def spec(self) -> StateSpec:
        """One position q, in m, and its momentum, in kg m/s."""
        return StateSpec(positions=("q",), angular=(False,))

    @property
    def time_scale(self) -> float:
        """The time ``m c / F`` in which rest becomes a speed near c; nothing is periodic."""
        return self.inertia * self.limit / self.push

    @property
    def energy_scale(self) -> float:
        """A third of the largest kinetic energy, with the work of F along the largest position.

        Speeds are drawn evenly, and kinetic energies grow steeply near that of light: few starts
        come near the largest one.
        """
        largest = float(self.kinetic(self._largest_momentum()))
        return largest / 3 + self.push * self.position

    def to_velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, dT/dp)``."""
        q, p = split_state(x)
        return torch.cat((q, self.velocity(p)), dim=-1)

    def to_canonical(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return ``(q, dL0/dv)``."""
        q, v = split_state(x)
        return torch.cat((q, self.momentum(v)), dim=-1)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``T(p) - F q``."""
        q, p = split_state(x)
        return self.kinetic(p) - self.push * q.squeeze(-1)

    def lagrangian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``L0(v) + F q``."""
        q, v = split_state(x)
        return self.free(v) + self.push * q.squeeze(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return ``(dT/dp, F)``."""
        q, p = split_state(x)
        flows = self.split()
        return torch.cat((flows.velocity(p), flows.force(q)), dim=-1)

    def split(self) -> Split:
        """Return ``dq/dt = dT/dp`` and ``dp/dt = F``."""
        return Split(velocity=self.velocity, force=lambda q: torch.full_like(q, self.push))

    def exact_flow(
        self, x0: Float[Tensor, "*batch state"], t: Float[Tensor, " time"]
    ) -> Float[Tensor, "time *batch state"]:
        """Return ``p = p0 + F t`` and the position that keeps the energy."""
        q, p = split_state(x0)
        later = p + self.push * t.reshape(-1, *[1] * x0.ndim)
        gained = (self.kinetic(later) - self.kinetic(p)).unsqueeze(-1)
        return torch.cat((q + gained / self.push, later), dim=-1)

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw positions, and velocities of both signs, uniformly in their ranges."""
        q = uniform((-self.position, self.position), (count, 1), generator)
        v = uniform((-self.speed, self.speed), (count, 1), generator) * self.limit
        return self.to_canonical(torch.cat((q, v), dim=-1))

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies up to a fifth above the largest one, at positions of the same range."""
        fastest = self._largest_momentum()
        highest = float(self.kinetic(fastest)) + self.push * self.position
        energy = uniform((highest, FARTHER * highest), (count, 1), generator)
        q = uniform((-self.position, self.position), (count, 1), generator)
        p = self._momentum_at(energy + self.push * q)
        return torch.cat((q, p * random_signs((count, 1), generator)), dim=-1)

    @abstractmethod
    def _momentum_at(self, kinetic: Float[Tensor, "*batch 1"]) -> Float[Tensor, "*batch 1"]:
        """Return the positive p with ``T(p)`` of these values, the inverse of :meth:`kinetic`."""

    def _largest_momentum(self) -> Tensor:
        return self.momentum(torch.tensor([self.speed * self.limit], dtype=torch.float64))
