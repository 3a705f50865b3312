"""Matching what states and energy change by over a while, without rollouts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from ..integrators.base import Integrator
from ..mechanics.hamiltonian import energy_gradient
from ..models.base import Dynamics
from ..models.energy_net import typical_energy


@dataclass(frozen=True)
class BalanceLoss:
    r"""Let states and the learned energy change along the data as the learned field says.

    .. math:: x(t_k) - \int_0^{t_k} f(x)\, dt = \mathrm{const}, \qquad
        H(x(t_k)) - \int_0^{t_k} \nabla H(x) \cdot f(x)\, dt = \mathrm{const}

    Weak friction drowns in the noise of each sample and of each rate, but what it takes adds up:
    over many samples the balance of the energy sees it. No rates are estimated, and the model is
    asked at the observed states only, at all of them at once. The integrals are those of the
    trapezium rule, so samples must be dense: n of them in a period see 3.3 / n^2 of it too little.

    Source:
        I. Dattner, C. A. J. Klaassen, *Electronic Journal of Statistics* 9 (2015) 1939, for the
        states; A. van der Schaft, D. Jeltsema, *Port-Hamiltonian Systems Theory: An Introductory
        Overview*, 2014, chapter 2, for the balance of the energy.

    Raises:
        ValueError: if there is no sample ahead, or the weight is negative.
    """

    steps: int = 40
    """Over how many samples ahead it is balanced."""
    weight: float = 1.0
    """Of the energy, beside the states, each in units of its scale."""

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"loss.steps must be at least 1 sample ahead; got {self.steps}.")
        if not 0 <= self.weight < math.inf:
            raise ValueError(f"loss.weight must be 0 or more; got {self.weight}.")

    @property
    def window(self) -> int:
        """Consecutive samples that it needs: the start, and those ahead."""
        return self.steps + 1

    def check(self, model: Dynamics, integrator: Integrator) -> None:
        """Refuse maps, and models without an energy; no integrator is used.

        Raises:
            ValueError: if the model has no field, or no energy of its own, with the reason.
        """
        model.field()
        try:
            model.determined_energy()
        except ValueError as error:
            raise ValueError(
                f"loss=balance needs a model of H(q, p): {error} Or use a loss for any model: "
                f"loss=derivative, loss=one_step or loss=rollout."
            ) from error

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean squares of what is owed, in units of the scales of states and energy."""
        field, energy = model(t[0, 0], x, u), model.determined_energy()
        power = (energy_gradient(energy, x) * field).sum(-1, keepdim=True)
        states = owed(t, x, field) / model.x_scale
        work = owed(t, energy(x).unsqueeze(-1), power)
        work = work / typical_energy(model.x_scale, model.dx_scale)
        return states.square().mean() + self.weight * work.square().mean() + model.penalty(x)


def owed(
    t: Float[Tensor, "batch window"],
    seen: Float[Tensor, "batch window quantities"],
    rate: Float[Tensor, "batch window quantities"],
) -> Float[Tensor, "batch window quantities"]:
    """Return what was seen less the integral of its rate, less the mean of that over the window."""
    spacing = torch.diff(t, dim=-1).unsqueeze(-1).to(rate.dtype)
    grown = ((rate[:, 1:] + rate[:, :-1]) / 2 * spacing).cumsum(1)
    rest = seen - torch.nn.functional.pad(grown, (0, 0, 1, 0))
    return rest - rest.mean(1, keepdim=True)
