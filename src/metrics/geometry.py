"""What a flow does to phase space, judged in canonical coordinates."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from ..mechanics.state import split_state
from ..mechanics.symplectic import jacobian, symplecticity_defect

Chart = Callable[[Tensor], Tensor]
"""A map of states into canonical coordinates, ``[*batch, state] -> [*batch, state]``."""


def defect_in_chart(
    flow_jacobian: Float[Tensor, "*batch state state"],
    start: Float[Tensor, "*batch state"],
    end: Float[Tensor, "*batch state"],
    chart: Chart,
) -> Float[Tensor, "*batch"]:
    r"""Return the symplecticity defect of a flow that was differentiated in other coordinates.

    With the chart :math:`C`, the flow is :math:`C \circ \phi \circ C^{-1}` and its Jacobian
    :math:`C'(\phi(x))\, \phi'(x)\, C'(x)^{-1}`: no state needs to be mapped back. Not finite where
    the chart is singular.
    """
    inverse = _inverse(jacobian(chart, start))
    return symplecticity_defect(jacobian(chart, end) @ flow_jacobian @ inverse)


def divergence_in_chart(
    field: Callable[[Tensor], Tensor], x: Float[Tensor, "*batch state"], chart: Chart
) -> Float[Tensor, "*batch"]:
    r"""Return the divergence that a field has in canonical coordinates, in 1/s.

    With the chart :math:`C` the field is :math:`g(C(x)) = C'(x) f(x)`; its divergence is the trace
    of :math:`\partial (C' f) / \partial x \; C'(x)^{-1}`. Not finite where the chart is singular.
    """

    def rate(y: Tensor) -> Tensor:
        return torch.func.jvp(chart, (y,), (field(y),))[1]

    jacobians = jacobian(rate, x) @ _inverse(jacobian(chart, x))
    return jacobians.diagonal(dim1=-2, dim2=-1).sum(-1)


def _inverse(matrices: Tensor) -> Tensor:
    inverse, info = torch.linalg.inv_ex(matrices)
    return torch.where((info == 0)[..., None, None], inverse, torch.nan)


def loop_area(loop: Float[Tensor, "*batch points state"]) -> Float[Tensor, "*batch"]:
    r"""Return :math:`\oint p \cdot dq` along smooth closed curves of canonical states.

    The sum over the planes :math:`(q_i, p_i)` of the projected areas, positive when the loop runs
    from q towards -p. Hamiltonian flows conserve it for every loop; for one degree of freedom it is
    the area inside. Points must lie evenly in a parameter of the curve: then the derivative of
    their Fourier series and the sum are exact up to the highest frequency, where the polygon
    through the points loses area as soon as a flow folds the curve.

    Source:
        Arnold, *Mathematical Methods of Classical Mechanics*, 2nd ed., section 44 (Poincare's
        relative integral invariant); Trefethen, *Spectral Methods in MATLAB*, chapter 3.
    """
    q, p = split_state(loop)
    count = q.shape[-2]
    frequency = torch.fft.rfftfreq(count, 1 / count, dtype=q.dtype, device=q.device)
    if count % 2 == 0:
        frequency[-1] = 0.0  # the derivative of this one vanishes at the points
    modes = 2j * math.pi / count * frequency.unsqueeze(-1) * torch.fft.rfft(q, dim=-2)
    return (p * torch.fft.irfft(modes, n=count, dim=-2)).sum(dim=(-2, -1))
