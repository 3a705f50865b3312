"""The symplectic form, and how far a map or a field is from keeping it."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def symplectic_form(
    dof: int, dtype: torch.dtype = torch.float64, device: torch.device | None = None
) -> Float[Tensor, "state state"]:
    """Return ``Omega = [[0, I], [-I, 0]]``, so that ``dx/dt = Omega grad H``."""
    identity = torch.eye(dof, dtype=dtype, device=device)
    zero = torch.zeros_like(identity)
    return torch.cat(
        (torch.cat((zero, identity), dim=1), torch.cat((-identity, zero), dim=1)), dim=0
    )


def jacobian(
    function: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch out state"]:
    """Return ``d function / dx`` per sample; samples must not mix in ``function``.

    Direction by direction, in the memory of one.
    """
    directions = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    columns = [
        torch.func.jvp(function, (x,), (direction.expand_as(x),))[1] for direction in directions
    ]
    return torch.stack(columns, dim=-1)


def jacobian_at_once(
    function: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch out state"]:
    """Return the same along all directions in one call: faster, where they fit in memory.

    The function meets states ``[state, *batch, state]``.
    """
    size = x.shape[-1]
    directions = torch.eye(size, dtype=x.dtype, device=x.device)
    directions = directions.reshape(size, *[1] * (x.ndim - 1), size)
    points = x.repeat(size, *[1] * x.ndim)
    columns = torch.func.jvp(function, (points,), (directions + torch.zeros_like(points),))[1]
    return columns.movedim(0, -1)


def symplecticity_defect(
    flow_jacobian: Float[Tensor, "*batch state state"],
) -> Float[Tensor, "*batch"]:
    r"""Return ``||D^T Omega D - Omega|| / ||Omega||`` (Frobenius) of a map with Jacobian ``D``.

    Zero exactly for symplectic maps. The identity passes too: judge ``D`` itself beside it.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VI.2, def. 2.2.
    """
    size = math.sqrt(flow_jacobian.shape[-1])
    return torch.linalg.matrix_norm(form_change(flow_jacobian)) / size


def form_change(
    flow_jacobian: Float[Tensor, "*batch state state"],
) -> Float[Tensor, "*batch state state"]:
    """Return ``D^T Omega D - Omega``: what a map with Jacobian ``D`` makes of the form."""
    omega = _form_of(flow_jacobian)
    return flow_jacobian.mT @ omega @ flow_jacobian - omega


def form_rate(
    field_jacobian: Float[Tensor, "*batch state state"],
) -> Float[Tensor, "*batch state state"]:
    """Return ``A^T Omega + Omega A``: how fast a field with Jacobian ``A`` changes the form.

    The derivative of :func:`form_change` of its flow at time 0; zero where ``-Omega A`` is
    symmetric, hence the Hessian of an energy.

    Source:
        Hairer, Lubich, Wanner, *Geometric Numerical Integration*, 2nd ed., section VI.2.
    """
    turned = _form_of(field_jacobian) @ field_jacobian
    return turned - turned.mT


def _form_of(matrix: Float[Tensor, "*batch state state"]) -> Float[Tensor, "state state"]:
    return symplectic_form(matrix.shape[-1] // 2, matrix.dtype, matrix.device)


def divergence(
    field: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch state"]
) -> Float[Tensor, "*batch"]:
    """Return ``div f = trace df/dx``: the rate at which phase volume grows (Liouville).

    Zero for every Hamiltonian field in canonical coordinates.
    """
    return jacobian(field, x).diagonal(dim1=-2, dim2=-1).sum(-1)
