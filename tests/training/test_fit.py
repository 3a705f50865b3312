"""What a training keeps, skips and refuses."""

import math
from typing import ClassVar

import pytest
import torch

from src.losses.derivative import DerivativeLoss
from src.losses.rollout import RolloutLoss
from src.models.nearest_neighbours import NearestNeighbours
from src.training import checkpoints
from src.training.metrics_log import read_rows
from src.training.schedules import cosine

from .toys import toy_training


class Spoiled(DerivativeLoss):
    """A loss that is not a number in the training steps named."""

    bad = ()
    validation_too = False

    def __init__(self):
        object.__setattr__(self, "step", -1)

    def __call__(self, model, t, x, dx, integrator):
        loss = super().__call__(model, t, x, dx, integrator)
        if not model.training:
            return loss * math.nan if self.validation_too else loss
        object.__setattr__(self, "step", self.step + 1)
        return loss * math.nan if self.step in self.bad else loss


def ignore(row, step):
    pass


def test_steps_without_a_finite_gradient_are_skipped_and_counted(tmp_path, cache):
    loss = Spoiled()
    loss.__class__.bad = (1, 2, 4)
    training = toy_training(tmp_path, cache, loss)
    fitted = training.run(ignore)
    assert fitted.record["skipped_steps"] == 3
    content = checkpoints.read(tmp_path / "checkpoints" / "last.ckpt")
    assert all(bool(w.isfinite().all()) for w in checkpoints.weights(content).values())
    steps = {int(state["step"]) for state in content["optimizer_states"][0]["state"].values()}
    assert steps == {fitted.record["steps"] - 3}


def test_training_stops_when_they_persist(tmp_path, cache):
    loss = Spoiled()
    loss.__class__.bad = range(1000)
    training = toy_training(tmp_path, cache, loss, patience=3)
    with pytest.raises(ValueError, match="needs finite gradients; got none in 3 steps in a row"):
        training.run(ignore)


def test_a_loss_that_is_not_a_number_is_never_the_best(tmp_path, cache):
    loss = Spoiled()
    loss.__class__.bad = ()
    loss.__class__.validation_too = True
    try:
        record = toy_training(tmp_path, cache, loss).run(ignore).record
    finally:
        loss.__class__.validation_too = False
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["last.ckpt"]
    assert record["best_val_loss"] is None


def test_the_best_weights_are_those_of_the_lowest_validation_loss(tmp_path, cache):
    training = toy_training(tmp_path, cache, epochs=4)
    record = training.run(ignore).record
    rows = read_rows(tmp_path / "metrics.csv")
    losses = [row["validation/loss"] for row in rows]
    assert len(rows) == 4
    assert record["best_val_loss"] == pytest.approx(min(losses))
    best = checkpoints.read(tmp_path / "checkpoints" / "best.ckpt")
    assert best["epoch"] == losses.index(min(losses))
    for name, weight in checkpoints.weights(best).items():
        assert torch.equal(training.module.model.state_dict()[name], weight)


def test_the_last_epoch_is_validated_whatever_the_interval(tmp_path, cache):
    training = toy_training(tmp_path, cache, epochs=3, check_val_every_n_epoch=2)
    training.run(ignore)
    assert [row["epoch"] for row in read_rows(tmp_path / "metrics.csv")] == [1, 2]
    last = checkpoints.read(tmp_path / "checkpoints" / "last.ckpt")
    assert last["epoch"] == 2


def test_a_training_that_ends_between_validations_is_saved(tmp_path, cache):
    training = toy_training(tmp_path, cache, epochs=9, check_val_every_n_epoch=9, max_steps=4)
    assert training.run(ignore).record["steps"] == 4
    assert checkpoints.read(tmp_path / "checkpoints" / "last.ckpt")["global_step"] == 4


def test_the_mirror_gets_each_row_once_and_whole(tmp_path, cache):
    mirrored = []
    training = toy_training(tmp_path, cache)
    training.run(lambda row, step: mirrored.append({**row, "step": step}))
    assert mirrored == read_rows(tmp_path / "metrics.csv")
    assert all({"validation/loss", "train/loss", "learning_rate"} <= set(row) for row in mirrored)


def test_nothing_is_written_before_it_runs(tmp_path, cache):
    toy_training(tmp_path, cache)
    assert list(tmp_path.iterdir()) == []


def test_a_lengthened_training_ends_with_the_schedule_of_the_new_length(tmp_path, cache):
    toy_training(tmp_path, cache, epochs=2, schedule=cosine).run(ignore)
    longer = toy_training(tmp_path, cache, epochs=5, schedule=cosine, resume=True)
    assert longer.run(ignore).record["epochs"] == 5
    rows = read_rows(tmp_path / "metrics.csv")
    assert [row["epoch"] for row in rows] == [0, 1, 2, 3, 4]
    rates = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1e-3)
    whole = cosine(rates, int(rows[-1]["step"]) + 1)
    for row in rows[2:]:  # from the third epoch on, the rate is that of a training of five
        expected = 1e-3 * whole.lr_lambdas[0](int(row["step"]) + 1)
        assert row["learning_rate"] == pytest.approx(expected, abs=1e-9)


class Watched(RolloutLoss):
    """A rollout that notes how far ahead it was asked to go, and whether in training."""

    seen: ClassVar[set] = set()

    def __call__(self, model, integrator, t, x, dx, u=None):
        self.seen.add((model.training, self.steps))
        return super().__call__(model, integrator, t, x, dx, u)


def test_rollouts_grow_in_training_and_are_validated_whole(tmp_path, cache):
    toy_training(tmp_path, cache, Watched(steps=3, growth=0.9), epochs=3).run(ignore)
    assert Watched.seen == {(True, 1), (True, 2), (True, 3), (False, 3)}


def test_a_model_without_weights_takes_one_epoch_and_no_step(tmp_path, cache):
    training = toy_training(
        tmp_path, cache, kind=NearestNeighbours, epochs=4, gradient_clip_val=10.0
    )
    record = training.run(ignore).record
    assert (record["epochs"], record["steps"], record["parameters"]) == (1, 0, 0)
    assert record["final_loss"] < 1e-8 < record["best_val_loss"] < 0.1
