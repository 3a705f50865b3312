"""How the systems of DeepMechanics are judged: errors over the whole of new motions."""

from __future__ import annotations

from collections.abc import Iterator

from src.config.trained import Trained

from ..hnn_paper.rules import energy_errors, grid, known, state_errors, training_starts

STARTS = 20
SAMPLES = 61
"""In the horizon of a training motion: as they have, or twice as many."""
LONGER = 5
"""How many of these horizons the longer motions last."""


def judge(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield all figures of a run: mean squared errors over time and coordinates, without units."""
    horizon = known(run).training_horizon
    starts, t = training_starts(run, STARTS), grid(horizon, SAMPLES)
    long = grid(LONGER * horizon, LONGER * (SAMPLES - 1) + 1)
    yield "states", state_errors(run, starts, t)
    yield "long", state_errors(run, starts, long)
    yield "energy", energy_errors(run, starts, long)
