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
from .natural import NaturalSystem
from .sampling import check_positive, random_signs, uniform
from .sketch import Sketch, chain, hanging


@dataclass(frozen=True)
class HangingRods(NaturalSystem):
    r"""Point masses on massless rods, each hanging from the one above; angles to the vertical.

    .. math:: M_{ij} = \mu_{\max(i,j)}\, l_i l_j \cos(\theta_i - \theta_j), \qquad
        V = \sum_i \mu_i g l_i (1 - \cos\theta_i), \qquad \mu_i = \sum_{k \ge i} m_k

    The mass matrix depends on the angles: angular velocities are not momenta, and no splitting
    into kicks and drifts exists. Beyond small angles most motions are chaotic.

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
        check_positive(self, gravity="m/s^2", angle="rad")
        if 1.25 * self.angle > math.pi:
            raise ValueError(
                f"system.angle must be at most {math.pi / 1.25:.4f} rad, so that a quarter more "
                f"still lies below upright; got {self.angle} rad."
            )

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

    @property
    def frequencies(self) -> tuple[float, ...]:
        r"""The angular frequencies of small oscillations, in rad/s, the slow one first.

        :math:`1/\omega^2` are the eigenvalues of :math:`K^{-1/2} M K^{-1/2}` at rest, where the
        stiffness matrix K is that of the weights.
        """
        rest = torch.zeros(len(self.rods), dtype=torch.float64)
        root = like(self.weights, rest).rsqrt()
        squares = torch.linalg.eigvalsh(root[:, None] * self.mass_matrix(rest) * root)
        return tuple(squares.rsqrt().flip(0).tolist())

    @property
    def time_scale(self) -> float:
        """The period of the slowest small oscillation."""
        return 2 * math.pi / self.frequencies[0]

    @property
    def energy_scale(self) -> float:
        """The largest energy of training motions: all rods released from the largest angle."""
        return sum(self.weights) * (1 - math.cos(self.angle))

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M; its determinant never vanishes."""
        return self._inertia(q) * self._between(q).cos()

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero where all rods hang."""
        return 2 * (like(self.weights, q) * (q / 2).sin().square()).sum(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        r"""Return Hamilton's field in closed form.

        :math:`\dot\theta = v = M^{-1} p` and :math:`\dot p_i = -v_i \sum_j \mu_{\max(i,j)} l_i l_j
        \sin(\theta_i - \theta_j) v_j - \mu_i g l_i \sin\theta_i`, since dH/dq at fixed p is minus
        dL/dq at fixed v.
        """
        q, p = split_state(x)
        inertia, between = self._inertia(q), self._between(q)
        v = torch.linalg.solve(inertia * between.cos(), p.unsqueeze(-1))
        pull = v * (inertia * between.sin() @ v)
        return torch.cat((v.squeeze(-1), -pull.squeeze(-1) - like(self.weights, q) * q.sin()), -1)

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

    @staticmethod
    def _between(q: Tensor) -> Tensor:
        """Return the angles from each rod to each other one, ``[*batch, dof, dof]``."""
        return q.unsqueeze(-1) - q.unsqueeze(-2)

    def _inertia(self, q: Tensor) -> Tensor:
        """Return M for parallel rods, in kg m^2, of the type and device of q."""
        loads, rods = like(self.loads, q), like(self.rods, q)
        # Loads fall from the pivot on, so that the lower one of two rods has the smaller one.
        return torch.minimum(loads.unsqueeze(-1), loads) * torch.outer(rods, rods)
