"""Three parts that share nothing and leave nothing out."""

import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from src.data.noise import generator
from src.data.splits import SHORTEST, by_time, by_trajectory

fraction = st.floats(0.01, 0.45)


@given(count=st.integers(3, 300), validation=fraction, test=fraction, seed=st.integers(0, 99))
def test_by_trajectory(count, validation, test, seed):
    judged = max(1, round(validation * count)) + max(1, round(test * count))
    if judged >= count:
        with pytest.raises(ValueError, match="must leave one motion for training"):
            by_trajectory(count, validation, test, generator(seed, "split"))
        return
    parts = by_trajectory(count, validation, test, generator(seed, "split"))
    again = by_trajectory(count, validation, test, generator(seed, "split"))
    assert torch.cat(parts).sort().values.tolist() == list(range(count))
    assert all(len(part) for part in parts)
    assert all(torch.equal(a, b) for a, b in zip(parts, again, strict=True))


def test_other_seeds_deal_otherwise():
    first = by_trajectory(100, 0.15, 0.15, generator(0, "split"))
    second = by_trajectory(100, 0.15, 0.15, generator(1, "split"))
    assert [len(part) for part in first] == [70, 15, 15]
    assert first.test.tolist() != second.test.tolist()


def test_motions_from_one_start_stay_together():
    parts = by_trajectory(50, 0.1, 0.5, generator(0, "split"), together=5)
    assert torch.cat(parts).sort().values.tolist() == list(range(50))
    assert [len(part) for part in parts] == [20, 5, 25]
    for part in parts:
        assert ((part // 5).unique_consecutive(return_counts=True)[1] == 5).all()


@given(samples=st.integers(9, 2000), train=st.floats(0.05, 0.95), validation=st.floats(0.05, 0.95))
def test_by_time(samples, train, validation):
    parts = by_time(samples, train, validation)
    assert torch.cat(parts).tolist() == list(range(samples))
    assert all(len(part) >= SHORTEST for part in parts)


def test_by_time_holds_its_fractions():
    assert [len(part) for part in by_time(1000, 0.8, 0.15)] == [680, 120, 200]


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match=re.escape("must hold 9 samples at least")):
        by_time(8, 0.8, 0.15)
