"""Motions ``dx/dt = J(x) grad H`` whose states are no pairs, for any energy and structure J."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from .hamiltonian import Energy, energy_gradient
from .symplectic import jacobian

Structure = Callable[[Tensor], Tensor]
"""The skew matrix of the brackets ``{x_i, x_j}``, ``[*batch, state] -> [*batch, state, state]``."""


def poisson_field(
    energy: Energy, structure: Structure, x: Float[Tensor, "*batch state"], t: Tensor | None = None
) -> Float[Tensor, "*batch state"]:
    r"""Return :math:`\dot x = J(x) \nabla H`.

    As J is skew, H is conserved; so is every Casimir function C, with :math:`J \nabla C = 0`,
    whatever the energy.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VII.2.3,
        eq. (2.15).
    """
    return (structure(x) @ energy_gradient(energy, x, t).unsqueeze(-1)).squeeze(-1)


def jacobi_defect(
    structure: Structure, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch"]:
    r"""Return how far the brackets are from the identity of Jacobi, over the size of its terms.

    .. math:: \sum_l \partial_l J_{ij} J_{lk} + \partial_l J_{jk} J_{li} + \partial_l J_{ki} J_{lj}

    Zero for every constant J. Without the identity there are no coordinates, anywhere, in which the
    motion is Hamilton's.

    Source:
        Hairer, Lubich, Wanner, section VII.2.2, lemma 2.3, eq. (2.10).
    """
    size = x.shape[-1]
    slopes = jacobian(lambda y: structure(y).flatten(-2), x).unflatten(-2, (size, size))
    term = torch.einsum("...ijl,...lk->...ijk", slopes, structure(x))
    cyclic = term + torch.einsum("...jki->...ijk", term) + torch.einsum("...kij->...ijk", term)
    scale = term.abs().flatten(-3).amax(-1)
    return cyclic.abs().flatten(-3).amax(-1) / torch.where(scale > 0, scale, 1.0)


def poisson_map_defect(
    structure: Structure,
    start: Float[Tensor, "*batch state"],
    end: Float[Tensor, "*batch state"],
    flow_jacobian: Float[Tensor, "*batch state state"],
) -> Float[Tensor, "*batch"]:
    r"""Return :math:`\|D J(x) D^T - J(\phi(x))\| / \|J(\phi(x))\|` of a map with Jacobian D.

    Zero exactly for Poisson maps, such as the flow of every energy: what
    :func:`..symplectic.symplecticity_defect` is for pairs (q, p).

    Source:
        Hairer, Lubich, Wanner, section VII.4.2, definition 4.6.
    """
    after = structure(end)
    defect = flow_jacobian @ structure(start) @ flow_jacobian.mT - after
    return torch.linalg.matrix_norm(defect) / torch.linalg.matrix_norm(after)


def modular_field(
    structure: Structure, x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch state"]:
    r"""Return :math:`w_j = \sum_i \partial_i J_{ij}`, whose product with grad H is the divergence.

    The flow of every energy keeps the volume of the components of x where w vanishes, as it does
    for every constant J and for the rotations so(3)*; not for every structure.

    Source:
        A. Weinstein, *The modular automorphism group of a Poisson manifold*, J. Geom. Phys. 23,
        379 (1997), section 2.
    """
    size = x.shape[-1]
    slopes = jacobian(lambda y: structure(y).flatten(-2), x).unflatten(-2, (size, size))
    return torch.einsum("...iji->...j", slopes)
