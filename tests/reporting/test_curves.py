"""Tables, figures and pages of runs without rollouts, whose point is a curve."""

import pytest

from src.config.comparing import StoredConfigs
from src.evaluation.evaluation import NO_ROLLOUT
from src.reporting.comparison import compare
from src.reporting.comparison_files import write_comparison
from src.reporting.comparison_table import comparison_sheets
from src.reporting.curves import curves_of
from src.reporting.page.collection import Collector
from src.reporting.page.document import document
from src.reporting.page.single import single
from src.reporting.plots.curves import curves_against_exact
from src.reporting.record import write_record
from src.reporting.table import run_sheets

from .records import build

WHY = "this model has no energy."


def curve(error, **changed):
    known = error is not None
    return {
        "meaning": "what a bond yields",
        "axis": "maturity (yr)",
        "points": [1.0, 2.0, 5.0],
        "unit": "%",
        "exact": [2.0, 2.5, 3.0],
        "source": "closed form",
        "model": [2.0 + error / 100, 2.5, None] if known else None,
        "error": {"by_point": [error, 0.0, None], "rms": error / 2**0.5, "max": error}
        | {"missing": 1, "unit": "bp"}
        if known
        else None,
        "others": {"flat": [2.5, 2.5, 2.5]},
        "reason": None if known else WHY,
    } | changed


@pytest.fixture(name="records")
def _records(tmp_path):
    runs = [("hnn", 0, 0.3), ("hnn", 1, 0.5), ("baseline", 0, None)]
    return [
        write_record(
            tmp_path / f"{model}{seed}",
            build(model, "vasicek", seed, rollout=NO_ROLLOUT, test_sets={})
            | {"curves": {"zero_yield": curve(error), "duration": curve(error, unit="yr")}},
        )
        for model, seed, error in runs
    ]


def text(sheets):
    return "".join(sheet.to_terminal() for sheet in sheets)


def test_a_run_tells_its_curves_and_why_there_are_no_rollouts(records):
    told = text(run_sheets(records[0]))
    assert "seed 0: no rollouts" in told
    assert "part like exp(t)" in told
    assert "0.3 bp" in told
    assert "1 of 3 points have no number" in told
    assert "drift" not in told
    assert "Test sets" not in told
    assert WHY in text(run_sheets(records[2]))


def test_a_comparison_has_the_errors_over_seeds_and_no_drift(records, tmp_path):
    told = text(comparison_sheets(compare(records)))
    assert "energy drift" not in told
    assert "0.283 (0.21..0.35)" in told
    assert WHY in told
    files, left_out = write_comparison(compare(records), tmp_path / "all")
    assert "figure" not in files
    assert left_out == []


def test_pages_live_without_rollouts(records, tmp_path):
    page = single(records[0])
    assert "zero yield within 0.3 bp" in page
    assert page.count("<svg") == 2
    whole = document(Collector([tmp_path], StoredConfigs()).collect(), "all")
    assert "0.283 (0.21..0.35)" in whole
    assert WHY in single(records[2])


def test_the_figure_holds_each_curve_with_its_errors_or_the_reason(records):
    drawn = curves_against_exact(curves_of(records[0]), "hnn")
    titles = [axes.get_title(loc="left") for axes in drawn.axes]
    assert titles == ["zero yield", "duration", "", ""]
    assert [len(axes.lines) for axes in drawn.axes] == [3, 3, 2, 2]
    without = curves_against_exact(curves_of(records[2])[:1], "baseline")
    assert [len(axes.lines) for axes in without.axes] == [2, 0]
    assert WHY.split()[0] in without.axes[1].texts[0].get_text()
