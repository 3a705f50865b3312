import math

import pytest
import torch

from src.metrics.statistics import number, statistics


def test_statistics_of_finite_figures():
    figures = statistics(torch.arange(11.0).double())
    assert figures == {"mean": 5.0, "median": 5.0, "p90": pytest.approx(9.0)}


def test_what_broke_off_ranks_last_and_leaves_the_mean():
    values = torch.tensor([1.0, 3.0, 2.0, math.nan, math.inf]).double()
    assert statistics(values) == {"mean": 2.0, "median": 3.0, "p90": None}


def test_no_median_where_half_broke_off():
    values = torch.tensor([1.0, math.nan]).double()
    assert statistics(values) == {"mean": 1.0, "median": None, "p90": None}


def test_nothing_is_known_of_nothing():
    nothing = {"mean": None, "median": None, "p90": None}
    assert statistics(torch.full((3,), math.nan).double()) == nothing
    assert statistics(torch.zeros(0).double()) == nothing


def test_an_overflow_is_not_a_number():
    assert statistics(torch.full((2,), 1.7e308, dtype=torch.float64))["mean"] is None
    assert number(math.nan) is None
    assert number(2.5) == 2.5
