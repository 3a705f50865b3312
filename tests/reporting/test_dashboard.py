"""Dashboards of W&B: what a person would see there, and that runs log what it is made of."""

import json
import os
import re
import sys

import numpy as np
import pytest
from running import SMALL, only_run, run

from src.reporting.record import flatten
from src.reporting.rollouts import read_main_set
from src.reporting.tracking import ENERGY, HORIZON

from .offline_log import read_offline_run
from .stand_in import ENTITY, StandIn, standing_in

TITLES = {
    "Energy error over time",
    "Drift against horizon",
    "Drift against training time (s)",
    "Phase portraits",
    "Rollouts beside the truth",
    "Rollouts lost",
}
"""Some panels that nobody would do without."""


@pytest.fixture(scope="module")
def logged(tmp_path_factory, cache):
    """A real run, offline: its folder, what W&B holds of it, and its tables by name."""
    folder = tmp_path_factory.mktemp("logged")
    looks = ("logger=wandb", "callbacks.energy_drift.every=1")
    outcome = run("train", *SMALL[:-1], *looks, folder=folder, cache=cache, figures=True)
    assert outcome.code == 0, outcome.err
    folder = only_run(folder)
    (log,) = folder.glob("wandb/offline-run-*")
    tables = {
        re.sub(r"_\d+_\w+\.table\.json$", "", file.name): json.loads(file.read_text())
        for file in log.rglob("*.table.json")
    }
    return folder, read_offline_run(log), tables


@pytest.fixture(scope="module")
def definition():
    pytest.importorskip("wandb_workspaces", reason="needs the extra dashboard")
    from src.reporting.wandb.dashboard import Dashboard

    return Dashboard("legendre", "", {"model": ["hnn", "lnn"]}).definition()


def panels_of(spec):
    """Return the panels of a workspace or a report."""
    if "section" in spec:
        sections = spec["section"]["panelBankConfig"]["sections"]
        return [panel for section in sections for panel in section["panels"]]
    grids = [block["metadata"] for block in spec["blocks"] if block["type"] == "panel-grid"]
    return [p for grid in grids for p in grid["panelBankSectionConfig"]["panels"]]


def runsets_of(spec):
    if "section" in spec:
        return spec["section"]["runSets"]
    grids = [block["metadata"] for block in spec["blocks"] if block["type"] == "panel-grid"]
    return [runs for grid in grids for runs in grid["runSets"]]


@pytest.mark.parametrize("what", ["workspace", "report"])
def test_every_panel_shows_what_a_real_run_has_logged(what, definition, logged):
    _, log, tables = logged
    told = {name.partition("._")[0] for row in log.history for name in row}
    summary, config = flatten(log.summary), flatten(log.config)
    seen = set()
    for panel in panels_of(definition[what]):
        kind, held = panel["viewType"], panel["config"]
        seen.add(kind)
        if kind == "Run History Line Plot":
            assert {held["xAxis"], *held["metrics"]} <= told, held
            assert held["groupBy"].removesuffix(".value") in config
            assert (held["groupAgg"], held["groupArea"]) == ("median", "minmax")  # over seeds
        elif kind == "Bar Chart":
            assert all(isinstance(summary[name], float | int) for name in held["metrics"]), held
            assert held["groupBy"].removesuffix(".value") in config
        elif kind == "Scatter Plot":
            axes = [held[axis].removeprefix("summary:") for axis in ("xAxis", "yAxis")]
            assert all(isinstance(summary[axis], float | int) for axis in axes), held
        elif kind == "Media Browser":
            assert set(held["mediaKeys"]) <= told
        elif kind == "Vega2":
            chart_is_whole(held, definition["charts"], tables)
        elif kind == "Weave":
            assert any(f'"{name}"' in json.dumps(held) for name in tables)
        else:
            assert kind == "Run Comparer"
    assert len(seen) == 7, "no kind of panel is untested"
    titles = {panel["config"].get("chartTitle") for panel in panels_of(definition[what])}
    assert titles >= TITLES


def chart_is_whole(held, charts, tables):
    """A custom chart has a definition, a field for all that it asks for, and a column for each."""
    (chart,) = (name for name in charts if f"legendre-{name}-" in held["panelDefId"])
    asked = set(re.findall(r"\$\{(\w+:\w+)\}", json.dumps(charts[chart])))
    given = {f"field:{name}" for name in held["fieldSettings"]}
    assert given | {f"string:{name}" for name in held["stringSettings"]} == asked
    table = re.search(r'"tableKey", "value": "(\w+)"', json.dumps(held["userQuery"]))[1]
    assert set(held["fieldSettings"].values()) <= set(tables[table]["columns"])
    assert tables[table]["data"]


@pytest.mark.parametrize("what", ["workspace", "report"])
def test_runs_are_filtered_and_grouped_by_what_was_chosen(what, definition, logged):
    config = flatten(logged[1].config)
    for runs in runsets_of(definition[what]):
        filters = {one["key"]["name"]: one for one in runs["filters"]["filters"]}
        for group in ("system", "model", "loss", "integrator"):
            assert f"choices.{group}" in config
            assert filters[f"choices.value.{group}"]["disabled"] is False
        chosen = filters["choices.value.model"]
        assert (chosen["op"], chosen["value"]) == ("IN", ["hnn", "lnn"])
        assert filters["choices.value.system"]["op"] == "!="  # shows all, and is there to be set
        grouping = [key["name"] for key in runs["grouping"]]
        if runs["name"] == "Failed":
            assert (grouping, filters["state"]["value"]) == ([], ["failed", "crashed"])
        else:
            assert grouping == ["choices.value.system", "choices.value.model"]


def test_what_is_drawn_are_the_numbers_of_the_record(logged):
    folder, log, tables = logged
    summary = json.loads((folder / "summary.json").read_text())
    held = flatten(log.summary)
    assert {k: held.get(k) for k in flatten(summary)} == flatten(summary)
    drift, scale = summary["rollout"]["energy_drift"]["rms_relative"], summary["scales"]["energy"]
    horizons = [row for row in log.history if HORIZON.y in row]
    assert horizons[-1][HORIZON.y] == pytest.approx(drift["median"])
    arrays = read_main_set(folder)
    assert horizons[-1][HORIZON.x] == pytest.approx(arrays["t"][-1])
    along = arrays["true_energy_of_model"]
    error = np.sort(abs(along - along[:, :1]) / scale, axis=0)[(len(along) - 1) // 2]
    curve = {row[ENERGY.x]: row[ENERGY.y] for row in log.history if ENERGY.y in row}
    for t, value in zip(arrays["t"], error, strict=True):
        assert curve.get(t, value) == pytest.approx(value)
    assert len(curve) > 10
    rows = [
        dict(zip(tables["rollouts"]["columns"], row, strict=True))
        for row in tables["rollouts"]["data"]
    ]
    assert len(rows) == summary["rollout"]["trajectories"]
    assert {(row["system"], row["model"], row["seed"]) for row in rows} == {
        ("mass_spring", "hnn", 0)
    }
    assert np.mean([row["energy_drift_rms"] for row in rows]) == pytest.approx(drift["mean"])
    kept = tables["invariants"]
    assert kept["data"][0][kept["columns"].index("rms")] == drift["median"]


def test_level_sets_are_lines_of_one_energy(logged):
    table = logged[2]["phase_portrait"]
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert {row["curve"] for row in rows} >= {"level sets, true", "truth", "model"}
    lines = {row["line"] for row in rows if row["curve"] == "level sets, true"}
    assert len(lines) > 4
    for line in lines:  # of a mass on a spring, with m = k = 1
        energies = [(r["q"] ** 2 + r["p"] ** 2) / 2 for r in rows if r["line"] == line]
        assert np.ptp(energies) < 0.02 * max(energies)


@pytest.fixture
def online(monkeypatch, cache):
    """Somebody is logged in to a server, which is ours."""
    import wandb

    server = StandIn()
    before = dict(os.environ)
    with standing_in(server) as address:
        monkeypatch.setenv("WANDB_MODE", "online")
        monkeypatch.setenv("WANDB_BASE_URL", address)
        monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
        wandb.teardown()
        yield server
        wandb.teardown()
    for name in set(os.environ) - set(before):
        if name.startswith("WANDB"):
            del os.environ[name]


def test_a_dashboard_is_made_and_made_again_in_its_place(online, tmp_path, cache):
    pytest.importorskip("wandb_workspaces", reason="needs the extra dashboard")
    made = run("dashboard", "project=legendre", folder=tmp_path, cache=cache)
    assert made.code == 0, made.err
    views = {view["type"]: view for view in online.views.values()}
    assert set(views) == {"project-view", "runs"}
    for view in views.values():
        assert (view["entityName"], view["projectName"]) == (ENTITY, "legendre")
        titles = {p["config"].get("chartTitle") for p in panels_of(json.loads(view["spec"]))}
        assert titles >= TITLES
    workspace = json.loads(views["project-view"]["spec"])
    held = [p["config"] for p in panels_of(workspace) if p["viewType"] == "Vega2"]
    assert {one["panelDefId"] for one in held} == {f"{ENTITY}/{name}" for name in online.charts}
    assert f"/{ENTITY}/legendre?nw=" in made.out
    assert f"/{ENTITY}/legendre/reports/" in made.out

    again = run(
        "dashboard", "project=legendre", "filters.system=pendulum", folder=tmp_path, cache=cache
    )
    assert again.code == 0, again.err
    assert len(online.views) == 2
    for view in online.views.values():
        for runs in runsets_of(json.loads(view["spec"])):
            assert runs["filters"]["filters"][0]["value"] == ["pendulum"]


def test_a_project_that_w_and_b_does_not_know_is_named(online, tmp_path, cache):
    pytest.importorskip("wandb_workspaces", reason="needs the extra dashboard")
    refused = run("dashboard", "project=nowhere", folder=tmp_path, cache=cache)
    assert refused.code == 1
    assert f"project '{ENTITY}/nowhere' not found" in refused.err
    assert online.views == {}


def test_without_a_login_the_definition_is_written_and_how_to_push_it(tmp_path, cache, definition):
    outcome = run("dashboard", "project=legendre", folder=tmp_path, cache=cache)
    assert outcome.code == 0, outcome.err
    (file,) = tmp_path.glob("dashboards/*/*/dashboard.json")
    written = json.loads(file.read_text())
    assert len(panels_of(written["workspace"])) == len(panels_of(definition["workspace"]))
    assert written["charts"] == definition["charts"]
    assert "wandb login" in outcome.out
    assert "wandb sync" in outcome.out


def test_without_the_extra_it_is_named(tmp_path, cache, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb_workspaces", None)
    monkeypatch.delitem(sys.modules, "src.reporting.wandb.dashboard", raising=False)
    outcome = run("dashboard", "project=legendre", folder=tmp_path, cache=cache)
    assert outcome.code == 1
    assert "pip install -e '.[dashboard]'" in outcome.err
    assert list(tmp_path.iterdir()) == []
