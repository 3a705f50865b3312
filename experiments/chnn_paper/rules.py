"""How Finzi et al. judge their models, and what else should be told."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.trained import Trained
from src.data.simulated import SimulatedData
from src.data.simulation import simulate
from src.data.starts import Starts
from src.integrators.dop853 import DOP853
from src.mechanics.state import split_state
from src.systems.base import System
from src.systems.constrained import ConstrainedSystem

from .starts import Midway

TESTS = 100
"""Motions that test, all from new starts."""
SAMPLES = 100
"""Of each: 20 times a chunk."""
SEED = 2**31
"""Of the starts that test; the same ones for all runs."""
LEAST = 1e-8
"""Added to each error, so that its logarithm is finite."""
BESIDE = 1e-4
"""How far beside the truth the yardstick starts, in m and m/s."""


def relative_errors(
    model: Float[Tensor, "start time state"], truth: Float[Tensor, "start time state"]
) -> list[float]:
    """Return the geometric mean over time of |z - z'| / |z + z'| for each start, in (x, v)."""
    error = (model - truth).norm(dim=-1) / (model + truth).norm(dim=-1)
    mean = (error + LEAST).log().mean(-1).exp()
    return torch.where(mean.isfinite(), mean, torch.inf).tolist()


@lru_cache
def tests(
    system: System, starts: Starts, step: float
) -> tuple[Float[Tensor, " time"], Float[Tensor, "start time state"]]:
    """Return times and true motions, in reference coordinates."""
    t = step * torch.arange(SAMPLES, dtype=torch.float64)
    x0 = starts.draw(system, TESTS, torch.Generator().manual_seed(SEED))
    return t, simulate(system, x0, t, "reference")


def judge(run: Trained) -> dict[str, list[float]]:
    """Return the paper's errors and those of the true energy, of each start."""
    system, source = run.experiment.kinematics, run.experiment.source
    assert isinstance(system, ConstrainedSystem)
    assert isinstance(source, SimulatedData)
    assert isinstance(source.starts, Midway)
    assert source.step is not None
    t, truth = tests(system, source.starts.first, source.step)
    # Trained with rk4 from sample to sample, judged by the motion itself.
    exact = replace(run, experiment=replace(run.experiment, integrator=DOP853()))
    x = rollout(exact, truth[:, 0], t).x.transpose(0, 1)
    energy = system.hamiltonian(x) - system.hamiltonian(truth)
    drift = energy.square().mean(-1).sqrt() / system.energy_scale
    return {
        "error": relative_errors(system.to_velocity(x), system.to_velocity(truth)),
        "energy": torch.where(drift.isfinite(), drift, torch.inf).tolist(),
        "beside": perturbed(system, source.starts.first, source.step),
    }


@lru_cache
def perturbed(system: ConstrainedSystem, starts: Starts, step: float) -> list[float]:
    """Return the errors of the truth that starts a little beside: the yardstick of chaos."""
    t, truth = tests(system, starts, step)
    x0 = system.to_velocity(truth[:, 0])
    generator = torch.Generator().manual_seed(SEED + 1)
    x0 = x0 + BESIDE * torch.randn(x0.shape, generator=generator, dtype=x0.dtype)
    q, v = split_state(x0)
    moved = system.project(system.to_canonical(torch.cat((q, v), dim=-1)))
    beside = simulate(system, moved, t, "reference")
    return relative_errors(system.to_velocity(beside), system.to_velocity(truth))
