"""Committed results are those of the reference, to 1 %, and are made again by the code.

Package versions of the reference: arch 8.0.0, statsmodels 0.15.0, pandas 3.1.1.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.finance.market_trend import reproduce as market_trend
from experiments.finance.portfolio import reproduce as portfolio
from experiments.finance.portfolio.trading import certainty_equivalent, sharpe, trade
from experiments.finance.series import data
from experiments.finance.series.comparison import qlike, rmse
from experiments.finance.series.log_variances import LogHAR
from experiments.finance.series.study import REGRESSIONS, forecast
from experiments.finance.series.variances import GARCH, Average
from experiments.finance.stress_history import reproduce as stress_history
from experiments.finance.volatility import reproduce as volatility

STUDIES = Path(market_trend.__file__).parents[1]
CASES = market_trend.CASES | volatility.CASES
RAN_AWAY = None
# RMSE of a random walk, then ratios to it: AR(1), HAR, OM cubic, conservative2, damped2.
RATIOS = {
    ("ln VIX, daily", 1): (0.0830, 0.993, 0.991, 0.994, 1.430, 0.994),
    ("ln VIX, daily", 5): (0.1676, 0.978, 0.965, 0.976, 2.461, 0.979),
    ("ln VIX, daily", 22): (0.2557, 0.970, 0.933, 0.944, 1.443, 0.971),
    ("ln Garman-Klass, daily", 1): (1.0051, 0.940, 0.819, 0.939, 1.571, 0.863),
    ("ln Garman-Klass, daily", 5): (1.1295, 1.104, 0.807, 1.080, 1.250, 0.944),
    ("ln Garman-Klass, daily", 22): (1.2731, 1.021, 0.807, 0.990, 1.443, 1.013),
    ("ln SP500, daily", 1): (0.0116, 1.001, 0.998, 1.004, 1.479, 0.997),
    ("ln SP500, daily", 5): (0.0232, 1.005, 1.000, 1.021, 2.808, 1.001),
    ("ln SP500, daily", 22): (0.0449, 1.026, 1.020, 1.063, 6.894, 1.018),
    ("T-bill, quarterly", 1): (1.0184, 1.021, 1.162, 1.579, 1.445, 1.109),
    ("T-bill, quarterly", 4): (1.9460, 0.995, 1.099, RAN_AWAY, 2.329, 1.130),
    ("T-bill, quarterly", 8): (2.7307, 1.053, 1.053, RAN_AWAY, 2.288, 1.116),
    ("AAA yield, monthly", 1): (0.2040, 1.008, 0.992, 1.037, 1.156, 0.952),
    ("AAA yield, monthly", 12): (0.8855, 1.071, 1.067, 1.519, 2.726, 1.041),
    ("ln(BAA-AAA), monthly", 1): (0.0806, 0.998, 0.976, 1.003, 1.209, 0.963),
    ("ln(BAA-AAA), monthly", 12): (0.3285, 0.967, 0.959, 0.982, 2.289, 0.948),
}
QLIKE = {
    "GARCH": (0.7359, 0.7768, 0.8876),
    "GJR": (0.6926, 0.7436, 0.8799),
    "logHAR": (0.6867, 0.7381, 0.8858),
    "EWMA": (0.7678, 0.8180, 0.9594),
    "RW22": (0.7478, 0.8037, 0.9702),
}
KALMAN = (0.6814, 0.7305, 0.8822)
"""Ours is lower, by 1.3 % one day ahead; the reference does not say how its filter is scaled."""
FACTORS = {
    (50, "fast", "Markowitz"): (0.583, -0.0101),
    (50, "fast", "Garleanu-Pedersen"): (0.664, 0.0193),
    (5, "fast", "Garleanu-Pedersen"): (0.726, 0.0279),
    (50, "slow", "Markowitz"): (0.598, 0.0163),
    (50, "slow", "Garleanu-Pedersen"): (0.596, 0.0142),
    (5, "slow", "Markowitz"): (0.606, 0.0178),
    (5, "slow", "Garleanu-Pedersen"): (0.602, 0.0165),
    (5, "fast", "half way"): (0.717, 0.0270),
    (50, "slow", "half way"): (0.597, 0.0153),
}


def results(study):
    return json.loads((STUDIES / study / "results.json").read_text())


@pytest.mark.parametrize(("name", "h"), RATIOS)
def test_committed_errors_are_those_of_the_reference(name, h):
    study = "volatility" if name in volatility.CASES else "market_trend"
    rows = {
        r["model"]: r for r in results(study)["forecasts"] if (r["series"], r["h"]) == (name, h)
    }
    base, *ratios = RATIOS[name, h]
    assert rows["RW"]["rmse"] == pytest.approx(base, rel=0.01)
    for model, ratio in zip(list(REGRESSIONS)[1:], ratios, strict=True):
        assert rows[model]["ratio"] == (ratio and pytest.approx(ratio, rel=0.01)), model


def test_committed_variances_are_those_of_the_reference():
    found = {(r["model"], r["h"]): r["qlike"] for r in results("volatility")["qlike"]}
    for model, losses in QLIKE.items():
        assert [found[model, h] for h in (1, 5, 22)] == pytest.approx(losses, rel=0.01)
    ours = np.array([found["log-OU OM + noise", h] for h in (1, 5, 22)])
    assert (ours < KALMAN).all()
    assert ours == pytest.approx(KALMAN, rel=0.015)


def test_committed_portfolios_are_those_of_the_reference():
    rows = [r for r in results("portfolio") if r["set"] == "3 factors"]
    found = {(r["cost"], r["signal"], r["strategy"]): r for r in rows}
    assert {r["months"] for r in rows} == {988}
    for key, (ratio, value) in FACTORS.items():
        assert found[key]["sharpe"] == pytest.approx(ratio, rel=0.01)
        assert found[key]["certainty_equivalent"] == pytest.approx(value, abs=1e-4)


def test_the_committed_path_is_that_of_the_reference():
    found = results("stress_history")
    assert found["months"] == 1098
    assert found["action"] == pytest.approx(8.43, rel=0.01)
    assert found["within_a_year"] == pytest.approx(2.0e-5, rel=0.02)
    assert found["stationary"] == pytest.approx(0.0116, rel=0.01)
    assert found["frequency"] == pytest.approx(0.028, rel=0.01)
    quarters = np.array(found["path"])[3::3]
    np.testing.assert_allclose(quarters[:, 0], (-8.0, -18.2, -22.4, -20.5), rtol=0.01)
    np.testing.assert_allclose(quarters[:, 1], (1.26, 1.67, 2.24, 3.00), rtol=0.01)
    history = np.array(found["history"])[3::3]
    np.testing.assert_allclose(history[:, 1], (1.38, 1.39, 1.66, 3.38), rtol=0.01)


@pytest.mark.parametrize(
    ("study", "mark", "text"),
    [
        ("market_trend", "forecasts", lambda r: market_trend.table(r["forecasts"], "RW")),
        ("market_trend", "backtest", lambda r: market_trend.earnings(r["backtest"])),
        ("volatility", "forecasts", lambda r: volatility.table(r["forecasts"], "RW")),
        ("volatility", "against_har", lambda r: volatility.table(r["forecasts"], "HAR")),
        ("volatility", "qlike", lambda r: volatility.qlike_table(r["qlike"])),
        ("portfolio", "strategies", portfolio.table),
        ("stress_history", "path", stress_history.table),
    ],
)
def test_pages_hold_the_tables_of_their_results(study, mark, text):
    page = (STUDIES / study / "README.md").read_text()
    assert f"<!-- {mark} -->\n{text(results(study))}\n<!-- /{mark} -->" in page


@pytest.fixture
def _packages():
    for name in ("arch", "statsmodels"):
        pytest.importorskip(name, reason="needs the extra finance")


@pytest.mark.slow
@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize("name", CASES)
def test_errors_are_found_again(name):
    study = "volatility" if name in volatility.CASES else "market_trend"
    case, rows = CASES[name], [r for r in results(study)["forecasts"] if r["series"] == name]
    targets = case.walk.targets(case.load())
    for row in rows:
        if row["model"] in REGRESSIONS and row["rmse"] is not None:
            error = targets - forecast(case, row["model"], 0).forecasts
            column = error[:, case.walk.horizons.index(row["h"])]
            assert rmse(column[np.isfinite(column)]) == pytest.approx(row["rmse"], rel=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize(
    ("name", "make"), [("GARCH", GARCH), ("logHAR", LogHAR), ("RW22", Average)]
)
def test_variances_are_found_again(name, make):
    series = data.returns_and_ranges()
    came = volatility.WALK.means(series[:, 0] ** 2)
    inside = np.isfinite(came).all(axis=1)
    found = volatility.WALK.forecasts(series, make)
    losses = qlike(found[inside], came[inside]).mean(axis=0)
    kept = [r["qlike"] for r in results("volatility")["qlike"] if r["model"] == name]
    assert losses == pytest.approx(kept, rel=1e-4)


@pytest.mark.slow
@pytest.mark.usefixtures("_packages")
def test_portfolios_and_the_path_are_found_again():
    found = trade(data.factors(), cost=50.0, share=0.3, mix=0.5)["Garleanu-Pedersen"].returns
    assert sharpe(found) == pytest.approx(0.664, rel=0.01)
    assert certainty_equivalent(found) == pytest.approx(0.0193, rel=0.01)
    pairs = stress_history.states()
    pairs = np.stack((pairs[:-1], pairs[1:]), axis=1)
    # The mean is that of all months but the last one here.
    assert stress_history.figures(pairs)[0] == pytest.approx(8.43, rel=0.01)
