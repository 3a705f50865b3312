"""Signals between any two blocks of steps: nothing is lost, and what follows is bit-equal."""

import os
import shutil
import signal

import pytest
import pytorch_lightning as pl
import torch
from torch import nn

from src.losses.derivative import DerivativeLoss
from src.models.hnn import HNN
from src.models.second_order import SecondOrder
from src.training.modules import DynamicsModule
from src.training.stopping import Interrupted

from .states import fingerprint
from .toys import toy_training


class Noisy(HNN):
    """Draws random numbers while it trains."""

    def forward(self, t, x, u=None):
        return super().forward(t, nn.functional.dropout(x, 0.2, self.training), u)


class Growing(DerivativeLoss):
    """Changes from epoch to epoch."""

    def at(self, progress):
        return lambda *arguments: (1 + progress) * self(*arguments)


class Killed(BaseException):
    """Stands for a kill: nothing of the process is left to clean up."""


def train(folder, cache, at=None, send=None, **settings):
    """Train in a folder, and meet something at a block of the whole training."""
    step, met = DynamicsModule.training_step, []

    def meeting(module, batch, batch_idx):
        if at is not None and module.trainer.fit_loop.total_batch_idx == at and not met:
            met.append(at)
            send()
        return step(module, batch, batch_idx)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamicsModule, "training_step", meeting)
        training = toy_training(
            folder, cache, loss=Growing(), kind=Noisy, check_val_every_n_epoch=2, **settings
        )
        fitted = training.run(lambda row, step: None)
    return training, fitted


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def kill():
    raise Killed


@pytest.fixture(scope="module")
def whole(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("whole")
    training, _ = train(folder, cache)
    return folder, training.trainer.global_step


def state(checkpoint):
    # beartype, which checks shapes in tests only, draws from Python's generator.
    found = fingerprint(checkpoint)
    return {path: word for path, word in found.items() if not path.startswith("/random/python")}


def assert_same(folder, whole):
    for name in ("best", "last"):
        ours, theirs = (state(f / "checkpoints" / f"{name}.ckpt") for f in (folder, whole))
        assert ours == theirs, name
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()


@pytest.mark.parametrize("at", range(6))
def test_stopping_at_any_step_saves_it_and_resumes_bit_equal(at, whole, tmp_path, cache):
    folder, steps = whole
    assert steps == 12
    send, expected = ((interrupt, 130), (terminate, 143))[at % 2]
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(Interrupted) as stop:
        train(tmp_path, cache, at, send)
    assert stop.value.code == expected
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    saved = torch.load(tmp_path / "checkpoints" / "last.ckpt", weights_only=True)
    assert saved["global_step"] == 2 * (at + 1)  # the block of steps itself is not lost
    torch.rand(5)  # whatever else the process does
    train(tmp_path, cache, resume=True)
    assert_same(tmp_path, folder)


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_kill_costs_the_steps_since_the_last_checkpoint(at, whole, tmp_path, cache):
    with pytest.raises(Killed):
        train(tmp_path, cache, at, kill)
    train(tmp_path, cache, resume=True)
    assert_same(tmp_path, whole[0])


def test_a_training_that_stopped_early_is_not_gone_on_with(tmp_path, cache):
    early = pl.callbacks.EarlyStopping("validation/loss", patience=1, min_delta=1e9)
    _, first = train(tmp_path, cache, epochs=20, callbacks=[early])
    before = state(tmp_path / "checkpoints" / "last.ckpt")
    _, second = train(tmp_path, cache, epochs=20, callbacks=[early], resume=True)
    assert first.record["epochs"] == second.record["epochs"] == 4
    assert state(tmp_path / "checkpoints" / "last.ckpt") == before


def test_a_checkpoint_of_another_model_is_refused(whole, tmp_path, cache):
    shutil.copytree(whole[0] / "checkpoints", tmp_path / "checkpoints")
    with pytest.raises(ValueError, match=r"must hold the weights of this SecondOrder"):
        toy_training(tmp_path, cache, kind=SecondOrder, resume=True)
