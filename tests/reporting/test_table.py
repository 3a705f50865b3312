"""Tables hold what the record holds, at any width and without a terminal."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from src.reporting.comparison import compare
from src.reporting.comparison_table import comparison_sheets
from src.reporting.record import Record
from src.reporting.sheet import Sheet, number
from src.reporting.table import run_sheet, run_sheets, test_sets_sheet

from .records import build


def record(model="hnn", seed=0, **changed):
    return Record(Path(f"/{model}{seed}"), build(model, seed=seed, **changed))


@pytest.mark.parametrize(
    ("value", "word"),
    [(None, "-"), (0.0, "0"), (12000.0, "12000"), (1.234e-8, "1.23e-8"), (0.12345, "0.123")],
)
def test_numbers(value, word):
    assert number(value) == word


@pytest.mark.parametrize(
    ("unit", "shown", "horizon"),
    [
        ("yr", "valid prediction time (yr)", "horizon (yr)"),
        ("", "valid prediction time", "horizon"),
    ],
)
def test_times_are_shown_in_the_unit_of_the_system(unit, shown, horizon):
    run = record(scales__time_unit=unit)
    sheet = run_sheet(run)
    assert shown in [row["quantity"] for row in sheet.to_json()]
    assert f"rollouts of 62.8 {unit}".rstrip() + "," in sheet.title
    assert {horizon, shown} <= set(test_sets_sheet(run).columns)
    mixed = comparison_sheets(compare([run, record(system="pendulum", model="lnn")]))
    assert "valid prediction time (own unit)" in mixed[1].columns


def test_a_run_says_what_it_means_in_the_words_of_its_field():
    quantities = {
        "rabi_frequency": {"unit": "MHz", "meaning": "often", "true": 1.16619, "model": None},
        "transition_probability": {"unit": "", "meaning": "most", "true": 0.73529, "model": 0.7},
    }
    assert len(run_sheets(record())) == 2
    *_, sheet = run_sheets(record(quantities=quantities))
    assert sheet.to_json() == [
        {
            "quantity": "rabi frequency (MHz)",
            "true": "1.1662",
            "model": "-",
            "meaning": "often",
        },
        {
            "quantity": "transition probability",
            "true": "0.73529",
            "model": "0.7",
            "meaning": "most",
        },
    ]


def test_the_table_of_a_run_says_what_the_record_says():
    rows = {row["quantity"].strip(): row for row in run_sheet(record()).to_json()}
    assert rows["true energy drift"]["median"] == "0.01"
    assert rows["true energy drift"]["90 %"] == "0.02"
    assert rows["learned energy, R²"]["median"] == "0.998"
    assert rows["its noise floor"]["median"] == "0.0099"
    assert rows["non-finite rollouts"]["median"] == "0 of 20"
    assert rows["training speed (steps/s)"]["median"] == "100"
    assert run_sheet(record()).title == (
        "hnn on mass_spring, seed 0: 20 rollouts of 62.8 s, 10 times the training horizon"
    )


def test_constraints_are_shown_where_there_are_any():
    broken = {"position": {"rms_relative": {"mean": 0.02, "median": 0.01, "p90": 0.03}}}
    bound = record("baseline", system="four_bar", rollout__constraint_violation=broken)
    rows = {row["quantity"]: row for row in run_sheet(bound).to_json()}
    assert rows["constraint violation"]["median"] == "0.01"
    assert rows["constraint violation"]["90 %"] == "0.03"
    assert "constraint violation" not in [row["quantity"] for row in run_sheet(record()).to_json()]
    beside = comparison_sheets(compare([bound, record()]))[1].to_json()
    assert [row["constraint violation"] for row in beside] == ["0.01", "-"]
    assert "constraint violation" not in comparison_sheets(compare([record()]))[1].columns


def test_null_is_a_dash_and_never_a_zero():
    rows = {row["quantity"].strip(): row for row in run_sheet(record("baseline")).to_json()}
    assert rows["learned energy drift"]["median"] == "-"
    assert rows["learned energy, R²"]["median"] == "-"


def test_every_test_set_has_a_row():
    rows = test_sets_sheet(record()).to_json()
    assert [row["test set"] for row in rows] == [
        "in distribution",
        "higher energy",
        "longer horizon",
    ]
    assert [row["true energy drift"] for row in rows] == ["0.01", "0.014", "0.011"]
    assert test_sets_sheet(record(test_sets={})).rows == []


@pytest.mark.parametrize("width", [None, 20, 80, 120, 300])
def test_no_width_cuts_a_number(width):
    runs = [record(m, s) for m in ("hnn", "baseline") for s in (0, 1, 2)]
    sheets = [*run_sheets(runs[0]), *comparison_sheets(compare(runs))]
    for sheet in sheets:
        text = sheet.to_terminal(width)
        numeric = [k for k, name in enumerate(sheet.columns) if name in sheet.numeric]
        numbers = [row[k] for row in sheet.rows for k in numeric]
        assert all(word in text for word in numbers)
        assert "…" not in text


def test_a_table_of_prose_keeps_to_the_terminal():
    lines = run_sheet(record()).to_terminal(80).splitlines()
    assert max(map(len, lines)) <= 84  # the title and notes are folded by the terminal itself


def test_the_comparison_shows_mean_interval_range_and_ratio():
    runs = [record(m, s) for m in ("hnn", "baseline") for s in (0, 1, 2)]
    drift, beside = comparison_sheets(compare(runs))
    hnn = drift.to_json()[0]
    assert hnn["mean ± 95 %"] == "0.012 ± 0.005"
    assert hnn["median (min..max)"] == "0.012 (0.01..0.014)"
    assert hnn["over baseline"] == "0.033 x"
    assert hnn["non-finite"] == "0 of 60"
    assert beside.to_json()[1]["learned energy, R²"] == "-"


def test_a_single_seed_has_no_interval():
    drift, _ = comparison_sheets(compare([record()]))
    assert drift.to_json()[0]["mean ± 95 %"] == "0.01"
    assert drift.to_json()[0]["over baseline"] == "-"


def test_markdown_escapes_and_lists_notes():
    text = Sheet("t", ("a", "b"), [("x|y", "1")], ("note",), frozenset({"b"})).to_markdown()
    assert text == "**t**\n\n| a | b |\n| --- | ---: |\n| x\\|y | 1 |\n\n- note\n"


def test_a_file_gets_the_whole_width_and_no_markup():
    stream = io.StringIO()
    sheet = Sheet("[red]t", ("a",), [("[b]x" * 40,)])
    sheet.show(Console(file=stream, width=30))
    assert "[b]x" * 40 in stream.getvalue()
    assert "[red]t" in stream.getvalue()


def test_a_terminal_gets_its_own_width():
    stream = io.StringIO()
    run_sheet(record()).show(Console(file=stream, width=80, force_terminal=True))
    assert "rms change of the true" in stream.getvalue()
