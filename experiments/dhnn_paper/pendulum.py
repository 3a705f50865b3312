"""The recorded pendulum of Schmidt and Lipson, and how its models are judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from src import rollout
from src.config.trained import Trained
from src.data.files import FileData

VARIABLE = "LEGENDRE_REAL_PENDULUM"
CHECKSUM = "45d92988198b89a5933f5a53e67aa819d06937516f71a462ac09e1307d8b3411"
"""SHA-256 of ``real_pend_h_1.txt``."""
AHEAD = 110
"""Samples that rollouts are compared with, the first one among them: 18.17 units of time."""
PUBLISHED_TRAIN = 0.8
"""How much of the recording trains in both papers."""
FOLDS = {
    str(train): (f"data.train={train}",) for train in (0.5, 0.575, 0.65, 0.725, PUBLISHED_TRAIN)
}
"""How much of the recording trains, by name; what comes after it judges."""


@cache
def recording() -> tuple[Float[Tensor, " time"], Float[Tensor, "time state"]]:
    """Return times and states (angle, velocity) of the recording.

    Raises:
        ValueError: if the file is another one.
    """
    file = Path(os.environ[VARIABLE])
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != CHECKSUM:
        raise ValueError(
            f"{VARIABLE} must name real_pend_h_1.txt, of SHA-256 {CHECKSUM}; got {file}, of "
            f"{found}. The page of this experiment tells where to find it."
        )
    table = torch.from_numpy(np.loadtxt(file, comments="%"))
    return table[:, 1], table[:, 2:]


def energy(x: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
    """Return the papers' energy, 2.4 (1 - cos q) + p^2, without a unit."""
    q, p = x.unbind(-1)
    return 2.4 * (1 - q.cos()) + p.square()


def judge(run: Trained) -> Iterator[tuple[str, list[float]]]:
    """Yield the errors of the one rollout after what the run was trained on, and yardsticks."""
    t, x = recording()
    source = run.experiment.source
    assert isinstance(source, FileData)
    end = round(source.train * len(t))
    ahead = slice(end, end + AHEAD)
    truth, model = x[ahead], rollout(run, x[ahead][:1], t[ahead]).x[:, 0]
    yield "energy", [mean_square(energy(model) - energy(truth))]
    yield "states", [mean_square(model - truth)]
    if source.train == PUBLISHED_TRAIN:
        yield "energy as published", [mean_square(energy(model) - energy(truth))]
        yield "states as published", [mean_square(model - truth)]
    for name, guess in yardsticks(t, energy(x), end):
        yield name, [mean_square(guess - energy(truth))]


def yardsticks(
    t: Float[Tensor, " time"], seen: Float[Tensor, " time"], end: int
) -> Iterator[tuple[str, Float[Tensor, " ahead"]]]:
    """Yield energies ahead that need no model, by name; the last one knows what it predicts."""
    ahead = slice(end, end + AHEAD)
    yield "constant", seen[ahead][:1]
    later = (t[ahead] - t[end]).numpy()
    decay = np.polyfit(t[:end].numpy(), seen[:end].log().numpy(), 1)
    yield "decay", torch.from_numpy(np.exp(np.polyval(decay, t[ahead].numpy())))
    smooth = np.polyfit(later, seen[ahead].numpy(), 2)
    yield "noise floor", torch.from_numpy(np.polyval(smooth, later))


def mean_square(error: Tensor) -> float:
    """Return the mean of the squares; infinite if one is no number."""
    mean = float(error.square().mean())
    return mean if np.isfinite(mean) else float("inf")
