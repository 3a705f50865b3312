"""A free rigid body, by its angular momentum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec
from .constants import like
from .poisson import PoissonSystem
from .sampling import check_positive, check_range, random_directions, uniform
from .sketch import Sketch

HIGHER = 1.25
"""How much above the largest energy of training the starts of higher energies may lie."""


@dataclass(frozen=True)
class RigidBody(PoissonSystem):
    r"""A body that turns freely about its centre of mass, seen from axes fixed in it.

    .. math:: H(l) = \tfrac12 \left(\frac{l_1^2}{I_1} + \frac{l_2^2}{I_2}
        + \frac{l_3^2}{I_3}\right), \qquad \dot l = l \times I^{-1} l, \qquad J(l)\, v = l \times v

    The state is the angular momentum l alone: three numbers, and so no pairs (q, p). Its length is
    a Casimir function, conserved whatever the energy; l moves on a sphere, along the curves where
    ellipsoids of energy cut it, about the axes of the smallest and of the largest moment. Turning
    about the middle axis is unstable (try it with a book). The moments of a real body satisfy
    :math:`I_3 \le I_1 + I_2`, equality for a flat one; the equations do not ask for it.

    Source:
        V. I. Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 29 (Euler's
        equations); Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed.,
        section VII.5, eq. (5.10) (the Lie-Poisson bracket).

    Raises:
        ValueError: if a moment or an energy is not positive.
    """

    domain: ClassVar[str] = "mechanical engineering"

    inertia_1: float = 1.0
    """Moment of inertia about the first principal axis, in kg m^2."""
    inertia_2: float = 2.0
    """Moment of inertia about the second one, in kg m^2."""
    inertia_3: float = 3.0
    """Moment of inertia about the third one, in kg m^2."""
    energy: Sequence[float] = (0.2, 1.0)
    """Range of the energies of training motions, in J."""

    def __post_init__(self) -> None:
        check_positive(self, inertia_1="kg m^2", inertia_2="kg m^2", inertia_3="kg m^2")
        check_range(self, energy="J")

    @property
    def spec(self) -> StateSpec:
        """The angular momentum along the principal axes, in kg m^2/s."""
        return StateSpec(("l1", "l2", "l3"), (False,) * 3, coordinates="poisson")

    @property
    def inertia(self) -> tuple[float, float, float]:
        """The three moments, in kg m^2."""
        return self.inertia_1, self.inertia_2, self.inertia_3

    @property
    def time_scale(self) -> float:
        """A turn about the axis of the middle moment, at the largest energy of training."""
        return 2 * math.pi * math.sqrt(sorted(self.inertia)[1] / (2 * self.energy_scale))

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions."""
        return float(self.energy[1])

    def velocity(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the angular velocity ``I^-1 l``, in rad/s: the gradient of the energy."""
        return x / like(self.inertia, x)

    def hamiltonian(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch"]:
        """Return ``l . I^-1 l / 2``."""
        return (x * self.velocity(x)).sum(-1) / 2

    def structure(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state state"]:
        """Return the matrix of ``v -> l x v``."""
        return torch.linalg.cross(x.unsqueeze(-2), _axes(x)).mT

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return Euler's equations, ``l x I^-1 l``."""
        return torch.linalg.cross(x, self.velocity(x))

    def casimirs(self, x: Float[Tensor, "*batch state"]) -> Mapping[str, Float[Tensor, "*batch"]]:
        """Return the square of the angular momentum."""
        return {"angular_momentum_squared": x.square().sum(-1)}

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the angular momentum as an arrow among the three axes of the body."""
        reach = math.sqrt(2 * self.energy_scale * max(self.inertia))
        arrow = x.unsqueeze(-2)
        points = torch.cat((0 * arrow, reach * _axes(x), arrow), dim=-2) @ _view(x)
        return Sketch(
            points,
            links=((0, 1), (0, 2), (0, 3), (0, 4)),
            fixed=(0, 1, 2, 3),
            axes=("l, seen from between the axes (kg m^2/s)", "upwards (kg m^2/s)"),
        )

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw directions of l evenly over the sphere, and energies evenly over their range."""
        return self._sample(self.energy, count, generator)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Draw energies from a quarter above the range."""
        top = self.energy_scale
        return self._sample((top, HIGHER * top), count, generator)

    def _sample(self, bounds: Sequence[float], count: int, generator: torch.Generator) -> Tensor:
        directions = random_directions(count, 3, generator)
        energy = uniform(bounds, (count,), generator)
        return (energy / self.hamiltonian(directions)).sqrt().unsqueeze(-1) * directions


def _axes(x: Tensor) -> Tensor:
    """Return the unit vectors of the three axes for each state, in rows."""
    return torch.eye(3, dtype=x.dtype, device=x.device).expand(*x.shape, 3)


def _view(x: Tensor) -> Tensor:
    """Return what the three axes are in the plane of a picture, ``[3, 2]``."""
    return x.new_tensor([[-0.71, -0.41], [0.71, -0.41], [0.0, 0.82]])
