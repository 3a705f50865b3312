"""What a user types, what comes back, and what is on disk afterwards."""

import importlib
import json
import re
import resource
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image
from reporting.offline_log import read_offline_run
from running import ROOT, SMALL, files, only_run, process, run

from src.reporting.record import flatten

RUN_FILES = {"summary.json", "metrics.csv", "rollouts.npz", "views.npz", "config.yaml"}


def test_a_run_leaves_everything_in_one_folder(trained):
    names = {path.name for path in trained.iterdir()}
    assert names == RUN_FILES | {"report.html", "checkpoints", "figures"}
    assert {path.name for path in (trained / "checkpoints").iterdir()} == {"best.ckpt", "last.ckpt"}
    summary = json.loads((trained / "summary.json").read_text())
    assert summary["run"]["status"] == "completed"
    assert summary["train"]["epochs"] == 4
    assert summary["run"]["command"].startswith("python -m src.train trainer.max_epochs=4 ")


def test_a_run_prints_its_progress_its_table_and_its_files(trained):
    printed = (trained.parents[2] / "printed.txt").read_text()
    first, *_ = (line for line in printed.splitlines() if "kernel" not in line)
    assert first.startswith("epoch 1/4")  # nothing of Lightning, Hydra or matplotlib before it
    assert "true energy drift" in printed
    relative = trained.relative_to(trained.parents[2])
    assert f"Written to {relative}:" in printed
    assert "figures/energy.png" in printed


def test_help_is_quick_and_explains_the_groups(tmp_path, cache):
    seconds = []
    for _ in range(3):  # other work on the machine adds to what it takes, and takes nothing off
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        out, err = process("-m", "src.train", "--help", folder=tmp_path, cache=cache).communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert err == ""
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if min(seconds) < 1.5:
            break
    assert min(seconds) < 1.5
    groups = {path.name for path in (ROOT / "conf").iterdir() if path.is_dir()} - {"hydra"}
    explained, _, options = out.partition("Groups and their options")
    for group in groups:
        assert f"{group} " in explained, group
        assert f"\n{group}: " in options
    assert "optimizer:\n  _target_: torch.optim.Adam\n" in options
    assert "python -m src.train -m model=hnn,lnn,baseline seed=0,1,2" in options


def test_nothing_is_written_but_the_run_and_the_cache(tmp_path, cache):
    """With W&B, which stages files in many places, and a home that is empty."""
    temporary, work = tmp_path / "tmp", tmp_path / "work"
    for folder in (temporary, work):
        folder.mkdir()
    overrides = (*SMALL[:-1], "logger=wandb")
    child = process("-m", "src.train", *overrides, folder=work, cache=cache, TMPDIR=str(temporary))
    out, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    assert list((work / "home").rglob("*")) == []
    assert list(temporary.iterdir()) == []
    assert {path.name for path in work.iterdir()} == {"home", "runs"}
    folder = only_run(work)
    assert {path.name for path in folder.iterdir()} == RUN_FILES | {
        "report.html",
        "checkpoints",
        "figures",
        "wandb",
    }
    assert "fontManager" not in out
    assert flatten(mirrored(folder).summary).items() >= flatten(summary_of(folder)).items()


def summary_of(folder):
    return json.loads((folder / "summary.json").read_text())


def mirrored(folder):
    """Return what W&B holds of a run."""
    (log,) = folder.glob("wandb/offline-run-*")
    return read_offline_run(log)


@pytest.mark.slow
def test_wandb_has_a_run_per_job_and_groups_those_of_a_sweep(tmp_path, cache):
    overrides = (*SMALL[:-1], "logger=wandb", "trainer.max_epochs=1")
    outcome = run("train", "-m", "seed=0,1", *overrides[1:], folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.out
    sweep = only_run(tmp_path, "sweeps")
    jobs = [mirrored(folder) for folder in sorted(sweep.glob("*_s?"))]
    assert len({job.id for job in jobs}) == 2
    assert {job.group for job in jobs} == {f"{sweep.parent.name}/{sweep.name}"}
    assert [job.config["seed"] for job in jobs] == [0, 1]
    assert all(job.exit_code == 0 for job in jobs)


@pytest.mark.slow
def test_a_resumed_run_goes_on_in_its_own_wandb_run(tmp_path, cache):
    overrides = (*SMALL[1:-1], "logger=wandb", "trainer.max_epochs=2")
    assert run("train", *overrides, folder=tmp_path, cache=cache).code == 0
    folder = only_run(tmp_path)
    first = mirrored(folder)
    time.sleep(1.1)  # W&B names its logs by the second
    overrides = (f"resume={folder}", "trainer.max_epochs=4")
    assert run("train", *overrides, folder=tmp_path, cache=cache).code == 0
    logs = sorted(folder.glob("wandb/offline-run-*"))
    assert [read_offline_run(log).id for log in logs] == [first.id] * 2
    assert read_offline_run(logs[1]).summary["train"]["epochs"] == 4


def test_a_stopped_run_says_how_to_go_on(tmp_path, cache):
    long = ("trainer.max_epochs=100000", "trainer.check_val_every_n_epoch=1", *SMALL[2:])
    child = process("-m", "src.train", *long, folder=tmp_path, cache=cache)
    wait_for(child, lambda: list(tmp_path.glob("runs/*/*/checkpoints/last.ckpt")))
    child.terminate()
    _, err = child.communicate()
    folder = only_run(tmp_path).relative_to(tmp_path)
    assert (child.returncode, err.strip()) == (
        143,
        f"Stopped. To go on: python -m src.train resume={folder}",
    )


@pytest.mark.slow
def test_ctrl_c_ends_a_sweep(tmp_path, cache):
    long = ("trainer.max_epochs=100000", "trainer.check_val_every_n_epoch=1", *SMALL[2:])
    child = process("-m", "src.train", "-m", "seed=0,1", *long, folder=tmp_path, cache=cache)
    wait_for(child, lambda: list(tmp_path.glob("sweeps/*/*/*/checkpoints/last.ckpt")))
    child.send_signal(2)
    _, err = child.communicate()
    assert child.returncode == 130
    assert "Traceback" not in err
    assert "To go on: python -m src.train -m sweep.retry=sweeps/" in err
    assert [path.name[0] for path in tmp_path.glob("sweeps/*/*/*_s?")] == ["0"]


def wait_for(child, condition):
    end = time.monotonic() + 300
    while not condition():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


class TestSweep:
    @pytest.fixture(scope="class")
    @staticmethod
    def sweep(tmp_path_factory, cache):
        folder = tmp_path_factory.mktemp("sweep")
        outcome = run(
            "train", "-m", "model=hnn,baseline", "system.mass=1,-1", *SMALL[1:],
            "trainer.max_epochs=1", "data.test_sets=[in_distribution]", folder=folder, cache=cache,
        )  # fmt: skip
        return outcome, only_run(folder, "sweeps")

    def test_ends_with_a_comparison_of_its_jobs(self, sweep):
        outcome, folder = sweep
        assert {"comparison.json", "comparison.md", "energy_drift.png"} <= {
            path.name for path in folder.iterdir()
        }
        assert "over training seeds" in outcome.out
        assert not list(folder.rglob("report.html"))  # many small pages would say less than one
        groups = json.loads((folder / "comparison.json").read_text())["groups"]
        assert [group["model"] for group in groups] == ["hnn", "baseline"]

    def test_a_failed_job_leaves_the_others_and_is_named(self, sweep):
        outcome, folder = sweep
        assert outcome.code == 1
        assert {path.name for path in folder.iterdir() if path.is_dir()} == {
            "0_mass_spring_hnn_s0",
            "1_mass_spring_hnn_s0",
            "2_mass_spring_baseline_s0",
            "3_mass_spring_baseline_s0",
            "jobs",
        }
        assert outcome.err.count("failed: system.mass must be positive; got -1 kg.") == 2
        assert "Error: of 4 jobs, 2 succeeded, 2 failed. To try again: python -m" in outcome.err
        row = (
            r"  3   failed +model=baseline system.mass=-1 +\S+ +system.mass must be .*_s0/log.txt\)"
        )
        assert re.search(row, outcome.out)
        assert "Traceback" not in outcome.err + outcome.out
        log = (folder / "3_mass_spring_baseline_s0" / "log.txt").read_text()
        assert log.startswith("Job 3: model=baseline system.mass=-1 ")
        assert "Traceback (most recent call last)" in log

    def test_the_terminal_shows_jobs_and_their_logs_the_rest(self, sweep):
        outcome, folder = sweep
        assert re.findall(r"^Job (\d) succeeded after \d+ s$", outcome.out, re.M) == ["0", "2"]
        log = (folder / "0_mass_spring_hnn_s0" / "log.txt").read_text()
        for line in ("epoch 1/1  ", "Written to "):
            assert line in log
            assert line not in outcome.out[: outcome.out.index("over training seeds")]

    def test_a_sweep_of_a_setting_has_a_group_per_value(self, sweep, trained, tmp_path, cache):
        other = shutil.copytree(trained, tmp_path / "other")
        config = (other / "config.yaml").read_text()
        (lr,) = re.findall("  lr: (.*)", config)
        (other / "config.yaml").write_text(config.replace(f"  lr: {lr}", "  lr: 7.0"))
        outcome = run("compare", f"runs=[{trained},{other}]", folder=tmp_path, cache=cache)
        assert outcome.code == 0
        compared = json.loads((only_run(tmp_path, "comparisons") / "comparison.json").read_text())
        assert [g["settings"] for g in compared["groups"]] == [
            {"optimizer.lr": lr},
            {"optimizer.lr": "7.0"},
        ]

    def test_that_cannot_start_leaves_nothing(self, tmp_path, cache):
        outcome = run("train", "-m", "model=hnn,hnnn", *SMALL, folder=tmp_path, cache=cache)
        assert outcome.code == 1
        assert "Did you mean model=hnn?" in outcome.err
        assert list(tmp_path.iterdir()) == []


class TestEvaluate:
    @pytest.fixture(scope="class")
    @staticmethod
    def judged(trained, tmp_path_factory, cache):
        folder = tmp_path_factory.mktemp("judged")
        lone = folder / "moved.ckpt"
        shutil.copy(trained / "checkpoints" / "best.ckpt", lone)
        before = files(trained)
        outcome = run(
            "evaluate", f"checkpoint={lone}", "integrator=implicit_midpoint",
            "evaluation.horizon_over_training=1", folder=folder, cache=cache,
        )  # fmt: skip
        assert outcome.code == 0, outcome.err
        assert files(trained) == before
        return json.loads((only_run(folder, "evaluations") / "summary.json").read_text())

    def test_works_from_a_checkpoint_alone(self, judged):
        assert (judged["run"]["model"], judged["run"]["system"]) == ("hnn", "mass_spring")
        assert judged["train"]["epochs"] is None

    def test_records_what_was_changed(self, judged):
        assert judged["run"]["integrator"] == "implicit_midpoint"
        assert judged["rollout"]["horizon_over_training"] == pytest.approx(1, abs=0.1)  # steps
        assert "integrator=implicit_midpoint" in judged["run"]["command"]

    def test_gives_a_run_its_own_numbers_again(self, trained, tmp_path, cache):
        outcome = run("evaluate", f"checkpoint={trained}", folder=tmp_path, cache=cache)
        assert outcome.code == 0
        old, new = (
            json.loads((folder / "summary.json").read_text())
            for folder in (trained, only_run(tmp_path, "evaluations"))
        )
        for part in ("test", "scales", "data", "train"):
            assert new[part] == old[part]
        assert without_seconds(new["rollout"]) == without_seconds(old["rollout"])


@pytest.mark.slow
def test_what_was_learned_of_few_bodies_is_judged_on_more(tmp_path, cache):
    chosen = (
        "system=lennard_jones", "system.particles=2", "model=pairwise_hnn", "data.horizon=0.5",
        "data.test_sets=[in_distribution]",
    )  # fmt: skip
    outcome = run("train", *SMALL, *chosen, folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    trained = f"checkpoint={only_run(tmp_path)}"
    outcome = run("evaluate", trained, "system.particles=3", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    folder = only_run(tmp_path, "evaluations")
    assert "system.particles=3" in (folder / "summary.json").read_text()
    assert "particles: 3" in (folder / "config.yaml").read_text()
    wrong = run("evaluate", trained, "system.particle=3", folder=tmp_path, cache=cache)
    assert (wrong.code, "Did you mean system.particles?" in wrong.err) == (1, True)
    refused = run("evaluate", trained, "system.mass=3", folder=tmp_path, cache=cache)
    assert (refused.code, "the masses must lie within" in refused.err) == (1, True)


def without_seconds(node):
    if not isinstance(node, dict):
        return node
    hidden = ("seconds", "cpu_seconds", "steps_per_second")
    return {key: without_seconds(value) for key, value in node.items() if key not in hidden}


def test_simulate_writes_motions_and_their_figure(tmp_path, cache):
    outcome = run(
        "simulate", "system=pendulum", "data.trajectories=6", folder=tmp_path, cache=cache
    )
    assert outcome.code == 0
    folder = only_run(tmp_path, "simulations")
    assert set(files(folder)) == {
        path.relative_to(folder)
        for path in (
            folder / "trajectories.npz",
            folder / "figures" / "dataset.png",
            folder / "figures" / "motion.gif",
        )
    }
    with Image.open(folder / "figures" / "motion.gif") as film:
        assert getattr(film, "n_frames", 1) == 61
    assert re.search(r"energy +\S+e-1\d ", outcome.out)


def test_the_catalogue_of_models_says_what_they_are_for(capsys, monkeypatch):
    from src.catalog import main

    monkeypatch.setattr(sys, "argv", ["src.catalog", "models"])
    main()
    printed = capsys.readouterr().out
    assert all(
        word in printed for word in ("separable_hnn", "leapfrog", "euler_lagrange", "(q, v)")
    )
    assert max(len(line) for line in printed.splitlines()) <= 110


OWN_SYSTEM = '''
from dataclasses import dataclass

from src.systems.mass_spring import MassSpring


@dataclass(frozen=True)
class Quartic(MassSpring):
    """A mass on a spring, by another name."""
'''


def test_options_from_a_folder_of_ones_own(tmp_path, cache, monkeypatch):
    (tmp_path / "own_system.py").write_text(OWN_SYSTEM)
    (tmp_path / "conf" / "system").mkdir(parents=True)
    yaml = "_target_: own_system.Quartic\nmass: 2.0\nstiffness: 1.0\namplitude: [0.2, 1.0]\n"
    (tmp_path / "conf" / "system" / "quartic.yaml").write_text(yaml)
    monkeypatch.syspath_prepend(tmp_path)
    overrides = ("--config-dir", "conf", "system=quartic", "data.trajectories=6")
    outcome = run("simulate", *overrides, folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    assert only_run(tmp_path, "simulations").name.endswith("_quartic")
    typo = run("train", "--config-dir", "conf", "system=quartik", folder=tmp_path, cache=cache)
    assert "Did you mean system=quartic?" in typo.err


@pytest.mark.slow
def test_a_system_without_pairs_is_trained_drawn_and_judged_again(tmp_path, cache):
    chosen = ("system=rigid_body", "model=baseline", "data.trajectories=8", "data.horizon=4")
    outcome = run("train", *SMALL, *chosen, folder=tmp_path, cache=cache, figures=True)
    assert (outcome.code, outcome.err) == (0, "")
    folder = only_run(tmp_path)
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert drawn == {"energy.png", "phase_portrait.png", "rollout.png", "training.png"}
    trained = json.loads((folder / "summary.json").read_text())["rollout"]
    again = run("evaluate", f"checkpoint={folder}", folder=tmp_path, cache=cache)
    assert again.code == 0, again.err
    judged = json.loads((only_run(tmp_path, "evaluations") / "summary.json").read_text())["rollout"]
    for rollout in (trained, judged):
        rollout.pop("cost")
    assert judged == trained


def test_a_system_of_finance_ends_with_its_curve_and_rolls_out_when_asked(tmp_path, cache):
    small = [word for word in SMALL if not word.startswith("evaluation")]
    outcome = run("train", *small, "system=vasicek", folder=tmp_path, cache=cache, figures=True)
    assert (outcome.code, outcome.err) == (0, "")
    assert "no rollouts" in outcome.out
    assert "zero yield (%)" in outcome.out
    folder = only_run(tmp_path)
    assert {path.name for path in (folder / "figures").iterdir()} == {"curves.png", "training.png"}
    assert not (folder / "rollouts.npz").exists()
    assert "<svg" in (folder / "report.html").read_text()
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["rollout"]["energy_drift"] is None
    assert "part like exp(t)" in summary["rollout"]["reason"]
    assert summary["data"]["noise"] == 0
    asked = (f"checkpoint={folder}", "evaluation.horizon=1", "evaluation.trajectories=2")
    again = run("evaluate", *asked, folder=tmp_path, cache=cache)
    assert again.code == 0, again.err
    judged = json.loads((only_run(tmp_path, "evaluations") / "summary.json").read_text())
    assert judged["rollout"]["trajectories"] == 2
    assert judged["curves"] == summary["curves"]


@pytest.mark.slow
def test_the_wrong_pairs_are_given_to_a_model_on_purpose(tmp_path, cache):
    chosen = ("system=double_pendulum", "data.coordinates=velocity")
    outcome = run("train", *SMALL, *chosen, folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    geometry = json.loads((only_run(tmp_path) / "summary.json").read_text())["rollout"]["geometry"]
    # It keeps the areas of its own pairs, which are not those of the true momenta.
    assert geometry["own_momentum"]["symplecticity_defect"]["median"] < 1e-3
    assert geometry["symplecticity_defect"]["median"] > 1e-2


class TestVariants:
    """Options that change how training goes, each run to its end."""

    @pytest.mark.parametrize(
        "overrides",
        [
            ("trainer.precision=64-true", "optimizer=adamw", "scheduler=one_cycle"),
            pytest.param(
                ("callbacks=early_stopping", "scheduler=constant", "optimizer=sgd"),
                marks=pytest.mark.slow,
            ),
        ],
        ids=" ".join,
    )
    def test_runs(self, overrides, tmp_path, cache):
        outcome = run("train", *SMALL, *overrides, folder=tmp_path, cache=cache)
        assert (outcome.code, outcome.err) == (0, "")
        if "trainer.precision=64-true" in overrides:
            from src import load_run

            model = load_run(only_run(tmp_path)).experiment.model
            assert {p.dtype for p in model.parameters()} == {torch.float64}


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [("model=baseline", "penalty=symplecticity"), ("model=pairwise_hnn", "system=three_body")],
)
def test_a_loss_can_be_compiled(words, tmp_path, cache):
    asked = (*SMALL, "performance=compiled", *words)
    # In a process of its own: types that are checked at run time cannot be compiled.
    child = process("-m", "src.train", *asked, folder=tmp_path, cache=cache)
    _, err = child.communicate()
    assert child.returncode == 0, err


@pytest.mark.slow
def test_a_wheel_works_away_from_the_checkout(tmp_path, cache):
    wheel = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", "-w", str(tmp_path)]
    subprocess.run([*wheel, str(ROOT)], check=True)
    (built,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(built).extractall(installed)
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "legendre-train = src.train:main" in entry_points.read_text()
    words = ("-m", "src.train", "--cfg", "job")
    child = process(*words, folder=tmp_path, cache=cache, PYTHONPATH=str(installed))
    out, err = child.communicate()
    assert (child.returncode, err) == (0, "")
    assert "_target_: src.systems.mass_spring.MassSpring" in out
    words = ("-m", "src.train", "-m", "seed=-1,-2")  # the plugin that leads sweeps is found, too
    child = process(*words, folder=tmp_path, cache=cache, PYTHONPATH=str(installed))
    out, err = child.communicate()
    assert (child.returncode, out.count("seed must be a whole number from 0")) == (1, 2)


def test_every_command_is_a_console_script():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert set(scripts) == {
        f"legendre-{name}"
        for name in (
            "train",
            "evaluate",
            "simulate",
            "compare",
            "report",
            "animate",
            "dashboard",
            "catalog",
        )
    }
    for target in scripts.values():
        module, _, function = target.partition(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_a_driven_run_accounts_for_the_work_of_its_inputs(tmp_path, cache):
    settings = [
        "model=baseline",
        "signal=sum_of_sines",
        "system.damping=0.1",
        "trainer.max_epochs=2",
    ]
    outcome = run("train", *settings, *SMALL, folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    folder = only_run(tmp_path)
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["rollout"]["exchanged_energy"]["median"] > 0.01
    assert "friction and inputs exchange" in outcome.out
    with np.load(folder / "rollouts.npz") as arrays:
        test_set = "in_distribution"
        balance = arrays[f"{test_set}/true_energy_of_truth"] - arrays[f"{test_set}/work_on_truth"]
        change = abs(balance - balance[:, :1]).max()
        assert arrays[f"{test_set}/u"].any()
    assert change < 1e-7 * summary["scales"]["energy"]
