"""Sweeps that Slurm runs: none of their jobs is lost, whatever becomes of it."""

import csv
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from running import ROOT, SMALL, only_run, process
from training.states import fingerprint

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
EPOCHS, ENDLESS = "trainer.max_epochs=600", "trainer.max_epochs=1000000"


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


@pytest.fixture(scope="module")
def whole(tmp_path_factory, cache):
    """The folder of the training that others are, once they have gone on."""
    folder = tmp_path_factory.mktemp("whole")
    child = process("-m", "src.train", EPOCHS, *LONG, folder=folder, cache=cache)
    code, out, err = over(child)
    assert (code, err) == (0, ""), out
    return only_run(folder)


def states(folder):
    return [entry.state for entry in Ledger(folder).entries()]


def checkpoints(folder, count):
    """Wait until a sweep has so many jobs that can be gone on with, and return their files."""
    pattern = "sweeps/*/*/*/checkpoints/last.ckpt"
    return wait(lambda: len(found := sorted(folder.glob(pattern))) >= count and found)


def steps(file):
    return torch.load(file, weights_only=True)["global_step"]


def job(slurm):
    """Return the id of the one job there is, and the node that it runs on."""
    (line,) = slurm.ask("squeue", "-h", "-o", "%A %N").splitlines()
    number, *nodes = line.split()
    return number, "".join(nodes)


def turn(slurm, number):
    """Wait until a job is in the queue again; let it run with time enough, and without a pause."""
    state = ("squeue", "-h", "-o", "%T", "-j", number)
    wait(lambda: slurm.ask(*state) == "PENDING")
    slurm.ask("scontrol", "update", f"jobid={number}", "StartTime=now", "TimeLimit=60")
    wait(lambda: slurm.ask(*state) == "RUNNING")


def assert_same(folder, whole):
    for name in ("best", "last"):
        ours, theirs = (fingerprint(f / "checkpoints" / f"{name}.ckpt") for f in (folder, whole))
        assert ours == theirs, name
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()


def over(child, seconds=600):
    out, err = child.communicate(timeout=seconds)
    return child.returncode, out, err


def test_a_sweep_is_an_array_of_jobs_over_both_nodes(slurm, start, tmp_path):
    words = ("data=files", "data.path=rec_${seed}.csv", *(w for w in SMALL if w[:5] != "data."))
    for seed in (0, 1):
        lines = (f"{0.05 * k},{1 - 0.001 * k},{-0.02}" for k in range(200))
        (tmp_path / f"rec_{seed}.csv").write_text("\n".join(["t,q,v", *lines]) + "\n")
    code, out, err = over(start("-m", "seed=range(3)", *LAUNCH, *words))
    sweep = only_run(tmp_path, "sweeps")
    assert states(sweep) == ["succeeded", "succeeded", "failed"], out + err
    assert (code, err.count("Error: ")) == (1, 1), err
    assert "Error: of 3 jobs, 2 succeeded, 1 failed." in err
    assert "rec_2.csv does not exist" in out
    ids = sorted(path.name for path in (sweep / ".submitit").glob("*_[0-9]"))
    assert [job.partition("_")[2] for job in ids] == ["0", "1", "2"]
    places = slurm.ask("sacct", "-X", "-n", "-P", "-o", "NodeList", "-j", ids[0].partition("_")[0])
    assert set(places.split()) == set(NODES)
    assert (sweep / "comparison.json").is_file()
    (tmp_path / "rec_2.csv").write_bytes((tmp_path / "rec_1.csv").read_bytes())
    code, out, err = over(start("-m", f"sweep.retry={sweep}"))
    assert (code, err, states(sweep)) == (0, "", ["succeeded"] * 3), out


def test_what_slurm_refuses_is_told(start, tmp_path):
    words = ("-m", "seed=0,1", *LAUNCH, "hydra.launcher.partition=nowhere", *SMALL)
    code, out, err = over(start(*words))
    assert code == 1, out
    assert "Error: Slurm must take jobs, and does not: sbatch: error: invalid partition" in err
    assert "Traceback" not in err
    assert states(only_run(tmp_path, "sweeps")) == ["missing"] * 2


def test_a_job_whose_node_dies_goes_on_at_another(slurm, start, tmp_path, whole):
    child = start("-m", "seed=0", EPOCHS, *LAUNCH, *LONG)
    (last,) = checkpoints(tmp_path, 1)
    number, node = job(slurm)
    slurm.down(node, number)
    sweep = only_run(tmp_path, "sweeps")
    wait(lambda: states(sweep) == ["interrupted"], 20)
    reached = steps(last)
    turn(slurm, number)
    assert job(slurm) == (number, next(other for other in NODES if other != node))
    slurm.up(node)
    code, out, err = over(child)
    assert (code, err, states(sweep)) == (0, "", ["succeeded"]), out
    assert_same(last.parents[1], whole)
    assert (last.parents[1] / "log.txt").read_text().count("Job 0:") == 2
    print(f"the node died after {reached} of {steps(last)} steps")
    wait(lambda: slurm.ask("sinfo", "-h", "-t", "idle", "-o", "%D") == "2")


def test_a_job_whose_time_is_over_ends_its_step_and_goes_on(slurm, start, tmp_path, whole):
    child = start("-m", "seed=0", EPOCHS, *LAUNCH, "hydra.launcher.signal_delay_s=110", *LONG)
    (last,) = checkpoints(tmp_path, 1)
    sweep = only_run(tmp_path, "sweeps")
    (entry,) = Ledger(sweep).entries()
    os.kill(entry.process, signal.SIGSTOP)  # else it might end before Slurm looks at its clock
    reached, (number, _) = steps(last), job(slurm)
    slurm.ask("scontrol", "update", f"jobid={number}", "TimeLimit=2")
    turn(slurm, number)  # Slurm wakes it by its signal
    assert steps(last) > reached
    code, out, err = over(child)
    assert (code, err, states(sweep)) == (0, "", ["succeeded"]), out
    assert_same(last.parents[1], whole)
    assert (last.parents[1] / "log.txt").read_text().count("Job 0:") == 2


def test_a_cancelled_job_is_told_and_takes_no_other_down(slurm, start, tmp_path):
    child = start("-m", "seed=0,1", "trainer.max_epochs=4,1000000", *LAUNCH, *LONG)
    checkpoints(tmp_path, 2)
    number = job_of_array(slurm, 1)
    slurm.ask("scancel", number)
    sweep = only_run(tmp_path, "sweeps")
    wait(lambda: states(sweep)[1] == "interrupted")
    slurm.ask("scancel", job_of_array(slurm, 3))  # it has not begun, or only just
    code, out, err = over(child)
    assert (code, states(sweep)) == (1, ["succeeded", "interrupted"] * 2), out + err
    assert out.count("Slurm: CANCELLED by 0, see .submitit/") == 1
    assert out.count("gone from Slurm's queue before it began") == 1
    assert "Error: of 4 jobs, 2 succeeded, 2 interrupted." in err


@pytest.mark.parametrize(("signal_", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_to_a_sweep_stops_its_jobs(signal_, code, slurm, start, tmp_path):
    child = start("-m", "seed=range(3)", ENDLESS, *LAUNCH, *LONG)
    checkpoints(tmp_path, 2)
    child.send_signal(signal_)
    ended, out, err = over(child, 120)
    assert ended == code, out + err
    assert not slurm.ask("squeue", "-h")
    sweep = only_run(tmp_path, "sweeps")
    assert states(sweep) == ["interrupted"] * 2 + ["missing"]
    assert "Stopped. To go on: python -m src.train -m sweep.retry=" in err
    assert "Traceback" not in err


DDP = ("trainer=ddp", "trainer.devices=1", "trainer.num_nodes=2", "trainer.accelerator=cpu")
HERE = {"MASTER_ADDR": "127.0.0.1"}


def test_one_training_over_two_nodes(slurm, start, tmp_path, whole):
    code, out, err = over(start("-m", "seed=0", EPOCHS, *LAUNCH, *DDP, *LONG, **HERE))
    sweep = only_run(tmp_path, "sweeps")
    assert (code, err, states(sweep)) == (0, "", ["succeeded"]), out
    (folder,) = (path.parent for path in sweep.glob("*/summary.json"))
    assert [path.name for path in sweep.iterdir() if path.is_dir()].count(folder.name) == 1
    ours, theirs = (losses(f / "metrics.csv") for f in (folder, whole))
    assert ours == pytest.approx(theirs, rel=1e-6)
    assert slurm.ask("sacct", "-X", "-n", "-P", "-o", "NNodes").splitlines()[-1] == "2"


def test_srun_starts_the_processes_of_one_run(slurm, tmp_path, cache):
    words = ("--nodes=2", "--ntasks-per-node=1", sys.executable, "-m", "src.train")
    own = os.environ | slurm.environment | {"PATH": SBIN, "PYTHONPATH": str(ROOT)} | HERE
    done = subprocess.run(
        ["srun", *words, *SMALL, *DDP],
        cwd=tmp_path,
        env=own | {"LEGENDRE_CACHE": str(cache)},
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Written to") == 1
    assert (only_run(tmp_path) / "summary.json").is_file()


def job_of_array(slurm, index):
    ids = wait(lambda: slurm.ask("squeue", "-h", "-r", "-o", "%i").split())
    return next(number for number in ids if number.endswith(f"_{index}"))


def losses(file):
    with file.open() as lines:
        return [float(row["train/loss"]) for row in csv.DictReader(lines) if row["train/loss"]]
