"""A training that was stopped and resumed is bit-equal to one that never stopped."""

import json
import shutil

import pytest
import torch
from running import SMALL, files, only_run, run
from test_commands import without_seconds

from src import load_run
from src.config import stored
from src.config.experiment import build_experiment
from src.losses.derivative import DerivativeLoss
from src.losses.penalised import Penalised
from src.losses.penalties.energy_anchor import EnergyAnchor
from src.losses.penalties.symplecticity import Symplecticity
from src.training.modules import DynamicsModule

LONG = (*SMALL[1:], "trainer.max_epochs=6", "callbacks.energy_drift.every=2")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("whole")
    assert run("train", *LONG, folder=folder, cache=cache).code == 0
    return only_run(folder)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, cache):
    """A run that Ctrl-C stopped in its fifth epoch, one epoch after its last checkpoint."""
    folder = tmp_path_factory.mktemp("stopped")
    outcome = stop_at_epoch(4, *LONG, folder=folder, cache=cache)
    run_folder = only_run(folder)
    assert outcome.code == 130
    advice = f"Stopped. To go on: python -m src.train resume={run_folder.relative_to(folder)}"
    assert outcome.err.strip() == advice
    assert not (run_folder / "summary.json").exists()
    return run_folder


def stop_at_epoch(epoch, *overrides, folder, cache):
    step = DynamicsModule.training_step

    def stopping(module, batch, batch_idx):
        if module.current_epoch == epoch and batch_idx == 0:
            raise KeyboardInterrupt
        return step(module, batch, batch_idx)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamicsModule, "training_step", stopping)
        return run("train", *overrides, folder=folder, cache=cache)


def checkpoint(folder, name):
    return torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)


def test_a_resumed_run_is_bit_equal_to_a_whole_one(whole, stopped, tmp_path, cache):
    folder = shutil.copytree(stopped, tmp_path / "elsewhere" / stopped.name)
    outcome = run("train", f"resume={folder}", folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    assert {path.name for path in tmp_path.iterdir()} == {"elsewhere"}
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    for name in ("best", "last"):
        ours, theirs = checkpoint(folder, name), checkpoint(whole, name)
        for part in ("state_dict", "optimizer_states", "lr_schedulers", "epoch", "global_step"):
            torch.testing.assert_close(ours[part], theirs[part], rtol=0, atol=0)
    ours, theirs = (json.loads((f / "summary.json").read_text()) for f in (folder, whole))
    for part in ("train", "test", "rollout", "test_sets", "data", "scales"):
        assert without_seconds(ours[part]) == without_seconds(theirs[part]), part


def test_resuming_a_finished_run_changes_no_number(whole, tmp_path, cache):
    folder = shutil.copytree(whole, tmp_path / whole.name)
    before = files(folder)
    assert run("train", f"resume={folder}", folder=tmp_path, cache=cache).code == 0
    after = files(folder)
    changed = {str(name) for name in after if after[name] != before.get(name)}
    assert changed <= {"summary.json", "rollouts.npz", "report.html"}  # seconds
    ours, theirs = (json.loads((f / "summary.json").read_text()) for f in (folder, whole))
    for part in ("train", "test", "rollout"):
        assert without_seconds(ours[part]) == without_seconds(theirs[part]), part
    assert ours["train"]["steps_per_second"] == theirs["train"]["steps_per_second"]


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["cosine", "one_cycle"])
def test_a_finished_run_may_be_lengthened(scheduler, tmp_path, cache):
    short = (*SMALL[1:], "trainer.max_epochs=2", f"scheduler={scheduler}")
    assert run("train", *short, folder=tmp_path, cache=cache).code == 0
    folder = only_run(tmp_path)
    overrides = (f"resume={folder}", "trainer.max_epochs=4")
    outcome = run("train", *overrides, folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    assert json.loads((folder / "summary.json").read_text())["train"]["epochs"] == 4
    assert checkpoint(folder, "last")["legendre"]["config"]["trainer"]["max_epochs"] == 4
    last = checkpoint(folder, "last")["lr_schedulers"][0]
    assert last["_last_lr"][0] < 1e-6  # down at the new end, and not on its way up again


def test_a_run_that_was_stopped_before_its_first_checkpoint_starts_again(whole, tmp_path, cache):
    outcome = stop_at_epoch(0, *LONG, folder=tmp_path, cache=cache)
    assert outcome.code == 130
    folder = only_run(tmp_path)
    assert list(folder.iterdir()) == [folder / "config.yaml"]
    again = run("train", f"resume={folder}", folder=tmp_path, cache=cache)
    assert (again.code, again.err) == (0, "")
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()
    shutil.rmtree(folder / "checkpoints")
    late = run("train", f"resume={folder}", folder=tmp_path, cache=cache)
    assert (late.code, "must have its checkpoint to be resumed" in late.err) == (1, True)


def test_a_run_with_two_penalties_says_so_and_can_be_gone_on_with(tmp_path, cache):
    asked = (*SMALL, "model=port_hnn", "penalty=[energy_anchor,symplecticity]")
    asked = (*asked, "penalty.symplecticity.weight=0.2", "data.test_sets=[in_distribution]")
    asked = (*asked, "evaluation.horizon=0.5", "evaluation.longer_factor=1", "model.width=4")
    asked = (*asked, "trainer.max_epochs=2", "trainer.check_val_every_n_epoch=1")
    assert stop_at_epoch(1, *asked, folder=tmp_path, cache=cache).code == 130
    folder = only_run(tmp_path)
    outcome = run("train", f"resume={folder}", folder=tmp_path, cache=cache)
    assert (outcome.code, outcome.err) == (0, "")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["run"]["penalty"] == "energy_anchor, symplecticity"
    loss = load_run(folder).experiment.loss
    assert loss == Penalised(DerivativeLoss(), [EnergyAnchor(), Symplecticity(weight=0.2)])


def test_a_run_from_before_there_were_penalties_is_what_it_was(stopped):
    _, settings = stored.read(stopped)
    assert settings.pop("penalty") == {}
    assert build_experiment(settings).loss == DerivativeLoss()
