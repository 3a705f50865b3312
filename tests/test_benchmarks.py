"""Benchmarks compare equal results: no times are checked here."""

import pytest

from benchmarks import simulation, training
from benchmarks.case import Case, DisagreementError, close, measure

WORKS = {"training": training, "simulation": simulation}


@pytest.mark.parametrize("name", WORKS)
def test_both_sides_do_the_same_work(name):
    met = 0
    for case in WORKS[name].cases(quick=True):
        if "JAX" not in case.against:  # compiles for seconds
            case.agree(case.ours(), case.theirs())
            met += 1
    assert met > 0


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
