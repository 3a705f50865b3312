"""One training shared by two processes against the same training in one, as users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.case import Case, close

BATCH, WIDTH, EPOCHS, TRAJECTORIES = 2048, 256, 20, 400
COMMAND = (
    "model=hnn",
    "system=double_pendulum",
    f"model.width={WIDTH}",
    "trainer.accelerator=cpu",
    "trainer.precision=64-true",
    "evaluation.horizon_over_training=1",
    "evaluation.trajectories=1",
    "evaluation.geometry_starts=1",
    "logger=csv",
)


def cases(quick: bool) -> Iterator[Case]:
    """Return the one case; the record tells the seconds of the training alone."""
    batch, epochs, trajectories = (64, 2, 20) if quick else (BATCH, EPOCHS, TRAJECTORIES)
    train = partial(
        _train,
        f"data.batch_size={batch}",
        f"data.trajectories={trajectories}",
        f"trainer.max_epochs={epochs}",
        f"trainer.check_val_every_n_epoch={epochs}",
    )
    yield Case(
        work="HNN training, two processes of one thread",
        against="the same in one process of one thread",
        size=f"batch {batch}, width {WIDTH}",
        ours=partial(train, "trainer=ddp", "trainer.devices=2"),
        theirs=train,
        agree=lambda one, other: close("losses", one["final_loss"], other["final_loss"], 1e-6),
        part=_seconds,
        their_part=_seconds,
    )


def _train(*words: str) -> dict[str, Any]:
    """Run the command in a folder of its own; return what its record says of the training."""
    with tempfile.TemporaryDirectory() as folder:
        place = f"hydra.run.dir={folder}/run"
        command = [sys.executable, "-m", "src.train", *COMMAND, *words, place]
        one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run(command, check=True, capture_output=True, env=one_thread)
        return json.loads((Path(folder) / "run" / "summary.json").read_text())["train"]


def _seconds(record: dict[str, Any]) -> float:
    return record["seconds"]
