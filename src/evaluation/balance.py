"""The true energy along motions, less what friction and inputs exchanged with them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from ..metrics.work import Rate, work
from ..systems.base import System
from .coordinates import Translation, where_finite
from .rollout import Rollout


def exchanges_energy(system: System, u: Tensor | None) -> bool:
    """Return whether friction or inputs change the energy of a motion."""
    return u is not None or "dissipation" in system.traits


def work_on_model(r: Rollout, translation: Translation) -> Float[Tensor, "trajectories time"]:
    """Return what the true friction and inputs exchange along the model's motions, in J.

    NaN from where a motion broke off. Between its samples a learned map of a time step is taken to
    move as the truth would: it has no rates of its own.
    """
    system = _system(translation)
    rate = translation.reference_rate if translation.has_rates else system.rate
    return _work(system, rate, r.t, r.model, r.u)


def work_on_truth(r: Rollout, translation: Translation) -> Float[Tensor, "trajectories time"]:
    """Return what friction and inputs exchange along the true motions, in J."""
    return true_work(_system(translation), r.t, r.truth, r.u)


def true_work(
    system: System,
    t: Float[Tensor, " time"],
    x: Float[Tensor, "trajectories time state"],
    u: Float[Tensor, "trajectories time inputs"] | None,
) -> Float[Tensor, "trajectories time"]:
    """Return what friction and inputs exchange along true motions, in J; zero without either."""
    return _work(system, system.rate, t, x, u)


def balances(
    r: Rollout, translation: Translation
) -> tuple[Float[Tensor, "trajectories time"], Float[Tensor, "trajectories time"]]:
    """Return the true energy less all work, along the motions of the model and of the truth.

    Without friction, inputs and impacts this is the energy; with them it is constant all the same,
    so that its change is the error of a model in every system.
    """
    system = _system(translation)
    model = where_finite(system.hamiltonian, r.model) - r.model_impact_work
    truth = system.hamiltonian(r.truth) - r.truth_impact_work
    if exchanges_energy(system, r.u):
        model = model - work_on_model(r, translation)
        truth = truth - work_on_truth(r, translation)
    return model, truth


def _system(translation: Translation) -> System:
    assert isinstance(translation.kinematics, System)
    return translation.kinematics


def _work(system: System, rate: Rate, t: Tensor, x: Tensor, u: Tensor | None) -> Tensor:
    if not exchanges_energy(system, u):
        return torch.zeros_like(x[..., 0])
    finite = torch.isfinite(x).all(dim=-1)
    # A motion that broke off stands still at its start: solvers may refuse what is not finite.
    filled = torch.where(finite.unsqueeze(-1), x, x[:, :1])
    return torch.where(finite, work(system.power, rate, t, filled, u), torch.nan)
