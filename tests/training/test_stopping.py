"""Signals between any two steps: nothing is lost, and what follows is bit-equal."""

import os
import signal

import pytest
import torch
from torch import nn

from src.losses.rollout import RolloutLoss
from src.models.hnn import HNN
from src.training.modules import DynamicsModule
from src.training.stopping import Interrupted

from .states import fingerprint
from .toys import toy_training


class Noisy(HNN):
    """Draws random numbers while it trains."""

    def forward(self, t, x):
        return super().forward(t, nn.functional.dropout(x, 0.2, self.training))


class Sent(Exception):
    """Stands for a kill: nothing of the process is left to clean up."""


def train(folder, cache, at=None, send=None, **settings):
    """Train in a folder, and meet something at a step of the whole training."""
    step, met = DynamicsModule.training_step, []

    def meeting(module, batch, batch_idx):
        if at is not None and module.trainer.fit_loop.total_batch_idx == at and not met:
            met.append(at)
            send()
        return step(module, batch, batch_idx)

    loss = RolloutLoss(steps=2, growth=0.9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamicsModule, "training_step", meeting)
        training = toy_training(
            folder, cache, loss=loss, kind=Noisy, check_val_every_n_epoch=2, **settings
        )
        fitted = training.run(lambda row, step: None)
    return training, fitted


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def terminate():
    os.kill(os.getpid(), signal.SIGTERM)


def kill():
    raise Sent


@pytest.fixture(scope="module")
def whole(tmp_path_factory, cache):
    folder = tmp_path_factory.mktemp("whole")
    training, _ = train(folder, cache)
    return folder, training.trainer.global_step


def assert_same(folder, whole):
    for name in ("best", "last"):
        ours, theirs = (fingerprint(f / "checkpoints" / f"{name}.ckpt") for f in (folder, whole))
        assert ours == theirs, name
    assert (folder / "metrics.csv").read_bytes() == (whole / "metrics.csv").read_bytes()


@pytest.mark.parametrize(
    ("send", "expected"), [(interrupt, 130), (terminate, 143)], ids=["ctrl-c", "sigterm"]
)
def test_stopping_at_any_step_saves_it_and_resumes_bit_equal(
    send, expected, whole, tmp_path, cache
):
    folder, steps = whole
    assert steps == 12
    for at in range(steps):
        place = tmp_path / str(at)
        with pytest.raises(Interrupted) as stop:
            train(place, cache, at, send)
        assert stop.value.code == expected
        saved = torch.load(place / "checkpoints" / "last.ckpt", weights_only=True)
        assert saved["global_step"] == at + 1  # the step itself is not lost
        torch.rand(5)  # whatever else the process does
        train(place, cache, resume=True)
        assert_same(place, folder)
