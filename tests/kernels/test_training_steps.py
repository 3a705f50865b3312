"""Steps that the kernel takes without a graph are the steps that Lightning would take."""

import math

import pytest
from torch.testing import assert_close

from src.kernels.regression import Regression
from src.losses.derivative import DerivativeLoss
from src.training import checkpoints
from src.training.stepping import Stepper
from src.training.stopping import Interrupted
from tests.training.states import fingerprint
from tests.training.test_stepping import Asked, outcome
from tests.training.toys import toy_training


@pytest.fixture
def descents(kernel, monkeypatch):
    """Return the numbers of steps that were taken without a graph, block by block."""
    found, descend = [], Stepper.descend

    def counted(self, regression, sizes):
        found.append(len(sizes))
        return descend(self, regression, sizes)

    monkeypatch.setattr(Stepper, "descend", counted)
    return found


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"gradient_clip_val": 0.01},
        {"gradient_clip_val": 1e-4, "gradient_clip_algorithm": "value"},
    ],
    ids=lambda settings: ",".join(settings) or "plain",
)
def test_a_block_without_a_graph_equals_the_same_steps_one_by_one(
    descents, settings, tmp_path, cache
):
    _, record, slow = outcome(tmp_path / "one", cache, 1, **settings)
    assert not descents
    _, same, fast = outcome(tmp_path / "many", cache, 32, **settings)
    assert sum(descents) == record["steps"] == same["steps"]
    assert record["final_loss"] == pytest.approx(same["final_loss"], rel=1e-12)
    for name, weights in checkpoints.weights(slow).items():
        assert_close(checkpoints.weights(fast)[name], weights, rtol=1e-10, atol=1e-12)


def test_accumulated_gradients_are_left_to_autograd(descents, tmp_path, cache):
    outcome(tmp_path, cache, 32, accumulate_grad_batches=3)
    assert not descents


def test_a_gradient_that_is_no_number_is_skipped(descents, tmp_path, cache, monkeypatch):
    fit, calls = Regression._fit, []

    def spoiled(self, *given):
        value, norm = fit(self, *given)
        calls.append(norm)
        return (value, norm) if len(calls) != 2 else (math.nan, math.nan)

    monkeypatch.setattr(Regression, "_fit", spoiled)
    _, record, last = outcome(tmp_path, cache, 32)
    assert descents
    assert record["skipped_steps"] == 1
    assert all(weights.isfinite().all() for weights in checkpoints.weights(last).values())


def test_a_training_that_stops_goes_on_with_the_same_bits(descents, tmp_path, cache):
    settings = {"limit_train_batches": 4, "epochs": 2}
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    outcome(whole, cache, 32, **settings)
    with pytest.raises(Interrupted):
        outcome(stopped, cache, 32, callbacks=[Asked(2)], **settings)
    outcome(stopped, cache, 32, resume=True, **settings)
    assert descents
    one, other = (folder / "checkpoints/last.ckpt" for folder in (whole, stopped))
    assert fingerprint(one) == fingerprint(other)


class Doubled(DerivativeLoss):
    """What derives from the loss may be another one."""

    def __call__(self, *given):
        return 2 * super().__call__(*given)


def test_a_loss_of_another_kind_is_called_itself(descents, tmp_path, cache):
    toy_training(tmp_path, cache, loss=Doubled()).run(lambda row, step: None)
    assert not descents
