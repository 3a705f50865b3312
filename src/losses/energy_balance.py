"""Matching derivatives, and what friction takes over a while."""

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
from .derivative import given_rates


@dataclass(frozen=True)
class EnergyBalanceLoss:
    r"""Match rates, and let the learned energy change along the data as the learned field says.

    .. math:: \frac{dH}{dt} = \nabla H \cdot f, \qquad
        H(x_k) - \int_0^{t_k} \nabla H(x) \cdot f(x)\, dt = \mathrm{const}

    Weak friction drowns in the noise of estimated rates, but what it takes adds up: over a window
    of samples the balance sees it, at the cost of one more gradient and no rollout. The integral is
    that of the trapezium rule over the observed states.

    Source:
        A. van der Schaft, D. Jeltsema, *Port-Hamiltonian Systems Theory: An Introductory Overview*,
        2014, chapter 2, for the balance.

    Raises:
        ValueError: if there is no sample ahead, or the weight is negative.
    """

    steps: int = 40
    """Over how many samples ahead the energy is balanced."""
    weight: float = 1.0
    """Of the balance, in units of the energy, beside the rates, in units of theirs."""

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
        """Refuse models without an energy or a field; no integrator is used.

        Raises:
            ValueError: if the model has none of its own, with the reason.
        """
        model.field()
        model.determined_energy()

    def __call__(
        self,
        model: Dynamics,
        integrator: Integrator,
        t: Float[Tensor, "batch window"],
        x: Float[Tensor, "batch window state"],
        dx: Float[Tensor, "batch window state"] | None,
        u: Float[Tensor, "batch window inputs"] | None = None,
    ) -> Float[Tensor, ""]:
        """Return the mean squared errors of rates and balance, each in units of its scale.

        Raises:
            ValueError: if there are no derivative targets.
        """
        rates = given_rates(dx, "energy_balance")
        field, energy = model(t[0, 0], x, u), model.determined_energy()
        power = (energy_gradient(energy, x) * field).sum(-1)
        spacing = torch.diff(t, dim=-1).to(power.dtype)
        work = ((power[:, 1:] + power[:, :-1]) / 2 * spacing).cumsum(-1)
        balance = energy(x) - torch.nn.functional.pad(work, (1, 0))
        balance = (balance - balance.mean(-1, keepdim=True)) / typical_energy(
            model.x_scale, model.dx_scale
        )
        error = ((field - rates) / model.dx_scale).square().mean()
        return error + self.weight * balance.square().mean() + model.penalty(x)
