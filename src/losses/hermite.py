"""Matching the accelerations that positions and velocities tell by themselves."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.state import split_state
from ..models.base import Dynamics


def accelerations(
    t: Float[Tensor, "batch window"], x: Float[Tensor, "batch window state"]
) -> Float[Tensor, "batch window dof"]:
    r"""Return the second derivative, at each sample, of the polynomial through ``x = (q, v)``.

    It meets n positions and their rates, so its degree is 2n - 1. With Lagrange's polynomials
    :math:`L_j` of the times and :math:`s_j = L_j'(t_j) = \sum_{k \ne j} 1/(t_j - t_k)`,

    .. math:: a_i = 4 s_i v_i + \sum_{j \ne i} 2 L_j'(t_i)^2
        \left[ (1 - 2 (t_i - t_j) s_j) (q_j - q_i) + (t_i - t_j) v_j \right].

    Source:
        F. B. Hildebrand, *Introduction to Numerical Analysis*, 2nd ed., section 8.2, eqs. (8.2.6)
        and (8.2.7), differentiated twice.
    """
    q, v = split_state(x)
    same = torch.eye(t.shape[1], dtype=t.dtype, device=t.device)
    apart = t.unsqueeze(-1) - t.unsqueeze(-2)
    sums = (1 / (apart + same) - same).sum(-1)
    nodes = 1 / (apart + same).prod(-1)
    # L_j'(t_i) of i != j, by the barycentric weights of the times.
    slopes = (1 - same) * nodes.unsqueeze(-2) / nodes.unsqueeze(-1) / (apart + same)
    by_rate = 2 * slopes.square() * apart + 4 * torch.diag_embed(sums)
    by_place = 2 * slopes.square() * (1 - 2 * apart * sums.unsqueeze(-2))
    # Of a constant there is nothing left: what a sample itself contributes.
    by_place = by_place - torch.diag_embed(by_place.sum(-1))
    return by_rate @ v + by_place @ q


def doubts(
    t: Float[Tensor, "batch window"],
    x: Float[Tensor, "batch window state"],
    whole: Float[Tensor, "batch window dof"],
) -> Float[Tensor, "batch window dof"]:
    """Return how far the polynomials without the first or the last sample differ from the whole.

    Each sample is left in one of them at least. Like the embedded formula of an integrator this
    tells the size of an error of lower order: it is too large, and large in the right places.
    """
    early, late = accelerations(t[:, :-1], x[:, :-1]), accelerations(t[:, 1:], x[:, 1:])
    return torch.cat((early, late[:, -1:]), dim=1) - whole


@dataclass(frozen=True)
class HermiteLoss:
    r"""Compare accelerations with those of the polynomial through a window of (q, v).

    Needed are states only, and one call of the field at all samples, where a rollout needs several
    calls one after the other. The polynomial of 5 samples has the degree 9: its error is far below
    that of a step of order 4, but where motions turn within a sample or two it is as wrong as
    anything. There it doubts itself, and a sample with the doubt d, in units of the scales, counts
    :math:`1 / (1 + (d / \mathtt{doubt})^2)` times. The data must be free of noise. In single
    precision the rounding of the states shows; use trainer.precision=64-true.

    Where some accelerations are far larger than most, as where bodies collide, the scales are
    theirs: the others hardly count, and the doubts of the large ones exceed every limit. With
    ``relative``, errors and doubts are divided by :math:`(1 + (|a| / \mathtt{relative})^2)^{1/2}`,
    :math:`|a|` being the root mean square of the sample's accelerations in units of the scales.

    Raises:
        ValueError: if there are not three samples, or the doubt or the size is not positive.
    """

    samples: int = 5
    """How many the polynomial passes through."""
    doubt: float = 1e-3
    """The estimated error, in units of the scales, at which a sample counts one half."""
    relative: float | None = None
    """The size of accelerations, in units of the scales, from which on errors count relative to
    them; None: all count as they are."""

    def __post_init__(self) -> None:
        if self.samples < 3:
            raise ValueError(f"loss.samples must be at least 3; got {self.samples}.")
        if not self.doubt > 0:
            raise ValueError(f"loss.doubt must be positive; got {self.doubt}.")
        if self.relative is not None and not self.relative > 0:
            raise ValueError(f"loss.relative must be positive, or null; got {self.relative}.")

    @property
    def window(self) -> int:
        """Consecutive samples that it needs."""
        return self.samples

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse models of other states than (q, v); no integrator is used.

        Raises:
            ValueError: if the velocities are no part of the state, with what fits instead.
        """
        if not model.spec.paired or model.coordinates != "velocity":
            raise ValueError(
                f"loss=hermite needs states (q, v), whose second half is the rate of the first; "
                f"model={model.kind} takes {model.coordinates} ones. Use model=clnn or "
                f"model=delan, or loss=rollout, which needs states of any kind."
            )
        model.field()

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean of ``((a_model - a) / a_scale)^2``, weighted."""
        _, scale = split_state(model.dx_scale)
        target = accelerations(t, x)
        doubt = (doubts(t, x, target) / scale).square().mean(-1)
        _, found = split_state(model(t, x, u))
        error = ((found - target) / scale).square().mean(-1)
        if self.relative is not None:
            size = 1 + (target / scale).square().mean(-1) / self.relative**2
            doubt, error = doubt / size, error / size
        weight = 1 / (1 + doubt / self.doubt**2)
        return (weight * error).mean() + model.penalty(x[:, 0])
