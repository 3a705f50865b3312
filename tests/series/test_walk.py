"""Walking forward: no forecast knows what comes after its origin."""

import numpy as np
import pytest

from experiments.finance.series import nets
from experiments.finance.series.log_variances import LogHAR, LogOU, NetLogOM
from experiments.finance.series.regressions import (
    AR1,
    HAR,
    Conservative2,
    CubicOM,
    Damped2,
    RandomWalk,
)
from experiments.finance.series.variances import EWMA, GARCH, Average
from experiments.finance.series.walk import Walk

WALK = Walk(first=60, refit=15, horizons=(1, 3))
CUT = 84
"""An origin in the middle of a block."""
VALUES = {
    "random walk": RandomWalk,
    "AR1": AR1,
    "HAR": lambda: HAR((1, 2, 4)),
    "cubic": CubicOM,
    "conservative2": Conservative2,
    "damped2": Damped2,
    "net HNN": nets.NetHNN,
    "net LNN": nets.NetLNN,
    "net OM": nets.NetOM,
}
VARIANCES = {
    "GARCH": GARCH,
    "GJR": lambda: GARCH(asymmetric=True),
    "logHAR": LogHAR,
    "EWMA": EWMA,
    "RW22": Average,
    "log-OU": LogOU,
    "net OM + noise": NetLogOM,
}
NEEDS = {"GARCH": "arch", "GJR": "arch", "log-OU": "statsmodels", "net OM + noise": "statsmodels"}


class Peeks(RandomWalk):
    """Reads what it is given beyond its origins."""

    def predict(self, past, origins, horizons):
        return super().predict(past, origins, horizons) + past[-1]


def prices(seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=100)) / 10


def days(seed=0):
    generator = np.random.default_rng(seed)
    spread = np.exp(generator.normal(size=100) / 4)
    return np.stack((spread * generator.normal(size=100), spread**2), axis=-1)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(nets, "STEPS", 10)
    monkeypatch.setattr(nets, "LATER", 10)


def before_the_cut(make, series, other):
    """Return forecasts from origins up to the cut, of two series that part behind it."""
    parted = np.concatenate((series[: CUT + 1], other[CUT + 1 :]))
    until = CUT - WALK.first + 1
    return [WALK.forecasts(s, make)[:until] for s in (series, parted)]


@pytest.mark.parametrize("name", VALUES)
def test_the_future_of_a_series_does_not_change_a_forecast(name):
    was, now = before_the_cut(VALUES[name], prices(), prices(1) + 5)
    assert np.isfinite(was).all()
    np.testing.assert_allclose(now, was, rtol=1e-12)


@pytest.mark.parametrize("name", VARIANCES)
def test_the_future_of_a_series_does_not_change_a_variance(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason="needs the extra finance")
    was, now = before_the_cut(VARIANCES[name], days(), 3 * days(1))
    assert (was > 0).all()
    np.testing.assert_allclose(now, was, rtol=1e-9)


def test_a_forecaster_that_peeks_is_found_out():
    was, now = before_the_cut(Peeks, prices(), prices(1) + 5)
    assert np.abs(now - was).max() > 1


def test_fits_and_forecasts_come_in_turn():
    seen = []

    class Notes(RandomWalk):
        def fit(self, past):
            seen.append(len(past))

    series = np.arange(25.0)
    walk = Walk(first=10, refit=4, horizons=(1, 5))
    found = walk.forecasts(series, Notes)
    assert seen == [11, 15, 19, 23]
    np.testing.assert_array_equal(found[:, 0], np.arange(10.0, 24.0))
    np.testing.assert_array_equal((walk.targets(series) - found)[:10], [[1, 5]] * 10)
    assert np.isnan(walk.targets(series)[10:, 1]).all()
    np.testing.assert_allclose((walk.means(series) - found)[:10], [[1, 3]] * 10)


@pytest.mark.parametrize(
    "wrong", [{"first": 0}, {"refit": 0}, {"horizons": ()}, {"horizons": (5, 1)}]
)
def test_a_walk_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="horizons increase from 1 on"):
        Walk(**{"first": 10, "refit": 4, "horizons": (1, 5), **wrong})


def test_series_with_gaps_or_too_short_are_refused():
    with pytest.raises(ValueError, match="reach beyond the first window of 61 samples"):
        WALK.forecasts(prices()[:61], RandomWalk)
    series = prices()
    series[3] = np.nan
    with pytest.raises(ValueError, match="1 numbers that are not"):
        WALK.forecasts(series, RandomWalk)
