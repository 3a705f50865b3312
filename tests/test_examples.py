"""The examples run as a user would run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SMALL = [
    "logger=csv",
    "model.width=16",
    "trainer.max_epochs=2",
    "trainer.check_val_every_n_epoch=1",
    "data.trajectories=8",
    "data.horizon=1",
    "evaluation.trajectories=2",
    "evaluation.horizon_over_training=2",
    "evaluation.longer_factor=1.5",
]


def run(tmp_path, *arguments):
    own = {"LEGENDRE_CACHE": str(tmp_path / "cache"), "PYTHONPATH": "examples"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_own_system(tmp_path):
    said = run(tmp_path, "examples/own_system.py")
    assert float(said.rsplit(maxsplit=1)[-1]) < 1e-4


@pytest.mark.slow
def test_own_system_in_every_command_and_its_checkpoint(tmp_path):
    folder = tmp_path / "run"
    command = ["-m", "src.train", "--config-dir", "examples/conf", "system=quartic"]
    assert "hnn on quartic" in run(tmp_path, *command, *SMALL, f"hydra.run.dir='{folder}'")
    assert "hnn on quartic" in run(tmp_path, "examples/use_a_checkpoint.py", folder)


@pytest.mark.slow
def test_own_data(tmp_path):
    assert "hnn on recorded" in run(tmp_path, "examples/own_data.py", tmp_path)
    assert (tmp_path / "run" / "summary.json").is_file()
