"""Figures by the number of motions."""

from dataclasses import replace

import pytest

from src.reporting.comparison import compare
from src.reporting.comparison_files import write_comparison
from src.reporting.plots.efficiency import by_amount, efficiency
from src.reporting.quantities import ENERGY_DRIFT
from src.reporting.record import find_records

from .records import make_run


def runs(folder):
    for count, drift in ((10, 0.4), (160, 0.1), (40, 0.2)):
        for seed in (0, 1):
            kinds = {"drift": drift, "data__trajectories": count}
            make_run(folder / f"{count}_{seed}", "hnn", seed, **kinds)
    return compare(find_records([folder]).records)


def test_runs_are_ordered_by_their_motions_with_the_spread_over_seeds(tmp_path):
    points = by_amount(runs(tmp_path).groups, ENERGY_DRIFT)["hnn"]
    assert [point[0] for point in points] == [10, 40, 160]
    assert points[0][1:] == pytest.approx((0.44, 0.4, 0.48))


def test_a_comparison_of_amounts_is_drawn(tmp_path):
    comparison = runs(tmp_path)
    efficiency(comparison).draw_without_rendering()
    files, _ = write_comparison(comparison, tmp_path / "out")
    assert files["data_efficiency"].is_file()
    assert "](data_efficiency.png)" in files["markdown"].read_text()


def test_no_two_lines_look_alike_however_many_models_there_are(tmp_path):
    found = runs(tmp_path)
    models = [f"model_{k}" for k in range(11)]
    groups = [replace(group, model=model) for model in models for group in found.groups]
    figure = efficiency(replace(found, groups=groups))
    for axes in figure.axes:
        looks = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
        assert len(looks) == len(axes.lines) == len(models)


def test_runs_of_one_amount_are_refused(tmp_path):
    make_run(tmp_path / "one", "hnn")
    with pytest.raises(ValueError, match=r"differ in data.trajectories"):
        efficiency(compare(find_records([tmp_path]).records))
