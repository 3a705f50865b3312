"""How Horn et al. and Jin et al. judge their models, and how they should be judged."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.trained import Trained
from src.data.simulation import simulate
from src.mechanics.state import split_state
from src.systems.pendulum import Pendulum

from ..hnn_paper.rules import (
    energy_errors,
    grid,
    known,
    state_errors,
    training_starts,
    whole,
)
from .starts import Along, released

STEP = 0.1
SWINGS = 50
"""Pendulums that test: a tenth of those of the paper, as there, and all new."""
LONG = 100.0
"""A horizon of six to sixteen swings, in units of time."""
DOUBLES = 200
"""Double pendulums that test."""
SEEN = 42
"""Samples of one motion, 41 pairs, that models have learned from or are validated by."""


def absolute_errors(
    run: Trained, starts: Float[Tensor, "start state"], t: Float[Tensor, " time"]
) -> Float[Tensor, "time start"]:
    """Return the mean absolute error of angles and momenta; angles the short way round."""
    model = rollout(run, starts, t).x
    truth = simulate(known(run), starts, t, "reference").transpose(0, 1)
    angles, momenta = split_state(model - truth)
    angles = torch.remainder(angles + math.pi, 2 * math.pi) - math.pi
    return torch.cat((angles, momenta), dim=-1).abs().mean(-1)


def times(horizon: float) -> Float[Tensor, " time"]:
    """Return the samples up to a horizon."""
    return grid(horizon, round(horizon / STEP) + 1)


def pendulum(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of the pendulum."""
    system = known(run)
    assert isinstance(system, Pendulum)
    starts, t = released(SWINGS, torch.Generator().manual_seed(2**31)), times(LONG)
    errors = absolute_errors(run, starts, t)
    periods = [system.period(abs(float(angle))) for angle in starts[:, 0]]
    yield (
        "as published",
        [whole(e[t <= end, None])[0] for e, end in zip(errors.T, periods, strict=True)],
    )
    yield "long", whole(errors)
    yield "energy", energy_errors(run, starts, t)


def double_pendulum(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of the double pendulum."""
    starts, t = training_starts(run, DOUBLES), times(10.0)
    errors = absolute_errors(run, starts, t)
    yield "as published", whole(errors)
    yield "seen", whole(errors[t <= 5.0])
    yield "energy", energy_errors(run, starts, t)


def one_motion(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the figures of what follows those samples: the next 100, as published, and 1000."""
    starts = Along(STEP).draw(known(run), SEEN, torch.Generator())[-1:]
    yield "as published", state_errors(run, starts, times(10.0))
    yield "long", state_errors(run, starts, times(LONG))
    yield "energy", energy_errors(run, starts, times(LONG))
