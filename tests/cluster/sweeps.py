"""Sweeps that Slurm runs: none of their jobs is lost, whatever becomes of it."""

import json
import os
import re
import signal
import time

import pytest
from running import SMALL, only_run, process

from src.reporting.ledger import Ledger

from .slurm import NODES, SBIN, Slurm

LAUNCH = ("hydra/launcher=slurm", "hydra.launcher.mem_gb=1", "hydra.launcher.timeout_min=60")
LONG = (
    *(word for word in SMALL if not word.startswith(("trainer.", "data.batch_size"))),
    "data.batch_size=4",
    "trainer.check_val_every_n_epoch=1000",
    "callbacks.checkpoints.every_epochs=1000000",
    "callbacks.checkpoints.every_seconds=1",
    "trainer.precision=64-true",
)


@pytest.fixture(scope="module")
def slurm():
    with Slurm() as cluster:
        yield cluster


@pytest.fixture
def start(slurm, tmp_path, cache):
    """Start ``python -m src.train`` with words, on the machine where sweeps are led."""
    children = []

    def begin(*words, **environment):
        own = slurm.environment | {"PATH": SBIN} | environment
        child = process("-m", "src.train", *words, folder=tmp_path, cache=cache, **own)
        children.append(child)
        return child

    yield begin
    for child in children:
        if child.poll() is None:
            child.kill()
            child.communicate()
    slurm.ask("scancel", "--user=root")
    wait(lambda: not slurm.ask("squeue", "-h"), 120)


def wait(what, seconds=300):
    """Wait until something is there, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {seconds} s for {what}")


def sweep_in(folder):
    return wait(lambda: [f.parent for f in folder.glob("sweeps/*/*/sweep.json")], 120)[0]


def entries(folder):
    return Ledger(folder).entries()


def states(folder):
    return [entry.state for entry in entries(folder)]


def log_of(folder, number=0):
    logs = list(folder.glob(f"{number}_*/log.txt"))
    return logs[0].read_text() if logs else ""


def queued(slurm):
    """Return the state of each job in the queue, by its id."""
    lines = slurm.ask("squeue", "-h", "-r", "-o", "%i %T %N %A").splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines}


def over(child, seconds=600):
    out, err = child.communicate(timeout=seconds)
    return child.returncode, out, err


def test_a_sweep_is_an_array_of_jobs_over_both_nodes(slurm, start, tmp_path):
    words = ("data=files", "data.path=rec_${seed}.csv", *(w for w in SMALL if w[:5] != "data."))
    for seed in (0, 1, 3):
        lines = (f"{0.05 * k},{1 - 0.001 * k},{-0.02}" for k in range(200))
        (tmp_path / f"rec_{seed}.csv").write_text("\n".join(["t,q,v", *lines]) + "\n")
    code, out, err = over(start("-m", "seed=range(4)", *LAUNCH, *words))
    sweep = only_run(tmp_path, "sweeps")
    assert states(sweep) == ["succeeded", "succeeded", "failed", "succeeded"], out + err
    assert (code, err.count("Error: ")) == (1, 1), err
    assert "Error: of 4 jobs, 3 succeeded, 1 failed." in err
    assert "there is no rec_2.csv" in out
    ids = sorted(path.name for path in (sweep / ".submitit").iterdir())
    assert [job.partition("_")[2] for job in ids] == ["0", "1", "2", "3"]
    places = slurm.ask("sacct", "-X", "-n", "-P", "-o", "NodeList", "-j", ids[0].split("_")[0])
    assert set(places.split()) == set(NODES)
    assert (sweep / "comparison.json").is_file()
    (tmp_path / "rec_2.csv").write_bytes((tmp_path / "rec_1.csv").read_bytes())
    code, out, err = over(start("-m", f"sweep.retry={sweep}"))
    assert (code, err, states(sweep)) == (0, "", ["succeeded"] * 4), out


def test_what_slurm_refuses_is_told(start, tmp_path):
    words = ("-m", "seed=0,1", *LAUNCH, "hydra.launcher.partition=nowhere", *SMALL)
    code, out, err = over(start(*words))
    print(out, err)
    assert code == 1
    assert "invalid partition" in err
    assert "Traceback" not in err
    assert states(only_run(tmp_path, "sweeps")) == ["missing"] * 2
