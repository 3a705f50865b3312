"""W&B for real, offline: what is on its disk is what we wrote."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from src.reporting.plots.style import save
from src.reporting.plots.training import training_curves
from src.reporting.record import flatten, read_record
from src.reporting.tracking import CURVES, ENERGY, STEP
from src.reporting.wandb import WandbSettings
from src.reporting.wandb.login import resolve_mode, stage
from src.reporting.wandb.tracker import WandbTracker

from .offline_log import read_offline_run
from .records import build, make_run

OFFLINE = WandbSettings(mode="offline", tags=("pytest",))


@pytest.fixture(autouse=True)
def environment():
    """W&B is steered by variables of the process: each test leaves them as they were."""
    before = dict(os.environ)
    yield
    service = {k: v for k, v in os.environ.items() if k == "WANDB_SERVICE"}  # its own, still alive
    before.pop("WANDB_SERVICE", None)
    os.environ.clear()
    os.environ.update(before | service)


def log_of(folder):
    """Read the last log in a run folder; W&B's process may need a moment to write its end."""
    file = sorted((folder / "wandb").glob("offline-run-*"))[-1]
    deadline = time.monotonic() + 5
    while (log := read_offline_run(file)).exit_code is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return log


@pytest.fixture(scope="module")
def mirrored(tmp_path_factory):
    """One run with everything in it, and its record."""
    root = tmp_path_factory.mktemp("wandb")
    folder = root / "run"
    record = make_run(folder, "baseline", 0, rollout__energy_drift__mse=None)
    step = np.arange(5.0)
    figure = save(training_curves({"training": (step, step + 1)}), folder / "figures" / "loss.png")
    config = {"model": {"width": 9}}
    tracker = OFFLINE.open(folder, root / "cache", "a name", "a sweep", config)
    tracker.log_metrics({"train/loss": 0.5}, 10)
    tracker.log_curve(ENERGY, step, step**2)
    tracker.log_figures({"loss": figure})
    tracker.log_table("rollouts", [{"trajectory": 0, "drift": 0.1}])
    tracker.log_table("nothing", [])
    tracker.log_summary(record)
    tracker.finish(0)
    return root, record, log_of(folder)


def test_the_log_holds_the_drift_curve(mirrored):
    log = mirrored[2]
    rows = [row for row in log.history if ENERGY.y in row]
    assert [row[ENERGY.x] for row in rows] == [0, 1, 2, 3, 4]
    assert [row[ENERGY.y] for row in rows] == [0, 1, 4, 9, 16]
    assert {curve.y: log.metrics[curve.y] for curve in CURVES} == {c.y: c.x for c in CURVES}
    assert log.metrics["*"] == STEP


def test_the_log_holds_group_name_tags_config_and_exit(mirrored):
    log = mirrored[2]
    assert (log.group, log.name, log.project) == ("a sweep", "a name", "legendre")
    assert log.tags == ["pytest"]
    assert log.config["model"] == {"width": 9}
    assert log.exit_code == 0


def test_the_summary_equals_summary_json(mirrored):
    root, record, log = mirrored
    on_disk = json.loads((root / "run" / "summary.json").read_text())
    assert on_disk["rollout"]["energy_drift"]["mse"] is None
    # Nested as it is: W&B reads a dot in a name as a step into a section, and finds nothing.
    assert {name: log.summary[name] for name in on_disk} == on_disk
    assert flatten(log.summary).items() >= flatten(on_disk).items()
    assert record.summary == on_disk


def test_the_log_holds_metrics_figures_and_the_table(mirrored):
    root, _, log = mirrored
    assert {"train/loss": 0.5, STEP: 10}.items() <= next(
        row for row in log.history if "train/loss" in row
    ).items()
    assert any(row.get("figures/loss._type") == "image-file" for row in log.history)
    assert [row["rollouts.nrows"] for row in log.history if "rollouts.nrows" in row] == [1]
    assert not any("nothing" in name for row in log.history for name in row)
    assert list((root / "run" / "wandb").rglob("*.table.json"))


def test_a_resumed_folder_keeps_its_id_and_another_folder_gets_its_own(tmp_path):
    ids = []
    for name in ("one", "one", "two"):
        tracker = OFFLINE.open(tmp_path / name, tmp_path / "cache", name, None, {})
        ids.append(tracker.run.id)
        tracker.finish(0)
    assert ids[0] == ids[1] != ids[2]
    assert log_of(tmp_path / "one").id == ids[0]
    assert len(list((tmp_path / "one" / "wandb").glob("offline-run-*"))) >= 1


def test_a_forgotten_run_is_finished_and_not_reused(tmp_path):
    first = OFFLINE.open(tmp_path / "one", tmp_path / "cache", "one", "sweep", {})
    first.log_metrics({"a": 1.0}, 1)
    second = OFFLINE.open(tmp_path / "two", tmp_path / "cache", "two", "sweep", {})
    second.log_metrics({"b": 1.0}, 1)
    second.finish(1)
    logs = log_of(tmp_path / "one"), log_of(tmp_path / "two")
    assert [set(log.history[0]) & {"a", "b"} for log in logs] == [{"a"}, {"b"}]
    assert [log.group for log in logs] == ["sweep", "sweep"]
    assert logs[1].exit_code == 1


def test_lightnings_logger_writes_to_the_same_run(tmp_path):
    from pytorch_lightning.loggers import WandbLogger

    tracker = OFFLINE.open(tmp_path / "run", tmp_path / "cache", "name", None, {})
    logger = WandbLogger(experiment=tracker.run, save_dir=tmp_path / "run")
    logger.log_hyperparams({"lr": 0.1})
    logger.log_metrics({"val/loss": 2.0}, step=7)
    logger.finalize("success")
    tracker.finish(0)
    log = log_of(tmp_path / "run")
    assert {"val/loss": 2.0, STEP: 7}.items() <= log.history[0].items()
    assert log.config["lr"] == 0.1
    assert logger.version == tracker.run.id


def test_nothing_is_written_elsewhere(tmp_path):
    """In a process of its own, with a home and a working folder to look into afterwards."""
    home, cwd = tmp_path / "home", tmp_path / "cwd"
    home.mkdir()
    cwd.mkdir()
    script = """
import sys
import time
from pathlib import Path
from src.reporting.wandb import WandbSettings
from src.reporting.wandb.login import resolve_mode, stage
root = Path(sys.argv[1])
stage(root / "cache")
assert resolve_mode("auto") == "offline"
tracker = WandbSettings().open(root / "run", root / "cache", "name", None, {})
tracker.log_table("rollouts", [{"trajectory": 0}])
tracker.finish(0)
"""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("WANDB", "XDG", "NETRC"))}
    here = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", script, str(tmp_path)]
    environment = {**clean, "HOME": str(home), "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, cwd=cwd, env=environment, check=True, timeout=60)
    assert list(home.rglob("*")) == []
    assert list(cwd.rglob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"home", "cwd", "run", "cache"}
    assert list((tmp_path / "run").glob("wandb/offline-run-*/*.wandb"))


@pytest.mark.parametrize("source", ["environment", "netrc", "nowhere"])
def test_online_only_with_a_key(source, tmp_path, monkeypatch):
    import wandb

    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path))
    if source == "environment":
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    if source == "netrc":
        (tmp_path / "netrc").write_text(f"machine api.wandb.ai login user password {'0' * 40}\n")
        (tmp_path / "netrc").chmod(0o600)
    stage(tmp_path / "cache")
    wandb.teardown()
    try:
        expected = "offline" if source == "nowhere" else "online"
        assert resolve_mode("auto") == expected
    finally:
        wandb.teardown()


def test_what_the_user_says_comes_first(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert resolve_mode("auto") == "disabled"
    assert resolve_mode("online") == "online"


def test_a_curve_is_thinned_and_ends_where_it_breaks_off():
    rows = []

    class Spy:
        def log(self, row):
            rows.append(row)

    t = np.arange(1000.0)
    drift = np.where(t < 500, t, np.nan)
    WandbTracker(Spy()).log_curve(ENERGY, t, drift)
    assert len(rows) == 100
    assert rows[-1][ENERGY.x] == 495


def test_a_mode_must_be_known():
    with pytest.raises(ValueError, match="wandb mode must be one of"):
        WandbSettings(mode="of")


def test_a_curve_needs_a_value_per_place():
    with pytest.raises(ValueError, match="a value per place; got 1 for 2"):
        WandbTracker(None).log_curve(ENERGY, np.arange(2.0), np.arange(1.0))


def test_the_record_of_the_fixture_is_whole(tmp_path):
    make_run(tmp_path, "lnn", 1)
    assert read_record(tmp_path).get("run") == build("lnn", seed=1)["run"]
