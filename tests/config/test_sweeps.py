"""Sweeps: what failed or was stopped is told, and run again, and nothing else is."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from running import ROOT, SMALL, files, only_run, process, run

from src.config import again
from src.reporting.job import Job
from src.reporting.ledger import Ledger

RECORDED = ("data=files", "data.path=rec_${seed}.csv", *(w for w in SMALL if w[:5] != "data."))
JOBLIB = "hydra/launcher=joblib"


def record(folder, seed):
    """Write a recording of an oscillation."""
    lines = (f"{0.05 * k},{math.cos(0.05 * k)},{-math.sin(0.05 * k)}" for k in range(200))
    (folder / f"rec_{seed}.csv").write_text("\n".join(["t,q,v", *lines]) + "\n")


def hide(folder, seed):
    """Make a recording unreadable, for root as well."""
    (folder / f"rec_{seed}.csv").rename(folder / f"kept_{seed}.csv")
    (folder / f"rec_{seed}.csv").mkdir()


def restore(folder, seed):
    (folder / f"rec_{seed}.csv").rmdir()
    (folder / f"kept_{seed}.csv").rename(folder / f"rec_{seed}.csv")


def states(sweep):
    return [entry.state for entry in Ledger(sweep).entries()]


class TestRetry:
    @pytest.fixture(scope="class")
    @staticmethod
    def failed(tmp_path_factory, cache):
        folder = tmp_path_factory.mktemp("retry")
        for seed in range(3):
            record(folder, seed)
        hide(folder, 1)
        outcome = run("train", "-m", "seed=range(3)", *RECORDED, folder=folder, cache=cache)
        return folder, only_run(folder, "sweeps"), outcome

    def test_the_table_names_what_failed_and_where_its_log_is(self, failed):
        _, sweep, outcome = failed
        assert (outcome.code, states(sweep)) == (1, ["succeeded", "failed", "succeeded"])
        row = next(line for line in outcome.out.splitlines() if line.startswith("   1   failed"))
        assert "seed=1" in row
        assert "data.path must name a file; rec_1.csv is a folder." in row
        assert row.rstrip().endswith("/1_recorded_hnn_s1/log.txt)")
        record = json.loads((sweep / "sweep.json").read_text())
        assert record["code"] == 1
        assert [job["state"] for job in record["jobs"]] == states(sweep)

    def test_status_prints_the_same_table_and_runs_nothing(self, failed, cache):
        folder, sweep, outcome = failed
        before = files(folder)
        told = run("train", "-m", f"sweep.status={sweep}", folder=folder, cache=cache)
        assert (told.code, told.err) == (1, "")
        assert told.out == outcome.out[outcome.out.index("Sweep in ") :]
        assert files(folder) == before

    def test_runs_only_what_failed_from_anywhere(self, failed, tmp_path, cache):
        folder, sweep, _ = failed
        before = files(sweep)
        restore(folder, 1)
        retried = run("train", "-m", f"sweep.retry={sweep}", folder=tmp_path, cache=cache)
        assert (retried.code, states(sweep)) == (0, ["succeeded"] * 3), retried.err
        after = files(sweep)
        changed = {path.parts[0] for path in after if after[path] != before.get(path)}
        logs = {path for path in changed if path.endswith(("_s0", "_s1", "_s2"))}
        assert logs == {"1_recorded_hnn_s1"}
        assert (sweep / "comparison.json").read_text().count("_recorded_hnn_s") == 3
        assert list(tmp_path.iterdir()) == []

    def test_cannot_change_the_jobs(self, failed, cache):
        folder, sweep, _ = failed
        words = ("-m", f"sweep.retry={sweep}", "model=lnn")
        refused = run("train", *words, folder=folder, cache=cache)
        assert refused.code == 1
        assert "model cannot change. What may: hydra*, sweep.*, cache*," in refused.err

    def test_needs_a_sweep(self, tmp_path, cache):
        for key in ("retry", "status"):
            refused = run("train", "-m", f"sweep.{key}={tmp_path}", folder=tmp_path, cache=cache)
            assert f"sweep.{key} must name the folder of a sweep" in refused.err

    def test_a_folder_holds_one_sweep(self, failed, cache):
        folder, sweep, _ = failed
        words = ("-m", f"hydra.sweep.dir={sweep}", "seed=5,6", *RECORDED)
        refused = run("train", *words, folder=folder, cache=cache)
        assert (refused.code, "holds another one" in refused.err) == (1, True)
        assert len(states(sweep)) == 3

    def test_new_words_stand_for_old_ones(self):
        words = ["src.train", "sweep.retry=f", "hydra/launcher=basic"]
        assert again._replaced("hydra.launcher.n_jobs=4", {"hydra/launcher"})
        assert again._replaced("hydra/launcher=joblib", {"hydra/launcher"})
        assert not again._replaced("seed=1", {"hydra/launcher"})
        assert again.asked(words, again.STATUS) is None

    def test_what_a_folder_may_say_of_how_jobs_are_launched(self):
        for word in ("partition=gpu", "mem_gb=1", "nodes=2", "n_jobs=3", "gpus_per_node=8"):
            assert again.HARMLESS.fullmatch(f"hydra.launcher.{word}")
        for word in ("setup=[rm]", "partition=a\nrm", "submitit_folder=/", "qos=$(rm)"):
            assert not again.HARMLESS.fullmatch(f"hydra.launcher.{word}")


def test_a_stopped_job_goes_on_from_its_checkpoint(tmp_path, cache):
    long = (
        *SMALL, "trainer.max_epochs=40", "trainer.check_val_every_n_epoch=4",
        "callbacks.energy_drift.every=99", "data.test_sets=[in_distribution]",
    )  # fmt: skip
    stopper = threading.Thread(target=_stop_at_epoch_8, args=(tmp_path,))
    stopper.start()
    stopped = run("train", "-m", "seed=0,1", *long, folder=tmp_path, cache=cache)
    stopper.join()
    sweep = only_run(tmp_path, "sweeps")
    assert (stopped.code, states(sweep)) == (143, ["interrupted", "missing"])
    assert f"To go on: python -m src.train -m sweep.retry={sweep.relative_to(tmp_path)}" in (
        stopped.err
    )
    went_on = run("train", "-m", f"sweep.retry={sweep}", folder=tmp_path, cache=cache)
    assert (went_on.code, states(sweep)) == (0, ["succeeded"] * 2), went_on.err
    first, second = (sweep / "0_mass_spring_hnn_s0" / "log.txt").read_text().split("Job 0:")[1:]
    assert "epoch 8/40" in first
    assert "epoch 4/40" not in second
    assert "epoch 40/40" in second
    steps = [
        json.loads((sweep / f"{n}_mass_spring_hnn_s{n}" / "summary.json").read_text())["train"]
        for n in (0, 1)
    ]
    assert steps[0]["steps"] == steps[1]["steps"]


def _stop_at_epoch_8(folder):
    """Send this process a SIGTERM once a job of its sweep has come that far."""
    for _ in range(3000):
        logs = folder.glob("sweeps/*/*/*/log.txt")
        if any("epoch 8/40" in log.read_text() for log in logs):
            os.kill(os.getpid(), signal.SIGTERM)
            return
        time.sleep(0.005)


class TestLedger:
    @pytest.fixture
    def ledger(self, tmp_path):
        ledger = Ledger(tmp_path)
        ledger.begin("Grid", ["-m", "seed=0"])
        ledger.add([Job(0, ("seed=0",))])
        return ledger

    def test_a_job_runs_for_as_long_as_its_process(self, ledger):
        code = (
            "import sys, pathlib\n"
            "from src.reporting.job import Job\n"
            "from src.reporting.ledger import Ledger\n"
            "folder = pathlib.Path(sys.argv[1]); (folder / 'job').mkdir()\n"
            "with Ledger(folder).running(Job(0, ('seed=0',)), folder / 'job'):\n"
            "    print('runs', flush=True); input()"
        )
        words = [sys.executable, "-c", code, str(ledger.folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(words, cwd=ROOT, **pipes) as child:
            assert child.stdout.readline() == b"runs\n"
            assert [entry.state for entry in ledger.entries()] == ["running"]
            again = ledger.running(Job(0, ("seed=0",)), ledger.folder / "job")
            with pytest.raises(BlockingIOError), again:
                pass
            child.kill()
            child.wait()
        (entry,) = ledger.entries()
        assert (entry.state, entry.error) == ("interrupted", "its process is gone")

    def test_a_sweep_has_one_leader(self, ledger):
        refused = pytest.raises(ValueError, match="another one is at work in")
        with ledger.led(), refused, Ledger(ledger.folder).led():
            pass

    def test_a_job_whose_folder_is_gone_is_missing(self, ledger):
        place = ledger.folder / "job"
        place.mkdir()
        with ledger.running(Job(0, ("seed=0",)), place) as entry:
            ledger.ended(entry, "succeeded")
        assert [entry.state for entry in ledger.entries()] == ["succeeded"]
        place.rmdir()
        assert [entry.state for entry in ledger.entries()] == ["missing"]

    def test_a_damaged_record_is_refused(self, ledger):
        ledger.file.write_text("{")
        with pytest.raises(ValueError, match="not the whole record of a sweep"):
            ledger.entries()


@pytest.mark.parametrize("launcher", ["joblib", "slurm"])
def test_a_launcher_that_is_not_there_says_what_to_install(launcher, tmp_path, cache, monkeypatch):
    from hydra.core.plugins import Plugins

    known = Plugins.instance().class_name_to_class
    without = {name: kind for name, kind in known.items() if launcher not in name.lower()}
    monkeypatch.setattr(Plugins.instance(), "class_name_to_class", without)
    words = ("-m", "seed=0,1", f"hydra/launcher={launcher}")
    refused = run("train", *words, folder=tmp_path, cache=cache)
    assert refused.code == 1
    assert f"hydra/launcher={launcher} needs a library that is not installed: pip" in refused.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
class TestJoblib:
    @pytest.fixture(autouse=True)
    @staticmethod
    def installed():
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="needs the extra sweeps")

    def test_sixteen_jobs_of_which_three_fail(self, tmp_path, cache):
        for seed in range(16):
            record(tmp_path, seed)
        for seed in (3, 7, 11):
            hide(tmp_path, seed)
        words = ("-m", "src.train", "-m", JOBLIB, "seed=range(16)", *RECORDED)
        child = process(*words, folder=tmp_path, cache=cache)
        out, err = child.communicate()
        sweep = only_run(tmp_path, "sweeps")
        assert (child.returncode, len(list(sweep.glob("*/summary.json")))) == (1, 13), err
        assert "Error: of 16 jobs, 13 succeeded, 3 failed." in err
        for seed in (3, 7, 11):
            assert f"rec_{seed}.csv is a folder" in out
            restore(tmp_path, seed)
        words = ("-m", "src.train", "-m", f"sweep.retry={sweep}")
        child = process(*words, folder=tmp_path, cache=cache)
        out, err = child.communicate()
        assert (child.returncode, err) == (0, "")
        told = (line.partition(" after ")[0] for line in out.splitlines())
        ran = sorted(line for line in told if line.startswith("Job "))
        assert ran == ["Job 11 succeeded", "Job 3 succeeded", "Job 7 succeeded"]
        assert states(sweep) == ["succeeded"] * 16

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
    def test_a_signal_stops_running_jobs_and_starts_no_other(self, number, code, tmp_path, cache):
        child, sweep = self._started(tmp_path, cache, "seed=range(4)")
        child.send_signal(number)
        _, err = child.communicate()
        assert child.returncode == code, err
        assert states(sweep) == ["interrupted"] * 2 + ["missing"] * 2
        assert "Stopped. To go on: python -m src.train -m sweep.retry=" in err
        assert "Traceback" not in err

    def test_a_killed_worker_takes_no_job_down(self, tmp_path, cache):
        child, sweep = self._started(tmp_path, cache, "seed=range(3)", epochs=300)
        os.kill(Ledger(sweep).entries()[0].process, signal.SIGKILL)
        _, err = child.communicate(timeout=300)
        assert (child.returncode, states(sweep)) == (0, ["succeeded"] * 3), err

    def _started(self, folder, cache, seeds, epochs=100000):
        """Start a sweep of long jobs, two at once, and wait until both have a checkpoint."""
        long = (*SMALL, f"trainer.max_epochs={epochs}", "trainer.check_val_every_n_epoch=10")
        words = ("-m", "src.train", "-m", JOBLIB, "hydra.launcher.n_jobs=2", seeds, *long)
        child = process(*words, folder=folder, cache=cache)
        while len(list(folder.glob("sweeps/*/*/*/checkpoints/last.ckpt"))) < 2:
            assert child.poll() is None, child.communicate()
            time.sleep(0.05)
        return child, only_run(folder, "sweeps")
