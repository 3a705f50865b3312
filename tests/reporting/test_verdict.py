"""A verdict pairs runs that were asked the same, and is no surer than they are."""

import math
from pathlib import Path

import numpy as np
import pytest

from src.reporting.comparison import compare
from src.reporting.page.verdict_words import headline, verdict_html
from src.reporting.record import Record
from src.reporting.statistics import ratio_of_medians
from src.reporting.verdict import judge

from .records import build


def comparison(*kinds):
    return compare(
        [
            Record(Path(f"/runs/{k}"), build(model, system, seed, drift, **changed))
            for k, (model, system, seed, drift, changed) in enumerate(kinds)
        ]
    )


def runs(model, drifts, system="mass_spring", **changed):
    """Runs of a model with these drifts; the records scale them with 1 + seed / 5."""
    return [(model, system, k, d / (1 + 0.2 * k), changed) for k, d in enumerate(drifts)]


def test_a_constant_factor_is_the_ratio_and_its_interval():
    values = np.array([1.0, 3.0, 2.0, 8.0, 5.0])
    ratio = ratio_of_medians(0.25 * values, values)
    assert (ratio.pairs, ratio.value, ratio.low, ratio.high) == (5, 0.25, 0.25, 0.25)
    assert ratio.differs


def test_a_ratio_turned_round_is_its_inverse_and_one_says_no_difference():
    generator = np.random.default_rng(0)
    first, second = generator.lognormal(size=(2, 9))
    there, back = ratio_of_medians(first, second), ratio_of_medians(second, first)
    assert there.value == pytest.approx(1 / back.value)
    assert there.low <= there.value <= there.high
    assert not ratio_of_medians(first, first).differs


def test_the_interval_covers_the_true_ratio_about_as_often_as_it_says():
    generator = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        first, second = generator.lognormal(size=(2, 15))
        ratio = ratio_of_medians(2 * first, second, resamples=500)
        hits += ratio.low <= 2 <= ratio.high
    assert 0.9 <= hits / 200 <= 1


def test_runs_that_broke_off_rank_last():
    lost = ratio_of_medians([1.0, 1.0, 1.0], [2.0, math.inf, math.inf])
    assert lost.value == 0
    assert lost.differs
    assert not ratio_of_medians([math.inf, math.inf], [math.inf, math.inf]).differs


def test_one_pair_has_no_interval_and_what_is_no_pair_is_refused():
    single = ratio_of_medians([1.0], [2.0])
    assert (single.value, single.low, single.differs) == (0.5, None, False)
    assert ratio_of_medians([], []).value is None
    with pytest.raises(ValueError, match="not negative"):
        ratio_of_medians([1.0], [math.nan])


def test_the_model_that_drifts_least_leads_and_the_headline_says_by_how_much():
    verdict = judge(
        comparison(*runs("hnn", [0.01, 0.02, 0.03]), *runs("baseline", [0.1, 0.2, 0.3]))
    )
    assert verdict.leader.model == "hnn"
    (against,) = verdict.against
    assert against.ratio.value == pytest.approx(0.1)
    assert headline(verdict) == (
        "HNN drifts least: its energy drift is 10 times smaller than that of baseline "
        "(95 % interval 10 to 10; 3 pairs of runs)."
    )


def test_no_difference_is_said_where_the_interval_holds_one():
    verdict = judge(
        comparison(
            *runs("hnn", [0.01, 0.03, 0.02]),
            *runs("lnn", [0.03, 0.01, 0.021]),
            *runs("baseline", [1.0, 1.0, 1.0]),
        )
    )
    words = headline(verdict)
    assert words.startswith("HNN and LNN show no difference in energy drift; that of HNN is 50 ")
    assert "too narrow" in verdict_html(verdict, None)


def test_only_runs_on_the_same_system_and_seed_are_pairs():
    verdict = judge(
        comparison(
            *runs("hnn", [0.01, 0.01, 0.01]),
            *runs("hnn", [0.01, 0.01], system="pendulum"),
            *runs("baseline", [0.1, 0.1]),
            *runs("baseline", [0.5, 0.5, 0.5], system="pendulum"),
        )
    )
    (against,) = verdict.against
    assert against.ratio.pairs == 4
    ratios = {name: ratio.value for name, ratio in against.by_system.items()}
    assert ratios == {"mass_spring": pytest.approx(0.1), "pendulum": pytest.approx(0.02)}


def test_other_data_are_another_question():
    noisy = {"data__noise": 0.5}
    verdict = judge(comparison(*runs("hnn", [0.01]), *runs("baseline", [0.1], **noisy)))
    assert verdict.against[0].ratio.pairs == 0
    assert headline(verdict) == "HNN is alone: nothing was asked of two models."
    assert "no common runs" in verdict_html(verdict, None)


def test_without_a_known_energy_there_is_no_verdict():
    nothing = build("hnn", scales__energy=None)
    nothing["rollout"]["energy_drift"]["rms_relative"] = None
    assert judge(compare([Record(Path("/a"), nothing)])) is None
    assert headline(None) == "No run has an energy drift yet."
