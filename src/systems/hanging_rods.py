"""What pendulums hanging one from the other have in common, however many there are."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from itertools import accumulate

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .planar_links import PlanarLinks, check_release
from .sampling import random_signs, uniform
from .sketch import Sketch, chain, hanging


@dataclass(frozen=True)
class HangingRods(PlanarLinks):
    r"""Point masses on massless rods, each hanging from the one above; angles to the vertical.

    .. math:: M_{ij} = \mu_{\max(i,j)}\, l_i l_j \cos(\theta_i - \theta_j), \qquad
        V = \sum_i \mu_i g l_i (1 - \cos\theta_i), \qquad \mu_i = \sum_{k \ge i} m_k

    Beyond small angles most motions are chaotic.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 5, problem 1, for two; the sum
        over k of the kinetic energies of the positions :math:`\sum_{i \le k} l_i (\sin\theta_i,
        -\cos\theta_i)` for more.

    Raises:
        ValueError: if gravity or the angle is not positive, or the angles of the test set with
            higher energies (a quarter larger) would pass pi.
    """

    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    angle: float = 1.57
    """Largest angle from which training motions are released at rest, in rad."""

    def __post_init__(self) -> None:
        check_release(self)

    @property
    @abstractmethod
    def bobs(self) -> tuple[float, ...]:
        """The mass of each bob, in kg, from the pivot on."""

    @property
    @abstractmethod
    def rods(self) -> tuple[float, ...]:
        """The length of each rod, in m, from the pivot on."""

    @property
    def spec(self) -> StateSpec:
        """The angles, in rad, and their momenta, in kg m^2/s."""
        names = tuple(f"theta{i + 1}" for i in range(len(self.rods)))
        return StateSpec(positions=names, angular=(True,) * len(names))

    @property
    def loads(self) -> tuple[float, ...]:
        """The masses mu that each rod carries, in kg: of its own bob and of all below."""
        return tuple(accumulate(reversed(self.bobs)))[::-1]

    @property
    def weights(self) -> tuple[float, ...]:
        """The largest torques ``mu g l``, in J."""
        return tuple(
            load * self.gravity * rod for load, rod in zip(self.loads, self.rods, strict=True)
        )

    def inertias(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "dof dof"]:
        """Return ``mu l l`` of all pairs: what both carry is what the lower one carries."""
        loads, rods = like(self.loads, q), like(self.rods, q)
        # Loads fall from the pivot on, so that the lower one of two rods has the smaller one.
        return torch.minimum(loads.unsqueeze(-1), loads) * torch.outer(rods, rods)

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions: all rods released from the largest angle."""
        return sum(self.weights) * (1 - math.cos(self.angle))

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the bobs and the pivot."""
        q, _ = split_state(x)
        return chain(hanging(q, like(self.rods, q)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, from angles drawn uniformly up to the largest one."""
        angles = uniform((-self.angle, self.angle), (count, len(self.rods)), generator)
        return torch.cat((angles, torch.zeros_like(angles)), dim=-1)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, each from up to a quarter beyond the largest angle."""
        shape = (count, len(self.rods))
        angles = uniform((self.angle, 1.25 * self.angle), shape, generator)
        angles = angles * random_signs(shape, generator)
        return torch.cat((angles, torch.zeros_like(angles)), dim=-1)
