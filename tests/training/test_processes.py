"""Several processes train one model: what is learned, and written, is what one process does."""

import json

import numpy as np
import pytest
from running import SMALL, only_run, process, run
from test_commands import mirrored

from src.training.metrics_log import read_rows

DDP = ("trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu")
EXACT = (*SMALL[:-1], "trainer.precision=64-true", "callbacks.energy_drift.every=1")


@pytest.mark.slow
def test_a_job_of_a_sweep_in_two_processes_is_that_of_one(tmp_path, cache):
    """Losses, figures and files; a sweep, of which each process must run one job alone."""
    alone, together = tmp_path / "alone", tmp_path / "together"
    for folder in (alone, together):
        folder.mkdir()
    child = process("-m", "src.train", "-m", "seed=0", *DDP, *EXACT, folder=together, cache=cache)
    assert run("train", *EXACT, "logger=csv", folder=alone, cache=cache).code == 0
    _, err = child.communicate(timeout=300)
    assert (child.returncode, err) == (0, "")
    assert {path.name for path in together.iterdir()} == {"home", "sweeps"}
    (record,) = only_run(together, "sweeps").rglob("summary.json")
    job = record.parent
    assert mirrored(job).exit_code == 0  # and there is one log
    one = only_run(alone)
    rows, expected = read_rows(job / "metrics.csv"), read_rows(one / "metrics.csv")
    assert len(rows) == len(expected) == 2
    for row, other in zip(rows, expected, strict=True):
        assert row == pytest.approx(other, rel=1e-6, abs=1e-12)
    ours, theirs = (json.loads((folder / "summary.json").read_text()) for folder in (job, one))
    assert ours["train"]["steps"] == theirs["train"]["steps"]
    for part in ("test", "rollout"):
        for name, value in leaves(ours[part]):
            assert np.allclose(value, dict(leaves(theirs[part]))[name], rtol=1e-6, atol=1e-9), name


def leaves(node, path=""):
    for key, value in node.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}.{key}")
        elif isinstance(value, float) and "seconds" not in key:
            yield f"{path}.{key}", value


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("data.batch_size=63", "a multiple of the processes that share a batch; got 63 for 2"),
        ("model=nearest_neighbours", "has no weights to train, and nothing to share"),
    ],
)
def test_what_cannot_be_shared_is_refused(words, message, tmp_path, cache):
    rest = [word for word in SMALL if not word.startswith(("model", "integr", "data.batch"))]
    outcome = run("train", words, *DDP, *rest, folder=tmp_path, cache=cache)
    assert (outcome.code, message in outcome.err) == (1, True), outcome.err
    assert list(tmp_path.iterdir()) == []
