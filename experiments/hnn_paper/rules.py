"""How Greydanus et al. judge their models, and how they should be judged."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.paths import cache_folder
from src.config.trained import Trained
from src.data.simulation import simulate
from src.evaluation.rollout import judged_copy
from src.systems.base import System

STARTS = 15
POINTS = 100
HORIZON = 20.0
"""Of springs and pendulums, in their unit of time."""
SPACING = 0.2
STRETCHED = np.geomspace(21.8, 79.4, STARTS)
"""The horizons of tasks 1 and 2 as published: the code multiplies one list by 1.09 at each call, so
that every rollout is longer than the one before it."""


def published_starts() -> Float[Tensor, "start state"]:
    """Return starts whose coordinates are +-(.2 to 1), as in tasks 1 and 2 of the paper.

    For the pendulum most lie within the hole of the annulus that the training motions fill.
    """
    draws = np.random.default_rng(0)
    size = draws.uniform(0.2, 1.0, (STARTS, 2))
    return torch.from_numpy(size * draws.choice((-1.0, 1.0), (STARTS, 2)))


def training_starts(run: Trained, count: int = STARTS) -> Float[Tensor, "start state"]:
    """Return new starts from where the training motions start."""
    generator = torch.Generator().manual_seed(2**31)
    starts = getattr(run.experiment.source, "starts", None)
    system = known(run)
    if starts is None:
        return system.sample_initial(count, generator)
    return starts.draw(system, count, generator)


def known(run: Trained) -> System:
    """Return the system of a run, whose energy is known."""
    system = run.experiment.kinematics
    assert isinstance(system, System)
    return system


def energy_errors(
    run: Trained, starts: Float[Tensor, "start state"], t: Float[Tensor, " time"]
) -> list[float]:
    """Return the mean over time of (H(x) - H(x0))^2, with the true H, of each start."""
    energy = known(run).hamiltonian(rollout(run, starts, t).x)
    return whole((energy - energy[0]).square())


def stretched_energy_errors(
    run: Trained, starts: Float[Tensor, "start state"], of_spring: bool = False
) -> list[float]:
    """Return the energy errors as published: each rollout longer than the one before it.

    ``of_spring`` takes the energy q^2 + p^2 whatever the system, as task 2 does by mistake.
    """
    t = torch.arange(0.0, float(STRETCHED[-1]) + SPACING, SPACING, dtype=torch.float64)
    model = rollout(run, starts, t).x
    if of_spring:
        # The true motion changes this "energy", too: the two are compared with each other.
        truth = simulate(known(run), starts, t, "reference").transpose(0, 1)
        error = (model.square().sum(-1) - truth.square().sum(-1)).square()
    else:
        energy = known(run).hamiltonian(model)
        error = (energy - energy[0]).square()
    return [whole(e[t <= end, None])[0] for e, end in zip(error.T, STRETCHED, strict=True)]


def state_errors(
    run: Trained,
    starts: Float[Tensor, "start state"],
    t: Float[Tensor, " time"],
    columns: slice = slice(None),
) -> list[float]:
    """Return the mean squared error over time and coordinates, of each start."""
    model = rollout(run, starts, t).x[..., columns]
    truth = simulate(known(run), starts, t, "reference").transpose(0, 1)[..., columns]
    return whole((model - truth).square().mean(-1))


def rate_errors(run: Trained) -> list[float]:
    """Return the squared error of the rates, the mean over coordinates, at each test point."""
    test = run.experiment.source.load(run.experiment.kinematics, cache_folder(None)).test
    model = judged_copy(run.experiment.model, torch.device("cpu"))
    assert test.dx is not None
    return (model(test.t[0, 0], test.x) - test.dx).square().mean(-1).flatten().tolist()


def whole(errors: Float[Tensor, "time start"]) -> list[float]:
    """Return the mean over time; infinite where a rollout broke off."""
    mean = errors.mean(0)
    return torch.where(mean.isfinite(), mean, torch.inf).tolist()


def grid(horizon: float, points: int) -> Float[Tensor, " time"]:
    """Return equally spaced times from 0."""
    return torch.linspace(0.0, horizon, points, dtype=torch.float64)


def one_degree(run: Trained, of_spring: bool) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of tasks 1 and 2."""
    t = grid(HORIZON, POINTS)
    published, inside = published_starts(), training_starts(run)
    yield "as published", stretched_energy_errors(run, published, of_spring)
    yield "energy", energy_errors(run, published, t)
    yield "energy inside", energy_errors(run, inside, t)
    yield "states", state_errors(run, published, t)
    yield "states inside", state_errors(run, inside, t)
    yield "rates", rate_errors(run)


def bodies(run: Trained, horizon: float) -> dict[str, list[float]]:
    """Return the figures of tasks 4 and 4b, over 15 starts and 500 times."""
    starts, t = training_starts(run), grid(horizon, 500)
    positions = slice(0, known(run).spec.dof)
    return {
        "energy": energy_errors(run, starts, t),
        "positions": state_errors(run, starts, t, positions),
        "rates": rate_errors(run),
    }
