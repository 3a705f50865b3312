"""Seeds become groups, and the numbers of a group are those of textbooks."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from src.reporting.comparison import compare
from src.reporting.comparison_files import write_comparison
from src.reporting.drift import energy_error, panels
from src.reporting.record import Record, find_records
from src.reporting.statistics import student_quantile, summarise

from .records import build, figure, make_run


def records(*kinds):
    """Records from (model, seed, changed) triples, each in a folder of its own."""
    return [
        Record(Path(f"/runs/{k}"), build(model, seed=seed, **changed))
        for k, (model, seed, changed) in enumerate(kinds)
    ]


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 10, 101])
@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
def test_students_quantile(degrees, confidence):
    expected = stats.t.ppf((1 + confidence) / 2, degrees)
    assert student_quantile(degrees, confidence) == pytest.approx(expected, rel=1e-9)


def test_an_interval_needs_two_values():
    with pytest.raises(ValueError, match="two values at least; got 1"):
        student_quantile(0)


def test_the_interval_covers_the_mean_as_often_as_it_says():
    generator = np.random.default_rng(0)
    draws = generator.standard_normal((1000, 3))
    hits = [abs(s.mean) <= s.half_width for s in map(summarise, draws.tolist())]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)


def test_statistics_of_few_and_of_no_values():
    assert summarise([None, None]).missing == 2
    single = summarise([3.0])
    assert (single.mean, single.half_width, single.median) == (3.0, None, 3.0)
    assert summarise([1.0, 2.0, 4.0, None]).median == 2.0


def test_a_broken_seed_ranks_last_and_leaves_no_mean():
    statistic = summarise([math.inf, 1.0, 2.0])
    assert (statistic.broken, statistic.count) == (1, 2)
    assert (statistic.median, statistic.minimum) == (2.0, 1.0)
    assert (statistic.mean, statistic.half_width, statistic.maximum) == (None, None, None)
    assert summarise([math.inf, math.inf, 1.0]).median is None


def test_seeds_are_one_group_and_systems_and_models_are_not():
    runs = records(*((m, s, {}) for m in ("baseline", "hnn") for s in (2, 0, 1)))
    comparison = compare([*runs, Record(Path("/other"), build("hnn", "pendulum"))])
    names = [(group.system, group.model, len(group.records)) for group in comparison.groups]
    assert names == [
        ("mass_spring", "hnn", 3),
        ("mass_spring", "baseline", 3),
        ("pendulum", "hnn", 1),
    ]
    assert comparison.varying == ()
    assert comparison.groups[0].seeds == ["0", "1", "2"]
    assert comparison.notes == []


def test_the_ratio_is_of_medians_over_seeds():
    runs = records(*((m, s, {}) for m in ("hnn", "baseline") for s in (0, 1, 2)))
    hnn, baseline = compare(runs).groups
    assert hnn.drift_ratio == pytest.approx(0.01 / 0.3)
    assert baseline.drift_ratio == 1
    assert hnn.statistics["energy_drift"].median == pytest.approx(0.012)
    assert hnn.statistics["energy_drift"].minimum == pytest.approx(0.01)
    assert (hnn.non_finite, hnn.rollouts) == (0, 60)


def test_whatever_differs_parts_groups_and_ratios_keep_to_the_same_question():
    runs = records(
        ("hnn", 0, {}),
        ("hnn", 0, {"data__noise": 0.0, "drift": 0.001}),
        ("baseline", 0, {}),
        ("hnn", 0, {"run__loss": "one_step", "drift": 0.03}),
    )
    comparison = compare(runs)
    assert comparison.varying == ("data.noise", "run.loss")
    ratios = {tuple(group.settings.values()): group.drift_ratio for group in comparison.groups[:3]}
    assert ratios[("0.0", "derivative")] is None
    assert ratios[("0.05", "derivative")] == pytest.approx(0.01 / 0.3)
    assert ratios[("0.05", "one_step")] == pytest.approx(0.1)
    assert comparison.groups[0].label == "hnn, noise=0.0, loss=derivative"


def test_a_loss_that_comes_with_the_model_parts_nothing():
    brought = {"run__loss": "euler_lagrange", "drift": 0.03}
    comparison = compare(records(("hnn", 0, {}), ("lnn", 0, brought), ("baseline", 0, {})))
    assert comparison.varying == ()
    assert [group.label for group in comparison.groups] == ["hnn", "lnn", "baseline"]
    assert comparison.groups[1].drift_ratio == pytest.approx(0.1)


def test_a_penalty_parts_the_runs_of_a_model_and_not_models():
    asked = {"run__penalty": "symplecticity", "drift": 0.03}
    comparison = compare(records(("hnn", 0, {}), ("baseline", 0, asked)))
    assert comparison.varying == ()
    assert comparison.groups[0].drift_ratio == pytest.approx(0.01 / 0.03)
    comparison = compare(records(("baseline", 0, {}), ("baseline", 0, asked)))
    labels = {group.label for group in comparison.groups}
    assert labels == {"baseline, penalty=-", "baseline, penalty=symplecticity"}


def test_steps_that_differ_between_systems_part_nothing():
    runs = [
        Record(Path(f"/{system}"), build("hnn", system, data__step=step))
        for system, step in (("pendulum", 0.1), ("mass_spring", 0.2))
    ]
    assert compare(runs).varying == ()


def test_settings_of_the_configuration_part_groups():
    runs = records(("hnn", 0, {}), ("hnn", 0, {}))
    given = {runs[0].folder: {"optimizer.lr": 0.1}, runs[1].folder: {"optimizer.lr": 0.01}}
    comparison = compare(runs, given)
    assert [group.settings["optimizer.lr"] for group in comparison.groups] == ["0.01", "0.1"]
    assert comparison.notes == []


def test_what_could_mislead_is_said():
    broken = {"rollout__energy_drift__rms_relative": figure(None), "rollout__non_finite": 15}
    runs = records(
        ("hnn", 0, {}),
        ("hnn", 0, {"run__status": "interrupted"}),
        ("baseline", 0, broken),
        ("baseline", 1, {}),
        ("lnn", 0, {}),
        ("lnn", 1, {"rollout__energy_drift__rms_relative": None}),
    )
    notes = "\n".join(compare(runs).notes)
    assert "mass_spring, hnn: several runs with seed 0" in notes
    assert "mass_spring, baseline: in 1 of 2 runs most rollouts broke off" in notes
    assert "mass_spring, lnn: 1 of 2 runs have no energy drift" in notes
    assert "runs ended differently: 5 finished, 1 interrupted." in notes


def test_nothing_cannot_be_compared():
    with pytest.raises(ValueError, match="one run at least"):
        compare([])


def test_a_drift_counts_rollouts_that_broke_off_as_infinite():
    energy = np.ones((5, 4))
    energy[:2, 2:] = np.nan
    energy[2, 3] = np.nan
    energy[3:, 1:] = 3.0
    drift = energy_error(np.arange(4.0), energy, scale=2.0)
    np.testing.assert_array_equal(drift.median, [0, 0, 1, np.inf])
    np.testing.assert_array_equal(drift.high[2:], [np.inf, np.inf])
    np.testing.assert_array_equal(drift.low, [0, 0, 0, 1])


def test_panels_read_the_rollouts_and_name_what_is_missing(tmp_path):
    for model in ("hnn", "baseline"):
        for seed in (0, 1):
            make_run(tmp_path / f"{model}{seed}", model, seed)
    make_run(tmp_path / "recorded", "hnn", 0, system="recorded", scales__energy=None)
    (tmp_path / "hnn1" / "rollouts.npz").unlink()
    drawn, left_out = panels(compare(find_records([tmp_path]).records))
    assert [panel.system for panel in drawn] == ["mass_spring"]
    assert [drift.model for drift in drawn[0].drifts] == ["hnn", "baseline"]
    assert drawn[0].training_horizon == 6.28
    hnn, baseline = (drift.median[1:].mean() for drift in drawn[0].drifts)
    assert hnn < baseline / 3
    assert drawn[0].reference.high.max() < 1e-14
    assert len(left_out) == 1
    assert "hnn1" in left_out[0]


def test_seeds_with_different_horizons_meet_on_the_shorter(tmp_path):
    from src.reporting.rollouts import write_rollouts

    from .records import motions

    for seed, periods in ((0, 10.0), (1, 4.0)):
        make_run(tmp_path / str(seed), "hnn", seed)
        write_rollouts(tmp_path / str(seed), {"a": motions("hnn", seed, periods=periods)})
    drawn, _ = panels(compare(find_records([tmp_path]).records))
    assert drawn[0].drifts[0].t[-1] == pytest.approx(8 * np.pi)


def test_a_comparison_leaves_its_files(tmp_path):
    for model in ("hnn", "baseline"):
        make_run(tmp_path / model, model)
    comparison = compare(find_records([tmp_path]).records)
    files, left_out = write_comparison(comparison, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "comparison.json",
        "comparison.md",
        "energy_drift.png",
    ]
    assert left_out == []
    whole = json.loads(files["json"].read_text())
    assert whole["groups"][0]["drift_ratio_to_baseline"] == pytest.approx(0.01 / 0.3)
    assert whole["groups"][0]["statistics"]["energy_drift"]["mean"] == 0.01
    assert "| mass_spring | hnn |" in files["markdown"].read_text()
    assert "](energy_drift.png)" in files["markdown"].read_text()


def test_a_comparison_without_known_energies_has_no_figure(tmp_path):
    make_run(tmp_path / "run", "hnn", scales__energy=None)
    files, _ = write_comparison(compare(find_records([tmp_path]).records), tmp_path)
    assert set(files) == {"json", "markdown"}


def labels_of(varied):
    """Labels of groups of an HNN and a baseline whose configurations differ as told."""
    records = [
        Record(Path(f"{model}/{k}"), build(model)) for model in ("hnn", "baseline") for k in varied
    ]
    settings = {record.folder: varied[record.folder.name] for record in records}
    return [group for group in compare(records, settings).groups if group.model == "hnn"]


def test_a_label_tells_few_settings_all_and_of_many_as_few_as_it_takes():
    few = {str(k): {"model.width": 8 * k, "optimizer.lr": 0.1**k} for k in (1, 2)}
    assert {group.label for group in labels_of(few)} == {
        "hnn, width=8, lr=0.1",
        "hnn, width=16, lr=0.01",
    }
    many = {
        f"{w}{d}": {"model.width": w, "model.depth": d, "optimizer.lr": w / 64, "data.batch": w * d}
        for w in (16, 32)
        for d in (2, 3)
    }
    groups = labels_of(many)
    assert {group.label for group in groups} == {
        f"hnn, width={w}, depth={d}, …" for w in (16, 32) for d in (2, 3)
    }
    assert groups[0].whole_label.count("=") == 4
