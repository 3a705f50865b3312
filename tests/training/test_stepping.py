"""Steps taken several at once, and directly, are the steps that Lightning would take."""

import os
import signal

import pytest
import pytorch_lightning as pl
import torch

from src.training import checkpoints
from src.training.schedules import cosine
from src.training.stopping import Interrupted

from .states import fingerprint
from .toys import toy_training


def ignore(row, step):
    pass


def outcome(folder, cache, steps_at_once, **settings):
    training = toy_training(
        folder, cache, schedule=cosine, steps_at_once=steps_at_once, precision="64-true", **settings
    )
    fitted = training.run(ignore)
    last = checkpoints.read(folder / "checkpoints" / "last.ckpt")
    return training, fitted.record, last


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gradient_clip_val": 0.01},
        {"gradient_clip_val": 1e-4, "gradient_clip_algorithm": "value"},
        {"accumulate_grad_batches": 3},
    ],
    ids=lambda settings: ",".join(settings) or "plain",
)
def test_a_block_of_steps_equals_the_same_steps_one_by_one(tmp_path, cache, settings):
    one, record, slow = outcome(tmp_path / "one", cache, 1, **settings)
    many, same, fast = outcome(tmp_path / "many", cache, 32, **settings)
    assert many.module.stepper.direct
    assert not one.module.stepper.direct
    assert record["steps"] == same["steps"] == fast["global_step"]
    assert record["final_loss"] == pytest.approx(same["final_loss"], rel=1e-12)
    assert [row["step"] for row in many.log.rows] == [row["step"] for row in one.log.rows]
    assert fast["lr_schedulers"] == slow["lr_schedulers"]
    for name, weights in checkpoints.weights(slow).items():
        torch.testing.assert_close(checkpoints.weights(fast)[name], weights, rtol=1e-10, atol=1e-12)


def test_accumulation_takes_fewer_steps_and_the_schedule_knows(tmp_path, cache):
    training, record, last = outcome(tmp_path, cache, 32, accumulate_grad_batches=3)
    batches = training.data.train_dataloader().count
    assert record["steps"] == 3 * -(-batches // 3)
    assert last["lr_schedulers"][0]["_last_lr"] == [pytest.approx(0.0, abs=1e-12)]


class Watching(pl.Callback):
    seen = 0

    def on_after_backward(self, trainer, pl_module):
        self.seen += 1


def test_callbacks_that_look_into_steps_are_called_in_each(tmp_path, cache):
    watching = Watching()
    training = toy_training(tmp_path, cache, callbacks=[watching])
    record = training.run(ignore).record
    assert watching.seen == record["steps"] > 3


@pytest.mark.parametrize("limit", [{"max_steps": 5}, {"limit_train_batches": 2}])
def test_whoever_counts_batches_counts_batches(tmp_path, cache, limit):
    training = toy_training(tmp_path, cache, epochs=2, **limit)
    steps = training.run(ignore).record["steps"]
    assert steps == (5 if "max_steps" in limit else 4)


@pytest.mark.parametrize("at", [0, 1, 2, 3, 5])
def test_no_gradient_that_waits_for_others_is_lost(at, tmp_path, cache):
    """Where batches are counted one by one, a training may be stopped within an accumulation."""
    settings = {"accumulate_grad_batches": 3, "limit_train_batches": 4, "epochs": 2}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    outcome(whole, cache, 32, **settings)
    asked = Asked(at)
    with pytest.raises(Interrupted):
        outcome(stopped, cache, 32, callbacks=[asked], **settings)
    outcome(stopped, cache, 32, resume=True, **settings)
    assert fingerprint(whole / "checkpoints/last.ckpt") == fingerprint(
        stopped / "checkpoints/last.ckpt"
    )


class Asked(pl.Callback):
    """Asks for a stop in one batch of the training."""

    def __init__(self, at):
        self.at = at

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        if trainer.fit_loop.total_batch_idx == self.at:
            os.kill(os.getpid(), signal.SIGINT)


def test_an_optimizer_that_asks_for_the_loss_again_is_refused(tmp_path, cache):
    training = toy_training(tmp_path, cache)
    optimizer = torch.optim.LBFGS(training.module.parameters())
    with pytest.raises(ValueError, match=r"LBFGS asks for the loss again and again"):
        training.module.stepper.check(optimizer)


def test_half_precision_needs_an_optimizer_that_leaves_scales_alone(tmp_path, cache, monkeypatch):
    training = toy_training(tmp_path, cache)
    weights = list(training.module.parameters())
    plugin = training.trainer.precision_plugin
    monkeypatch.setattr(plugin, "scaler", torch.amp.GradScaler("cpu"), raising=False)
    training.module.stepper.check(torch.optim.Adam(weights))
    with pytest.raises(ValueError, match=r"optimizer.fused=false"):
        training.module.stepper.check(torch.optim.Adam(weights, fused=True))
