"""A training that is killed at random moments, and gone on with, ends bit-equal to a whole one."""

import json
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from reporting.offline_log import read_offline_run
from running import SMALL, only_run, process
from test_commands import without_seconds
from training.states import fingerprint

from . import SEED

CHAINS, KILLS = 10, 5
ENDS = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}
LONG = (
    *(word for word in SMALL[2:-1] if not word.startswith("integrator.")),
    "data.trajectories=60",
    "data.batch_size=8",
    "trainer.max_epochs=40",
    "trainer.check_val_every_n_epoch=7",
    "integrator=rk4",
    "callbacks.energy_drift.every=2",
    "callbacks.checkpoints.every_seconds=0.3",
    "loss=rollout",
    "loss.steps=2",
    "loss.growth=0.8",
)


@dataclass
class Reference:
    folder: Path
    seconds: float
    """Of its training."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def reference(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("reference")
    child = process("-m", "src.train", *LONG, folder=folder, cache=cache)
    _, err = child.communicate(timeout=600)
    assert (child.returncode, err) == (0, "")
    record = json.loads((only_run(folder) / "summary.json").read_text())
    return Reference(only_run(folder), record["run"]["seconds"]["fit"])


@pytest.mark.parametrize("chain", range(CHAINS))
def test_kills(chain, reference, tmp_path, cache):
    draw = random.Random(f"{SEED} {chain}")
    print(f"seed {SEED}, chain {chain}; the reference took {reference.seconds:.0f} s")
    done = 0
    for attempt in range(100):
        if done == KILLS:
            break
        place = tmp_path / f"{attempt:02}" if not running(tmp_path) else running(tmp_path)
        place.mkdir(exist_ok=True)
        number = list(ENDS)[(chain * KILLS + done) % 3]
        if killed(place, number, draw.uniform(0.0, 1.2) * reference.seconds, cache):
            done += 1
        else:
            assert_same(run_in(place), reference.folder)
            (place / "over").touch()
    assert done == KILLS
    if place := running(tmp_path):
        child = start(place, cache)
        _, err = child.communicate(timeout=600)
        assert (child.returncode, err) == (0, "")
        assert_same(run_in(place), reference.folder)


def run_in(place):
    """Return the one run; a resume that is killed as it starts leaves an empty folder beside it."""
    (config,) = place.glob("runs/*/*/config.yaml")
    return config.parent


def running(folder):
    """Return the place of a run to go on with, if there is one that is not over."""
    places = [p for p in folder.iterdir() if not (p / "over").exists()]
    return next((p for p in places if list(p.glob("runs/*/*/config.yaml"))), None)


def start(place, cache):
    begun = list(place.glob("runs/*/*/config.yaml"))
    words = [f"resume={begun[0].parent}"] if begun else LONG
    return process("-m", "src.train", *words, folder=place, cache=cache)


def killed(place, number, seconds, cache):
    """Start or go on, and send a signal some time after; False if the run was over before."""
    child = start(place, cache)
    while child.poll() is None and not at_work(child, place):
        time.sleep(0.05)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        where = moment(place)
        child.send_signal(number)
        _, err = child.communicate(timeout=120)
        if child.returncode == 0:  # it was just leaving
            return False
        print(f"{signal.Signals(number).name} after {seconds:.1f} s, {where}: {child.returncode}")
        # Python, once it has nothing left to do, lets signals end it: shells say the same code.
        leaving = {-number} if list(place.glob("runs/*/*/summary.json")) else set()
        assert child.returncode in {ENDS[number]} | leaving, err
        assert "Traceback" not in err
        return True
    out, err = child.communicate()
    assert (child.returncode, err) == (0, ""), out
    return False


def at_work(child, place):
    """Whether the process has taken its run's folder: its data and its model come next."""
    locks = [lock.read_text() for lock in place.glob("runs/*/*/.lock")]
    return any(f"process {child.pid} " in text for text in locks)


def moment(place):
    names = [path.name for path in place.rglob("*")]
    if "config.yaml" not in names:
        return "while it started"
    rows = [path.read_text().count("\n") for path in place.rglob("metrics.csv")]
    if not rows:
        return "before the first row"
    return f"with {rows[0] - 1} of 6 rows" + (", judging" if "rollouts.npz" in names else "")


def assert_same(folder, reference):
    for name in ("best", "last"):
        ours, theirs = (
            fingerprint(f / "checkpoints" / f"{name}.ckpt") for f in (folder, reference)
        )
        assert ours == theirs, name
    assert (folder / "metrics.csv").read_bytes() == (reference / "metrics.csv").read_bytes()
    ours, theirs = (json.loads((f / "summary.json").read_text()) for f in (folder, reference))
    for part in ("train", "test", "rollout", "test_sets", "data", "scales"):
        assert without_seconds(ours[part]) == without_seconds(theirs[part]), part
    assert not list(folder.rglob("*.partial*"))
    # A killed client may have no log yet, or not written its first block.
    logs = [read_offline_run(log) for log in folder.glob("wandb/offline-run-*/*.wandb")]
    assert {log.id for log in logs if log.id} == {(folder / "wandb" / "id.txt").read_text().strip()}
