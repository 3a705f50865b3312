"""Jobs that want the same data set at the same moment, and processes that train one model."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest
import torch
from running import SMALL, only_run, process
from test_commands import mirrored, wait_for, without_seconds

DDP = ("trainer=ddp", "trainer.devices=2", "trainer.accelerator=cpu", "trainer.precision=64-true")
JOBS = 8


def test_eight_jobs_make_one_data_set(tmp_path):
    cache = tmp_path / "cache"
    children = []
    for job in range(JOBS):
        (tmp_path / str(job)).mkdir()
        words = ("-m", "src.train", *SMALL, "data.trajectories=60")
        children.append(process(*words, folder=tmp_path / str(job), cache=cache))
    ends = [child.communicate(timeout=1800) for child in children]
    assert [child.returncode for child in children] == [0] * JOBS, ends
    entries = [path.name for path in (cache / "data").iterdir()]
    assert len(entries) == 4, entries  # the motions, and three test sets
    assert not [name for name in entries if "partial" in name]
    records = [
        without_seconds(json.loads((only_run(tmp_path / str(job)) / "summary.json").read_text()))
        for job in range(JOBS)
    ]
    for part in ("train", "test", "rollout", "data"):
        assert all(record[part] == records[0][part] for record in records), part


@pytest.mark.parametrize("launcher", ["basic", "joblib"])
def test_a_sweep_of_two_processes_each(launcher, tmp_path, cache):
    if launcher == "joblib":
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs joblib's launcher")
    chosen = [] if launcher == "basic" else ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    words = ("-m", "src.train", "-m", "seed=0,1", *chosen, *DDP, *SMALL[:-1])
    child = process(*words, folder=tmp_path, cache=cache)
    _, err = child.communicate(timeout=1800)
    assert child.returncode == 0, err
    sweep = only_run(tmp_path, "sweeps")
    assert {path.name for path in tmp_path.iterdir()} == {"home", "sweeps"}
    jobs = sorted(path for path in sweep.iterdir() if path.is_dir() and path.name != "jobs")
    assert [job.name for job in jobs] == ["0_mass_spring_hnn_s0", "1_mass_spring_hnn_s1"]
    assert len({mirrored(job).id for job in jobs}) == 2  # each has one log


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_end_of_one_process_is_that_of_all(number, tmp_path, cache):
    """SIGKILL meets the second process; the first one is asked to stop by the other signals."""
    long = ("trainer.max_epochs=100000", "trainer.check_val_every_n_epoch=1000", *SMALL[2:], *DDP)
    child = process("-m", "src.train", *long, folder=tmp_path, cache=cache)
    wait_for(child, lambda: list(tmp_path.glob("runs/*/*/checkpoints/last.ckpt")))
    (second,) = children_of(child.pid)
    begun = time.monotonic()
    os.kill(second if number == signal.SIGKILL else child.pid, number)
    _, err = child.communicate(timeout=60)
    seconds = time.monotonic() - begun
    print(f"{signal.Signals(number).name}: over after {seconds:.1f} s")
    assert seconds < 10
    expected = {signal.SIGKILL: 1, signal.SIGTERM: 143, signal.SIGINT: 130}
    assert child.returncode == expected[number]
    told = "number 1 of 2 ended with code -9" if number == signal.SIGKILL else "To go on: "
    assert told in err
    assert not Path(f"/proc/{second}").exists()
    folder = only_run(tmp_path)
    assert {path.name for path in folder.iterdir()} == {"checkpoints", "config.yaml"}
    epochs = f"trainer.max_epochs={epoch_of(folder) + 3}"
    again = process("-m", "src.train", f"resume={folder}", epochs, folder=tmp_path, cache=cache)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert out.count("Written to") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"home", "runs"}
    assert len(list(tmp_path.glob("runs/*/*"))) == 1


def test_a_run_has_one_training_at_work_in_it(tmp_path, cache):
    """A second one is refused, whether the first is new or goes on; a killed one is in no way."""
    long = ("trainer.max_epochs=100000", "trainer.check_val_every_n_epoch=100000", *SMALL[2:])
    first = process("-m", "src.train", *long, folder=tmp_path, cache=cache)
    for _ in range(2):
        wait_for(first, lambda: list(tmp_path.glob("runs/*/*/checkpoints/last.ckpt")))
        wait_until_held_by(first, only_run(tmp_path) / ".lock")
        words = ("-m", "src.train", f"resume={only_run(tmp_path)}")
        second = process(*words, folder=tmp_path, cache=cache)
        _, err = second.communicate(timeout=600)
        assert second.returncode == 1
        assert "Error: a run folder must have one training at work in it" in err
        assert f"process {first.pid} on {socket.gethostname()}. Wait for it, or stop it." in err
        assert first.poll() is None
        first.kill()
        first.communicate()
        first = process(*words, folder=tmp_path, cache=cache)
    wait_until_held_by(first, only_run(tmp_path) / ".lock")
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=60)
    assert {path.name for path in only_run(tmp_path).iterdir()} == {"checkpoints", "config.yaml"}
    assert len(list(tmp_path.glob("runs/*/*"))) == 1


def test_processes_that_torchrun_starts(tmp_path, cache):
    torchrun = ("-m", "torch.distributed.run", "--nproc_per_node=2", "-m", "src.train")
    child = process(*torchrun, *SMALL, *DDP, folder=tmp_path, cache=cache)
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    assert out.count("Written to") == 1
    assert (only_run(tmp_path) / "summary.json").is_file()


def wait_until_held_by(child, file):
    wait_for(child, lambda: file.is_file() and f"process {child.pid} " in file.read_text())


def children_of(number):
    tasks = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    return [
        int(task) for task in tasks if b"src.train" in Path(f"/proc/{task}/cmdline").read_bytes()
    ]


def epoch_of(folder):
    return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["epoch"]
