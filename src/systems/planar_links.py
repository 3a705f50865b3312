"""What links in a vertical plane have in common, however many there are and wherever their mass."""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from .constants import like
from .natural import NaturalSystem
from .sampling import check_positive, is_positive

MOST = 64
"""Rods in the longest pendulum or arm."""


class PlanarLinks(NaturalSystem):
    r"""Links in a vertical plane, each hanging from the one above; angles to the vertical.

    .. math:: M_{ij} = A_{ij} \cos(\theta_i - \theta_j), \qquad
        V = \sum_i w_i (1 - \cos\theta_i)

    with constant inertias A and weights w. The mass matrix depends on the angles: angular
    velocities are not momenta, and no splitting into kicks and drifts exists.

    Source:
        L. D. Landau, E. M. Lifshitz, *Mechanics*, 3rd ed., section 5, problem 1, for two; the
        product of two velocities of links at the angles i and j has the factor
        :math:`\cos(\theta_i - \theta_j)` for more.
    """

    @property
    @abstractmethod
    def weights(self) -> tuple[float, ...]:
        """The largest torques w of gravity, in J, from the pivot on."""

    @abstractmethod
    def inertias(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "dof dof"]:
        """Return A, the mass matrix of parallel links, in kg m^2, as a tensor like q."""

    @property
    def frequencies(self) -> tuple[float, ...]:
        r"""The angular frequencies of small oscillations, in rad/s, the slow one first.

        :math:`1/\omega^2` are the eigenvalues of :math:`K^{-1/2} A K^{-1/2}`, where the
        stiffness matrix K is that of the weights.
        """
        rest = torch.zeros(len(self.weights), dtype=torch.float64)
        root = like(self.weights, rest).rsqrt()
        squares = torch.linalg.eigvalsh(root[:, None] * self.inertias(rest) * root)
        return tuple(squares.rsqrt().flip(0).tolist())

    @property
    def time_scale(self) -> float:
        """The period of the slowest small oscillation."""
        return 2 * math.pi / self.frequencies[0]

    def mass_matrix(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
        """Return M; its determinant never vanishes."""
        return self.inertias(q) * between(q).cos()

    def potential(self, q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch"]:
        """Return V, zero where all links hang, written so that small angles lose no digits."""
        return 2 * (like(self.weights, q) * (q / 2).sin().square()).sum(-1)

    def vector_field(
        self, x: Float[Tensor, "*batch state"], t: Tensor | None = None
    ) -> Float[Tensor, "*batch state"]:
        r"""Return Hamilton's field in closed form.

        :math:`\dot\theta = v = M^{-1} p` and :math:`\dot p_i = -v_i \sum_j A_{ij}
        \sin(\theta_i - \theta_j) v_j - w_i \sin\theta_i`, since dH/dq at fixed p is minus dL/dq at
        fixed v.
        """
        q, p = split_state(x)
        inertia, angles = self.inertias(q), between(q)
        v = torch.linalg.solve(inertia * angles.cos(), p.unsqueeze(-1))
        pull = v * (inertia * angles.sin() @ v)
        return torch.cat((v.squeeze(-1), -pull.squeeze(-1) - like(self.weights, q) * q.sin()), -1)


def between(q: Float[Tensor, "*batch dof"]) -> Float[Tensor, "*batch dof dof"]:
    """Return the angles from each link to each other one."""
    return q.unsqueeze(-1) - q.unsqueeze(-2)


def check_release(system: NaturalSystem) -> None:
    """Refuse gravity and angles of release that make no sense.

    Raises:
        ValueError: naming the parameter, its value and its unit.
    """
    check_positive(system, gravity="m/s^2", angle="rad")
    angle = vars(system)["angle"]
    if 1.25 * angle > math.pi:
        raise ValueError(
            f"system.angle must be at most {math.pi / 1.25:.4f} rad, so that a quarter more "
            f"still lies below upright; got {angle} rad."
        )


def check_rods(system: object) -> None:
    """Refuse masses and lengths that are not as many positive values, and keep others as tuples.

    Raises:
        ValueError: naming the parameter, its values and their unit.
    """
    for name, unit in (("mass", "kg"), ("length", "m")):
        values = tuple(getattr(system, name))
        if not (1 <= len(values) <= MOST and all(map(is_positive, values))):
            raise ValueError(
                f"system.{name} must hold from 1 to {MOST} positive values, one for each rod; "
                f"got {list(values)} {unit}."
            )
        object.__setattr__(system, name, values)
    masses, lengths = (list(getattr(system, name)) for name in ("mass", "length"))
    if len(masses) != len(lengths):
        raise ValueError(
            f"system.mass and system.length must hold as many values, one for each rod; got "
            f"{len(masses)} masses {masses} kg and {len(lengths)} lengths {lengths} m."
        )


def two_link_field(
    x: Float[Tensor, "*batch 4"],
    inertias: tuple[float, float, float],
    weights: tuple[float, float],
) -> Float[Tensor, "*batch 4"]:
    """Return the field of two links without a linear solver: it took a fifth of a run.

    ``inertias`` are ``A11, A12, A22``, in kg m^2; ``weights`` the torques of gravity, in J.
    """
    first, second, p_1, p_2 = x.unbind(-1)
    (upper, middle, lower), (heavy, light) = inertias, weights
    sin, coupling = (first - second).sin(), middle * (first - second).cos()
    determinant = upper * lower - coupling.square()
    v_1 = (lower * p_1 - coupling * p_2) / determinant
    v_2 = (upper * p_2 - coupling * p_1) / determinant
    pull = middle * v_1 * v_2 * sin
    forces = (-pull - heavy * first.sin(), pull - light * second.sin())
    return torch.stack((v_1, v_2, *forces), dim=-1)
