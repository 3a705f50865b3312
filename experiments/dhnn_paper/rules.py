"""How the models of damped motions are judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from src.config.trained import Trained
from src.data.simulation import simulate
from src.evaluation.rollout import judged_copy
from src.integrators.reference import reference_motion
from src.mechanics.hamiltonian import hamiltonian_field
from src.systems.mass_spring import MassSpring

from ..hnn_paper.rules import grid, rate_errors, state_errors, whole

PERIOD = math.pi
"""Of the spring without friction, in its unit of time."""
POINTS = 100


def ring(count: int = 16) -> Float[Tensor, "start state"]:
    """Return starts on the circle of radius 1, which motions without friction keep to."""
    angle = 2 * math.pi * torch.arange(count, dtype=torch.float64) / count
    return torch.stack((angle.cos(), angle.sin()), dim=-1)


def spring(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of the damped spring."""
    starts, t = ring(), grid(3 * PERIOD, POINTS)
    yield "states", state_errors(run, starts, t)
    yield "first period", state_errors(run, starts, grid(PERIOD, POINTS))
    yield "rates", rate_errors(run)
    with suppress(ValueError):  # nets for the rates alone have no energy
        yield "without friction", errors_without_friction(run, starts, t)


def errors_without_friction(
    run: Trained, starts: Float[Tensor, "start state"], t: Float[Tensor, " time"]
) -> list[float]:
    """Return the errors of the motions of the learned energy alone, beside the undamped spring.

    Raises:
        ValueError: if the model has no energy.
    """
    energy = judged_copy(run.experiment.model, torch.device("cpu")).determined_energy()
    model = reference_motion(lambda _, x: hamiltonian_field(energy, x), starts, t)
    system = run.experiment.kinematics
    assert isinstance(system, MassSpring)
    truth = simulate(replace(system, damping=0.0), starts, t, "reference").transpose(0, 1)
    return whole((model - truth).square().mean(-1))
