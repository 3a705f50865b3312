"""Benchmarks compare equal results: no times are checked here."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import simulation
from benchmarks.case import Case, DisagreementError, close, measure

ROOT = Path(__file__).resolve().parents[1]


def test_both_sides_do_the_same_work():
    for case in simulation.cases(quick=True):
        case.agree(case.ours(), case.theirs())


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
