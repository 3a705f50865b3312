"""Tests of forecasts, against numbers by hand, closed forms and another implementation."""

import numpy as np
import pytest
from scipy import stats

from experiments.finance.series.comparison import (
    confidence_set,
    diebold_mariano,
    holm,
    interval,
    long_run_variance,
    qlike,
    small_sample,
)

ZEROS = np.zeros(4)
FOUR = np.array([1.0, 2.0, 3.0, 4.0])


def test_diebold_mariano_by_hand():
    one = diebold_mariano(FOUR, ZEROS, horizon=1)
    assert one.statistic == pytest.approx(2.5 / np.sqrt(1.25 / 4) * np.sqrt(3 / 4))
    two = diebold_mariano(FOUR, ZEROS, horizon=2)
    # Variance 1.25 and half of the autocovariance .3125, twice; factor (4 + 1 - 4 + 2/4) / 4.
    assert two.statistic == pytest.approx(2.5 / np.sqrt(1.5625 / 4) * np.sqrt(1.5 / 4))
    assert two.p == pytest.approx(2 * stats.t.sf(two.statistic, 3))
    assert two.n == 4


def test_one_step_ahead_it_is_students_paired_test():
    first, second = np.random.default_rng(0).normal(size=(2, 50)) ** 2
    found = diebold_mariano(first, second, horizon=1)
    assert found[:2] == pytest.approx(tuple(stats.ttest_rel(first, second)))


def test_further_ahead_it_is_a_regression_on_a_constant():
    linear_model = pytest.importorskip("statsmodels.api", reason="needs the extra finance")
    difference = np.convolve(np.random.default_rng(1).normal(size=80), np.ones(5), "valid")
    robust = linear_model.OLS(difference, np.ones(len(difference))).fit(
        cov_type="HAC", cov_kwds={"maxlags": 4}
    )
    found = diebold_mariano(difference, np.zeros_like(difference), horizon=5)
    factor = small_sample(len(difference), 5)
    assert found.statistic == pytest.approx(factor * robust.tvalues[0], rel=1e-10)


def test_the_factor_for_small_samples():
    assert small_sample(100, 1) == pytest.approx(np.sqrt(0.99))
    assert small_sample(20, 4) == pytest.approx(np.sqrt((21 - 8 + 12 / 20) / 20))
    assert small_sample(10**8, 22) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("horizon", "most"), [(1, 0.065), (4, 0.12)])
def test_equal_forecasts_are_seldom_told_apart(horizon, most):
    """One step ahead the size is 5 %; Bartlett's weights leave it larger further ahead."""
    generator, tries = np.random.default_rng(2), 1000
    shocks = generator.normal(size=(tries, 100 + horizon - 1))
    sums = np.stack([np.convolve(row, np.ones(horizon), "valid") for row in shocks])
    p = np.array([diebold_mariano(row, np.zeros(100), horizon).p for row in sums])
    assert 0.035 < (p < 0.05).mean() < most


def test_a_better_forecast_is_told():
    errors = np.random.default_rng(3).normal(size=(2, 300)) * [[1.0], [1.3]]
    found = diebold_mariano(*errors**2, horizon=1)
    assert found.statistic < 0
    assert found.p < 1e-3


def test_losses_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="same length, longer than the horizon 4"):
        diebold_mariano(FOUR, ZEROS, horizon=4)
    with pytest.raises(ValueError, match=r"\(4,\) and \(3,\)"):
        diebold_mariano(FOUR, ZEROS[:3], horizon=1)
    with pytest.raises(ValueError, match="must be positive; got -1"):
        qlike(np.array([1.0, -1.0]), np.ones(2))


def test_the_long_run_variance_of_sums_is_seen():
    shocks = np.random.default_rng(4).normal(size=20_000)
    sums = shocks[1:] + shocks[:-1]
    assert long_run_variance(sums, 0) == pytest.approx(2, rel=0.05)
    assert long_run_variance(sums, 40) == pytest.approx(4, rel=0.2)


def test_qlike_is_least_at_the_mean_of_what_comes():
    came = np.random.default_rng(5).chisquare(1, size=1000)
    tried = came.mean() * np.linspace(0.5, 2, 31)
    loss = [qlike(np.full_like(came, s), came).mean() for s in tried]
    assert tried[np.argmin(loss)] == pytest.approx(came.mean(), rel=0.03)


def test_many_tests_need_smaller_p_values():
    pytest.importorskip("statsmodels", reason="needs the extra finance")
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_the_confidence_set_leaves_out_what_is_worse():
    pytest.importorskip("arch", reason="needs the extra finance")
    errors = np.random.default_rng(6).normal(size=(3, 400)) * [[1.0], [1.0], [1.5]]
    found = dict(zip(("one", "other", "worse"), errors**2, strict=True))
    assert confidence_set(found) == ["one", "other"]


def test_the_interval_of_a_mean_is_that_of_theory():
    pytest.importorskip("arch", reason="needs the extra finance")
    samples = np.random.default_rng(7).normal(size=500)
    low, high = interval(lambda x: x.mean(keepdims=True), samples, block=2)
    theory = stats.norm.interval(0.95, samples.mean(), samples.std() / np.sqrt(500))
    assert (low, high) == pytest.approx(theory, abs=0.02)
