"""Contests: ratios, and what becomes of runs that broke off."""

import json
import math
from dataclasses import replace

import pytest
from scipy import stats

from experiments.contest import Contest, figures, picture, ratio, row, table

CONTEST = Contest("spring", {"hnn": [], "baseline": []}, [], "rollout.drift.median", "drift")


def rows(ours, theirs):
    kept = {"contest": "spring", "beside": {}, "non_finite": 0, "trajectories": 5}
    return [
        {**kept, "model": model, "seed": seed, "figure": figure}
        for model, values in (("hnn", ours), ("baseline", theirs))
        for seed, figure in enumerate(values)
    ]


def test_a_ratio_is_that_of_logarithms_seed_by_seed():
    found = ratio(dict(enumerate([0.1, 0.2, 0.1])), dict(enumerate([1.0, 1.0, 0.5])))
    logs = [math.log(x) for x in (0.1, 0.2, 0.2)]
    low, high = stats.t.interval(0.95, 2, sum(logs) / 3, stats.sem(logs))
    assert found.mean == pytest.approx(math.exp(sum(logs) / 3))
    assert (found.low, found.high) == pytest.approx((math.exp(low), math.exp(high)))
    assert found.wins == (found.high < 1)


@pytest.mark.parametrize("theirs", [[1.0, 1.0], [1.0, math.inf, 1.0], [0.0, 1.0, 1.0]])
def test_there_is_no_ratio_without_three_positive_numbers(theirs):
    assert ratio(dict.fromkeys(range(3), 1.0), dict(enumerate(theirs))) is None


def test_tables_and_pictures_tell_runs_that_broke_off():
    broken = rows([0.1, 0.1, 0.1], [None, None, None])
    assert figures(broken, CONTEST, "baseline") == dict.fromkeys(range(3), math.inf)
    assert "| baseline | broke off | it breaks off |" in table(broken, CONTEST)
    picture(broken, [CONTEST]).draw_without_rendering()
    assert "**0.1 (0.1 to 0.1)**" in table(rows([0.1] * 3, [1.0] * 3), CONTEST)


def test_a_row_is_read_from_the_record_of_a_run(tmp_path):
    record = {
        "rollout": {
            "drift": {"median": 0.3},
            "non_finite": 1,
            "trajectories": 5,
            "horizon_over_training": 10.0,
        },
        "train": {"parameters": 10, "seconds": 2.0},
        "run": {"git": "abc", "command": "python -m src.train seed=0 logger=csv"},
    }
    assert row(tmp_path, CONTEST, "hnn", 0) is None
    (tmp_path / "summary.json").write_text(json.dumps(record))
    found = row(tmp_path, CONTEST, "hnn", 0)
    assert (found["figure"], found["command"]) == (0.3, "python -m src.train seed=0 logger=csv")
    measured = replace(CONTEST, figure=lambda place: float(len(place.name)))
    assert row(tmp_path, measured, "hnn", 0)["figure"] == len(tmp_path.name)
