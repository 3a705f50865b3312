"""Papers made again: how rows are made of trainings, and the nets that are written for them."""

import math

import pytest
import torch

from experiments.dhnn_paper.nets import ResidualEnergy
from experiments.dhnn_paper.pendulum import yardsticks
from experiments.published import statistics_of
from experiments.task import Figure, Task

FOLDS = {"early": ("data.train=0.5",), "late": ("data.train=0.8",)}


def task(**settings) -> Task:
    figures = [Figure("energy", "energy MSE")]
    return Task("spring", {"hnn": ["model=hnn"]}, lambda run: {}, figures, "hnn", **settings)


def test_a_row_is_judged_over_the_starts_of_all_its_folds():
    folds = [{"energy": [1.0, 2.0]}, {"energy": [6.0], "late": [4.0]}]
    found = statistics_of(folds)
    counted = {"failed": 0, "starts": 3}
    geometric = pytest.approx(12 ** (1 / 3))
    assert found["energy"] == {"mean": 3.0, "median": 2.0, "geometric": geometric, **counted}
    assert found["late"]["mean"] == found["late"]["median"] == 4.0


def test_a_rollout_that_broke_off_in_one_fold_fails_the_mean_and_not_the_median():
    found = statistics_of([{"energy": [1.0, 2.0]}, {"energy": [math.inf]}])["energy"]
    assert found == {"mean": None, "median": 2.0, "geometric": None, "failed": 1, "starts": 3}


def test_a_fold_changes_a_method_and_a_task_without_folds_changes_nothing():
    late = task(folds=FOLDS).overrides("hnn", 3, "late")
    assert late == ["experiment=spring", "model=hnn", "data.train=0.8", "seed=3", "logger=csv"]
    (only,) = task().folds
    assert "data.train=0.8" not in task().overrides("hnn", 3, only)


def test_the_gradient_of_a_residual_energy_is_its_derivative():
    torch.manual_seed(0)
    energy, x = ResidualEnergy(2, 8).double(), torch.randn(5, 2).double()
    expected = torch.func.grad(lambda y: energy(y).sum())(x)
    torch.testing.assert_close(energy.gradient(x), expected)


def test_yardsticks_of_an_exact_decay():
    t = torch.linspace(0, 30, 301).double()
    seen = 2 * (-0.02 * t).exp()
    found = dict(yardsticks(t, seen, 180))
    truth = seen[180:290]
    assert (found["constant"] - truth[0]).abs().max() == 0
    torch.testing.assert_close(found["decay"], truth)
    assert float((found["noise floor"] - truth).abs().max()) == pytest.approx(0, abs=1e-3)
