"""Benchmarks compare equal results: no times are checked here."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import growth, simulation
from benchmarks.case import Case, DisagreementError, Limit, close, measure, together
from benchmarks.solvers import TOLERANCE, Solver, best, equal_setting, torchdiffeq

ROOT = Path(__file__).resolve().parents[1]


def test_both_sides_do_the_same_work():
    for cases in simulation.cases(quick=True):
        theirs = cases[0].theirs()
        for case in cases:
            case.agree(case.ours(), theirs)


@pytest.mark.slow
def test_small_benchmarks_are_refused_by_none():
    words = [sys.executable, "-m", "benchmarks", "--quick"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "HNN training step" in done.stdout
    assert "REFUSED" not in done.stdout


def test_no_speed_is_told_of_another_result():
    case = Case(
        "a sum", "nobody", "1", lambda: 1.0, lambda: 1.1, lambda a, b: close("x", a, b, 0.01)
    )
    with pytest.raises(DisagreementError, match=r"x must agree to 0.01; ours is 1, theirs 1.1"):
        measure(case, 1)


def test_ratios_are_theirs_over_ours():
    def work(count):
        return lambda: sum(range(count))

    case = Case("a sum", "nobody", "1", work(1000), work(20_000), lambda a, b: None)
    assert measure(case, 5)["ratio"]["median"] > 5


def test_ways_of_ours_share_the_work_of_theirs():
    done = []
    case = Case(
        *("a sum", "nobody", "1", lambda: 1.0, lambda: done.append(1), lambda a, b: None),
        part=lambda _: 1.0,
        their_part=lambda _: 2.0,
    )
    found = together([case, case], 3)
    assert [row["ratio"]["median"] for row in found] == [2.0, 2.0]
    assert len(done) == 1 + 3


def test_limits_tell_what_was_found():
    amounts = iter((3.0, 1.0, 2.0))
    found = measure(Limit("a wait", "1", "s", lambda: next(amounts), 2.5), 3)
    assert found["amount"] == {"median": 2.0, "low": 1.0, "high": 3.0}


@pytest.mark.parametrize(("start", "power"), [(100.0, -4), (TOLERANCE, 0.8)])
def test_the_setting_is_found_at_which_a_solver_errs_as_much(start, power):
    made = Solver("one", lambda x0, setting: x0 * (setting / start) ** power, start, lambda x: x)
    setting, _ = equal_setting(made, torch.ones(1), float, wanted=0.01)
    assert (setting / start) ** power == pytest.approx(0.01, rel=0.05)


def test_a_solver_that_cannot_err_so_little_is_left_out():
    rough = Solver("rough", lambda x0, setting: x0, TOLERANCE, lambda x: x)
    fine = Solver("fine", lambda x0, setting: x0 * setting, TOLERANCE, lambda x: x)
    chosen, _ = best([rough, fine], torch.ones(1), float, wanted=1e-6)
    assert chosen is fine


def test_torchdiffeq_gives_each_output():
    path = torchdiffeq("rk4", lambda t, x: -x, 1.0, 10).run(torch.ones(1, 1).double(), 20.0)
    assert path.shape == (21, 1, 1)
    assert float(path[-1]) == pytest.approx(torch.tensor(-1.0).double().exp().item(), rel=1e-6)


def test_the_power_is_that_of_the_larger_half():
    sizes = [1, 2, 4, 8, 16, 32]
    seconds = [1.0, 1.0, 1.0, *(0.3 * size**2 for size in sizes[3:])]
    assert growth.power(sizes, seconds) == pytest.approx(2)
