"""The page says what the records say, in one file that loads nothing and runs nothing foreign."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from running import run

from src.config.comparing import StoredConfigs
from src.reporting.page.collection import Collector
from src.reporting.page.document import document
from src.reporting.page.numbers import extremes
from src.reporting.quantities import SHOWN
from src.reporting.record import read_record

from .pages import copies, copy, floats, page_of
from .records import make_run

MOST_PER_RUN = 15_000


@pytest.fixture(scope="module")
def pair(trained, tmp_path_factory):
    """A folder with a real run of hnn, and one that calls itself baseline."""
    folder = tmp_path_factory.mktemp("pair")
    copy(trained, folder / "a")
    copy(trained, folder / "b", model="baseline")
    return folder


@pytest.fixture(scope="module")
def page(pair):
    return page_of(pair)


def test_the_numbers_are_those_of_the_record(page, pair):
    record = read_record(pair / "a")
    run = page.data["runs"]["a"]
    for quantity in SHOWN:
        assert run["values"][quantity.name] == record.median(quantity.path), quantity.name
    drift = record.median("rollout.energy_drift.rms_relative")
    assert floats(run["horizon"]["y"])[-1] == pytest.approx(drift, rel=1e-6)
    horizon = record.value("rollout.horizon")
    assert floats(run["horizon"]["x"])[-1] == pytest.approx(horizon, rel=1e-6)


def test_a_run_brings_all_that_there_is_to_see(page):
    run = page.data["runs"]["a"]
    truth = page.data["truths"][run["truth"]]
    assert len(floats(run["motion"]["at"])) == len(floats(truth["motion"]["at"])) > 0
    assert len(floats(truth["portrait"]["levels"])) > 100  # its own may lie beyond the plane
    assert set(run["training"]) >= {"training", "validation"}
    assert page.data["systems"][0]["name"] == "mass_spring"
    assert len(page.data["truths"]) == 1  # the same truth is kept once


def test_verdict_and_table_stand_there_without_any_script(page, pair):
    text = re.sub(r"<script.*?</script>", "", page.text, flags=re.DOTALL)
    assert "show no difference in energy drift" not in text.partition("<h2")[0]
    assert "<p class=headline>" in text
    names = {row[0] for row in page.rows if row}
    assert {"a", "b"} <= names
    drift = read_record(pair / "a").median("rollout.energy_drift.rms_relative")
    shown = next(row for row in page.rows if row[:2] == ["a", "mass_spring"])[4]
    assert float(shown) == pytest.approx(drift, rel=5e-3)


def test_the_page_loads_nothing(page):
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed"}
        assert "src" not in attributes
        assert not (attributes.get("href") or "#").startswith(("http", "//"))
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "Apache License" in page.text


def test_words_of_users_are_words(trained, tmp_path):
    evil = "<script>alert(1)</script>"
    copy(trained, tmp_path / "<script>", model=evil, system="</table><img src=x>")
    page = page_of(tmp_path)
    assert len(page.scripts) == 3
    assert not any(tag == "img" for tag, _ in page.tags)
    assert page.data["groups"][0]["model"] == evil
    assert any("<script>" in row for row in page.rows)
    assert evil not in page.text


def test_only_what_differs_is_told(pair, tmp_path, trained):
    copy(trained, tmp_path / "a")
    copy(trained, tmp_path / "b", seed=1)
    assert "Nothing but systems, models and seeds." in page_of(tmp_path).text
    file = tmp_path / "b" / "config.yaml"
    file.write_text(file.read_text().replace("width: 16", "width: 32"))
    page = page_of(tmp_path)
    assert ["model.width", "16", "1 of hnn"] in page.rows
    assert [group["label"] for group in page.data["groups"]] == ["hnn, width=16", "hnn, width=32"]


def test_failures_are_told(trained, tmp_path):
    copy(trained, tmp_path / "good")
    lost = copy(trained, tmp_path / "lost")
    summary = json.loads((lost / "summary.json").read_text())
    summary["rollout"]["non_finite"] = 1
    (lost / "summary.json").write_text(json.dumps(summary))
    half = copy(trained, tmp_path / "half") / "summary.json"
    half.write_text(half.read_text()[:100])
    stopped = copy(trained, tmp_path / "stopped")
    (stopped / "summary.json").unlink()
    for name, text in {
        "wandb": "choices: {value: {a: b}}",
        "foreign": "a: [",
        "other": "3",
    }.items():
        (tmp_path / "good" / name).mkdir()
        (tmp_path / "good" / name / "config.yaml").write_text(text)
    page = page_of(tmp_path)
    told = {row[0]: row[1:] for row in page.rows if len(row) == 3}
    assert told["lost"] == ["rollouts lost", "1 of 2 blew up to infinity or NaN"]
    assert told["half"][0] == "record unreadable"
    assert told["stopped"][0] == "no record"
    assert set(page.data["runs"]) == {"good", "lost"}
    assert set(page.data["unfinished"]) == {"half", "stopped"}


def test_runs_without_views_or_rollouts_are_shown_all_the_same(tmp_path):
    make_run(tmp_path / "old", "hnn")
    (make_run(tmp_path / "bare", "baseline").folder / "rollouts.npz").unlink()
    page = page_of(tmp_path)
    assert "energy" in page.data["runs"]["old"]
    assert "energy" not in page.data["runs"]["bare"]
    assert "portrait" not in page.data["runs"]["old"]


def test_few_points_keep_every_peak_and_both_ends():
    generator = np.random.default_rng(0)
    y = generator.normal(size=5000)
    y[3210], y[77] = 40.0, -30.0
    kept = extremes(y, 100)
    assert len(kept) <= 100
    assert {0, 77, 3210, 4999} <= set(kept.tolist())
    assert extremes(y[:50], 100).tolist() == list(range(50))


def test_five_hundred_runs_of_full_length_fit(trained, tmp_path):
    made = make_run(tmp_path / "one", "hnn").folder
    shutil.copy(trained / "views.npz", made)
    shutil.copy(trained / "metrics.csv", made)
    few = Collector([copies(made, tmp_path / "runs", 10)], StoredConfigs()).collect()
    runs = {f"{k}/{name}": run for k in range(50) for name, run in few.runs.items()}
    page = document(replace(few, runs=runs), "many")
    assert page.count("<tr data-run=") == 500
    assert len(page) < 10_000_000
    assert max(len(json.dumps(run)) for run in runs.values()) <= MOST_PER_RUN


def test_a_user_gets_the_page_and_its_path(pair, tmp_path, cache):
    outcome = run("report", f"runs={pair}", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    (file,) = tmp_path.glob("reports/*/*/report.html")
    assert "report.html" in outcome.out
    assert file.read_text().startswith("<!doctype html>")


def test_every_run_ends_with_a_small_page_of_its_own(trained):
    text = (trained / "report.html").read_text()
    assert len(text) < 300_000
    assert "<script" not in text
    assert text.count("<svg") == 5
    drift = read_record(trained).median("rollout.energy_drift.rms_relative")
    assert f"drifts by {drift:.3g}" in text.replace("e-0", "e-")
    assert "report.html" in (trained.parents[2] / "printed.txt").read_text()
