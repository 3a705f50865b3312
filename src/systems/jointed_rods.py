"""What arms of rods and joints in a vertical plane have in common."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from itertools import accumulate

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ..mechanics.state import StateSpec, split_state
from .constants import like
from .planar_links import PlanarLinks, check_release
from .ports import PortSystem
from .sampling import check_not_negative, random_signs, uniform
from .sketch import Sketch, chain, hanging

SLIP = 0.05
"""Angular velocity, in rad/s, at which dry friction has most of its torque."""


@dataclass(frozen=True)
class JointedRods(PortSystem, PlanarLinks):
    r"""Uniform rods, each hinged to the one above; angles of the joints, 0 where all hang straight.

    The rod i stands at the angle :math:`\theta_i = q_1 + \dots + q_i` to the vertical. In these

    .. math:: T = \tfrac12 \sum_{ij} A_{ij} \cos(\theta_i - \theta_j)\, \dot\theta_i \dot\theta_j,
        \quad A_{ii} = l_i^2 \Bigl(\frac{m_i}{3} + \mu_i\Bigr), \quad
        A_{ij} = l_i l_j \Bigl(\frac{m_j}{2} + \mu_j\Bigr)\ (i < j), \quad
        V = \sum_i g l_i \Bigl(\frac{m_i}{2} + \mu_i\Bigr)(1 - \cos\theta_i)

    with the masses :math:`\mu_i = \sum_{k>i} m_k` below each rod. The torques of friction in the
    joints are :math:`-b\,\dot q - \tau_c \tanh(\dot q / 0.05)`: viscous, and dry but smooth.

    Source:
        The sum of the kinetic energies of the rods, each that of its centre and about its centre;
        B. Siciliano, L. Sciavicco, L. Villani, G. Oriolo, *Robotics*, section 7.3.2 for two.

    Raises:
        ValueError: if gravity or the angle is not positive, the angles of the test set with higher
            energies (a quarter larger) would pass pi, or a friction is negative.
    """

    gravity: float = 9.81
    """Acceleration g, in m/s^2."""
    damping: float = 0.0
    """Viscous friction b of each joint, in N m s."""
    dry_friction: float = 0.0
    """Torque tau_c of the dry friction of each joint, in N m."""
    angle: float = 1.57
    """Largest angle to the vertical from which training motions are released at rest, in rad."""

    def __post_init__(self) -> None:
        check_release(self)
        check_not_negative(self, damping="N m s", dry_friction="N m")

    @property
    @abstractmethod
    def rod_masses(self) -> tuple[float, ...]:
        """The mass of each rod, in kg, from the base on."""

    @property
    @abstractmethod
    def rods(self) -> tuple[float, ...]:
        """The length of each rod, in m, from the base on."""

    @property
    def spec(self) -> StateSpec:
        """The angles of the joints, in rad, their momenta, in kg m^2/s, and a torque for each."""
        count = len(self.rods)
        names = tuple(f"q{i + 1}" for i in range(count))
        torques = tuple(f"torque{i + 1}" for i in range(count))
        return StateSpec(names, angular=(True,) * count, inputs=torques)

    @property
    def loads(self) -> tuple[float, ...]:
        """The masses that each rod carries at its end and half of its own, in kg."""
        below = tuple(accumulate(reversed(self.rod_masses)))[::-1]
        return tuple(all_ - own / 2 for all_, own in zip(below, self.rod_masses, strict=True))

    @property
    def weights(self) -> tuple[float, ...]:
        """The largest torque of gravity on each rod, in J."""
        pairs = zip(self.loads, self.rods, strict=True)
        return tuple(load * self.gravity * rod for load, rod in pairs)

    @property
    def time_scale(self) -> float:
        """The period of the fastest small oscillation: motors excite all of them."""
        return 2 * math.pi / self.frequencies[-1]

    @property
    def training_horizon(self) -> float:
        """Two periods of the slowest small oscillation."""
        return 4 * math.pi / self.frequencies[0]

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions: all rods released from the largest angle."""
        return sum(self.weights) * (1 - math.cos(self.angle))

    @property
    def frictionless(self) -> bool:
        """Whether the joints are."""
        return self.damping == self.dry_friction == 0

    @property
    def input_scale(self) -> tuple[float, ...]:
        """The torque that would hold each rod level if it were alone, in N m."""
        pairs = zip(self.rod_masses, self.rods, strict=True)
        return tuple(mass * self.gravity * rod / 2 for mass, rod in pairs)

    def inertias(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "dof dof"]:
        """Return A: what two rods move is what the lower one carries, and half of itself."""
        loads, rods, own = (like(it, q) for it in (self.loads, self.rods, self.rod_masses))
        # Loads fall from the base on, so that the lower one of two rods has the smaller one.
        shared = torch.minimum(loads.unsqueeze(-1), loads) - torch.diag(own / 6)
        return shared * torch.outer(rods, rods)

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M of the joints: sums over all rods that a joint moves."""
        mass = super().mass_matrix(q.cumsum(-1))
        mass = _from_the_tip(_from_the_tip(mass).mT)
        return (mass + mass.mT) / 2  # sums in another order differ in their last digits

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero where all rods hang."""
        return super().potential(q.cumsum(-1))

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        """Return the field of the angles to the vertical, as seen by the joints."""
        q, p = split_state(x)
        after = pad(p[..., 1:], (0, 1))
        turning, forces = split_state(self.link_field(torch.cat((q.cumsum(-1), p - after), dim=-1)))
        before = pad(turning[..., :-1], (1, 0))
        return torch.cat((turning - before, _from_the_tip(forces)), dim=-1)

    def link_field(self, x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch state"]:
        """Return the field in angles to the vertical and the momenta that belong to them."""
        return super().vector_field(x)

    def friction(
        self, q: Float[Tensor, "*batch dof"], v: Float[Tensor, "*batch dof"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torques of viscous and of dry friction in the joints."""
        return -self.damping * v - self.dry_friction * (v / SLIP).tanh()

    def actuation(
        self, q: Float[Tensor, "*batch dof"], u: Float[Tensor, "*batch inputs"]
    ) -> Float[Tensor, "*batch dof"]:
        """Return the torques, one for each joint."""
        return u

    def sketch(self, x: Float[Tensor, "*batch state"]) -> Sketch:
        """Return the joints and the tip."""
        q, _ = split_state(x)
        return chain(hanging(q.cumsum(-1), like(self.rods, q)))

    def sample_initial(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, at angles to the vertical drawn up to the largest one."""
        angles = uniform((-self.angle, self.angle), (count, len(self.rods)), generator)
        return _at_rest(angles)

    def sample_higher_energy(
        self, count: int, generator: torch.Generator
    ) -> Float[Tensor, "count state"]:
        """Release all rods at rest, each from up to a quarter beyond the largest angle."""
        shape = (count, len(self.rods))
        angles = uniform((self.angle, 1.25 * self.angle), shape, generator)
        return _at_rest(angles * random_signs(shape, generator))


def _from_the_tip(values: Tensor) -> Tensor:
    """Return the sums from each joint to the tip, along the last axis."""
    return values.flip(-1).cumsum(-1).flip(-1)


def _at_rest(angles: Tensor) -> Tensor:
    """Return states at rest whose rods stand at these angles to the vertical."""
    bends = torch.diff(angles, dim=-1, prepend=torch.zeros_like(angles[:, :1]))
    return torch.cat((bends, torch.zeros_like(angles)), dim=-1)
