"""How Chen et al. judge their models, and how they should be judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.trained import Trained
from src.data.simulation import simulate
from src.evaluation.rollout import judged_copy
from src.integrators.base import Integrator
from src.integrators.dop853 import DOP853
from src.integrators.leapfrog import Leapfrog
from src.mechanics.problem import Mechanical

from ..hnn_paper.rules import energy_errors, grid, known, state_errors, training_starts, whole
from .chain import UnevenChain
from .starts import fitted_starts

TESTS = 150
"""Motions that test, all from new starts."""
SAMPLES = 50
"""Of each motion of the chain."""
SEEN = 10
"""Noisy samples that a start is fitted to: as many as a training motion has."""
FITS = 20
"""Iterations of that fit; more change nothing."""
STEP = 0.1
NOISE = 0.2
SEED = 2**31
"""Of starts and noise that test."""
States = Float[Tensor, "motion time state"]


@lru_cache
def tests(chain: UnevenChain) -> tuple[Float[Tensor, " time"], States, States]:
    """Return times, true motions, and what is seen of them."""
    generator = torch.Generator().manual_seed(SEED)
    t = grid(STEP * (SAMPLES - 1), SAMPLES)
    truth = simulate(chain, chain.sample_initial(TESTS, generator), t, "reference")
    noise = torch.randn(truth.shape, generator=generator, dtype=truth.dtype)
    return t, truth, truth + NOISE * noise


def fitted(chain: UnevenChain, motion: Mechanical, integrator: Integrator) -> Tensor:
    """Return starts for which this motion is nearest to the first samples that are seen."""
    t, _, seen = tests(chain)
    times = t[:SEEN].expand(len(seen), -1)
    one = torch.ones(seen.shape[-1], dtype=seen.dtype)
    return fitted_starts(motion, integrator, times, seen[:, :SEEN], one, FITS)


def ahead(path: Float[Tensor, "time motion state"], truth: States) -> list[float]:
    """Return the mean squared error of each motion after the samples that were seen."""
    return whole((path - truth.transpose(0, 1)).square().mean(-1)[SEEN:])


@lru_cache
def yardstick(chain: UnevenChain, integrator: Integrator) -> list[float]:
    """Return the errors of the true energy, followed by a method from starts fitted by it."""
    t, truth, _ = tests(chain)
    start = fitted(chain, chain, integrator)
    return ahead(integrator.integrate(chain, start, t).x, truth)


def chain(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of the chain."""
    system = run.experiment.kinematics
    assert isinstance(system, UnevenChain)
    t, truth, seen = tests(system)
    integrator = run.experiment.integrator
    start = fitted(system, judged_copy(run.experiment.model, torch.device("cpu")), integrator)
    path = rollout(run, start, t).x
    yield "forecast", ahead(path, truth)
    yield "from the first sample", ahead(rollout(run, seen[:, 0], t).x, truth)
    yield "from the true start", ahead(rollout(run, truth[:, 0], t).x, truth)
    yield "as published", whole((path - seen.transpose(0, 1)).square().mean(-1))
    yield "truth", yardstick(system, DOP853())
    yield "truth by leapfrog", yardstick(system, Leapfrog())


BODIES = 150
"""Motions of three bodies that test."""


def exact(run: Trained) -> Trained:
    """Return a run whose model is followed as it learned.

    Followed from sample to sample it has learned a map of that step. With finer steps it has
    learned a motion, which close encounters ask to follow by steps that adapt.
    """
    method = run.experiment.integrator
    if isinstance(method, Leapfrog) and method.step is None:
        return run
    return replace(run, experiment=replace(run.experiment, integrator=DOP853()))


def three_body(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of three bodies, over the times of a training motion."""
    starts, t = training_starts(run, BODIES), grid(9.0, 10)
    yield "states", state_errors(exact(run), starts, t)
    yield "beginning", state_errors(exact(run), starts, t[:5])
    yield "energy", energy_errors(exact(run), starts, t)
    yield "truth by leapfrog", leapfrogged(run, starts, t)


def leapfrogged(run: Trained, starts: Tensor, t: Tensor) -> list[float]:
    """Return the errors of the true energy, followed by leapfrog from sample to sample."""
    system = known(run)
    truth = simulate(system, starts, t, "reference").transpose(0, 1)
    return whole((Leapfrog().integrate(system, starts, t).x - truth).square().mean(-1))
