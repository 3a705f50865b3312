"""A workspace and a report of W&B, as code. The one file that imports wandb_workspaces.

What its panels show is what ``reporting/mirror.py`` tells W&B, under the same names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import wandb
import wandb_workspaces.reports.v2 as wr
import wandb_workspaces.workspaces as ws
from wandb_workspaces.workspaces.internal import View

from ..mirror import INVARIANTS, PORTRAIT, ROLLOUTS
from ..quantities import ENERGY_DRIFT, LEARNED_DRIFT, SYMPLECTICITY, VALID_TIME
from ..tracking import ENERGY, HORIZON, LABEL, STEP

NAME = "Legendre energy drift"
VIEW = "nw-legendreenergy-v"
"""What W&B calls the workspace in its address, between ``nw-`` and ``-v``: it is found again."""
CHARTS = Path(__file__).parent / "charts"
FILTERS = ("system", "model", "loss", "integrator")
DRIFT = f"{ENERGY_DRIFT.path}.median"
COLUMNS = (DRIFT, f"{VALID_TIME.path}.median", "rollout.non_finite", "train.seconds")
MOST = 500
"""Runs in a plot."""


class Part(NamedTuple):
    """Panels that belong together, and what they tell."""

    name: str
    words: str
    panels: list[Any]


@dataclass(frozen=True)
class Dashboard:
    """What people look at of a project's runs.

    Args:
        project: the name of the project.
        entity: the user or team that it belongs to; empty where that is not known yet.
        filters: which runs are shown, by what was chosen for them: lists of names by group, such
            as ``{"system": ["pendulum"]}``. A group without any shows all, and its filter stands
            ready to be opened.
    """

    project: str
    entity: str
    filters: Mapping[str, Sequence[str]]

    def definition(self) -> dict[str, Any]:
        """Return what is sent to W&B, as it is sent."""
        alone = Dashboard(self.project, "", self.filters)  # asks nothing over the network
        return {
            "workspace": _plain(self.workspace()._to_model().spec),
            "report": _plain(alone.report()._to_model().spec),
            "charts": {name: json.loads(text) for name, text in _charts().items()},
        }

    def push(self) -> list[str]:
        """Create both in W&B, or replace what an earlier command made there.

        Returns the addresses, and a line on whatever was refused.

        Raises:
            ValueError: if W&B has no such project, or none that may be written to.
        """
        report, workspace = self.report(), self.workspace()
        with _explained():
            api = wandb.Api()
            report._to_model()  # asks for the project, and is refused without one
            refused = _define_charts(api, self.entity)
            known = api.reports(f"{self.entity}/{self.project}")
            report.id = next((one.id for one in known if one.display_name == NAME), "")
            report.save()
            workspace._internal_name = VIEW
            workspace._internal_id = _view(self.entity, self.project)
            workspace.save()
            return [workspace.url, report.url, *refused]

    def workspace(self) -> ws.Workspace:
        """Return the workspace: every part as a section."""
        return ws.Workspace(
            entity=self.entity,
            project=self.project,
            name=NAME,
            sections=[
                ws.Section(name=part.name, panels=part.panels, is_open=True)
                for part in self._parts()
            ],
            settings=ws.WorkspaceSettings(max_runs=MOST),
            runset_settings=ws.RunsetSettings(
                filters=self._filters(),
                groupby=[ws.Config(f"choices.{group}") for group in ("system", "model")],
                pinned_columns=["run:state", *(f"summary:{name}" for name in COLUMNS)],
            ),
        )

    def report(self) -> wr.Report:
        """Return the report: the same parts, each with what it tells, and what failed."""
        chosen = [f"{group}: {', '.join(names)}" for group, names in self.filters.items() if names]
        blocks: list[Any] = [wr.TableOfContents()]
        for part in self._parts():
            blocks += [wr.H2(part.name), wr.P(part.words), self._grid("Runs", part.panels)]
        failed = self._grid("Failed", [wr.RunComparer(diff_only=True)], ["failed", "crashed"])
        blocks += [wr.H2("Runs that failed"), failed]
        return wr.Report(
            entity=self.entity,
            project=self.project,
            title=NAME,
            description="; ".join(chosen) or "All runs of the project.",
            blocks=blocks,
            width="fluid",
        )

    def _grid(self, name: str, panels: list[Any], states: Sequence[str] = ()) -> wr.PanelGrid:
        runs = wr.Runset(
            entity=self.entity,
            project=self.project,
            name=name,
            filters=self._filters(states),
            groupby=[] if states else [f"config.choices.{group}" for group in ("system", "model")],
        )
        return wr.PanelGrid(runsets=[runs], panels=panels)

    def _filters(self, states: Sequence[str] = ()) -> ws.And:
        each: list[Any] = []
        for group in FILTERS:
            what, names = ws.Config(f"choices.value.{group}"), self.filters.get(group)
            each.append(what.isin(list(names)) if names else what != "")
        return ws.And(*each, *([ws.Metric("State").isin(list(states))] if states else []))

    def _parts(self) -> Iterator[Part]:
        yield Part(
            "Energy drift",
            "Change of the true energy along rollouts far beyond training, in energy scales; "
            "medians over rollouts. Lines are medians over seeds, bands their range.",
            [
                _line("Energy error over time", ENERGY.y, ENERGY.x, "time", log_y=True),
                _line("Drift against horizon", HORIZON.y, HORIZON.x, "horizon", True, True),
                _bars("Energy drift", DRIFT),
            ],
        )
        yield Part(
            "Drift against cost",
            "What accuracy costs: each point is a run, or a group of runs.",
            [
                _scatter("Drift against training time (s)", "train.seconds"),
                _scatter("Drift against parameters", "train.parameters"),
                _scatter("Drift against calls of the field", "rollout.cost.field_evaluations"),
            ],
        )
        yield Part(
            "Learned against true level sets",
            "Level sets of both energies on the plane of a pair (q, p), and the first rollout.",
            [
                self._chart("portrait", PORTRAIT, ("q", "p", "point", "line", "curve")),
                _pictures("Phase portraits", "figures/phase_portrait"),
            ],
        )
        drifts = {"category": "model", "value": "energy_drift_rms"}
        yield Part(
            "Rollouts",
            "Each motion by itself: its path beside the truth, its drift, and how it ended.",
            [
                _pictures("Rollouts beside the truth", "figures/rollout"),
                _pictures("Energies", "figures/energy"),
                self._dots(ROLLOUTS, "Drift of each rollout", "rms energy drift / scale", drifts),
                wr.WeavePanelSummaryTable(table_name=ROLLOUTS),
            ],
        )
        kept = {"category": "invariant", "value": "rms"}
        yield Part(
            "Invariants",
            "What the true motion keeps, and how far the learned one strays; 0 is kept.",
            [
                self._dots(INVARIANTS, "Drift of each invariant", "rms change / scale", kept),
                wr.WeavePanelSummaryTable(table_name=INVARIANTS),
                _bars("Drift of the model's own energy", f"{LEARNED_DRIFT.path}.median"),
                _bars("Symplecticity defect", f"{SYMPLECTICITY.path}.median"),
            ],
        )
        yield Part(
            "Training",
            "Losses and the drift that was watched; lines are medians over seeds.",
            [
                _line("Training loss", "train/loss", STEP, "steps", log_y=True),
                _line("Validation loss", "validation/loss", STEP, "steps", log_y=True),
                _line("Drift at validation", "validation/energy_drift", STEP, "steps", log_y=True),
            ],
        )
        yield Part(
            "Failures",
            "Rollouts that blew up, and steps that were left out because a gradient was not "
            "finite. Runs that failed themselves: sort the table of runs by State.",
            [
                _bars("Rollouts lost", "rollout.non_finite", "sum"),
                _bars("Steps skipped", "train.skipped_steps", "sum"),
                wr.RunComparer(diff_only=True),
            ],
        )

    def _dots(self, table: str, title: str, axis: str, fields: dict[str, str]) -> Any:
        words = {"title": title, "axis": axis}
        same = {name: name for name in ("system", "model")}
        return self._custom("dots", table, same | fields, words)

    def _chart(self, chart: str, table: str, columns: Sequence[str]) -> Any:
        title = {"title": "Learned and true level sets"}
        return self._custom(chart, table, {column: column for column in columns}, title)

    def _custom(self, chart: str, table: str, fields: Any, words: dict[str, str]) -> Any:
        query = {"summaryTable": {"tableKey": table}, "id": {}, "name": {}}
        name = f"{self.entity}/{_called(chart)}"
        return wr.CustomChart(
            query=query, chart_name=name, chart_fields=fields, chart_strings=words
        )


def logged_in() -> str:
    """Return the user or team of the account, unless another is named.

    Raises:
        ValueError: if W&B does not answer, or does not know the key.
    """
    with _explained():
        entity = wandb.Api().default_entity
    if not entity:
        raise ValueError("W&B names no user or team of this account: say entity=<name>.")
    return entity


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what W&B refuses into words for the user."""
    try:
        yield
    except ValueError:  # says already what is missing
        raise
    except Exception as error:  # W&B's own, some of private classes, and those of the network
        reason = str(error).rstrip(".")
        raise ValueError(f"W&B refused: {reason}. To try again, give the same command.") from error


def _line(
    title: str, y: str, x: str, title_x: str, log_x: bool = False, log_y: bool = False
) -> wr.LinePlot:
    return wr.LinePlot(
        title=title,
        x=x,
        y=[y],
        log_x=log_x,
        log_y=log_y,
        title_x=title_x,
        groupby=wr.Config(LABEL),
        groupby_aggfunc="median",
        groupby_rangefunc="minmax",
        max_runs_to_show=MOST,
    )


def _bars(title: str, name: str, over_seeds: Any = "median") -> wr.BarPlot:
    return wr.BarPlot(
        title=title,
        metrics=[name],
        groupby=wr.Config(LABEL),
        groupby_aggfunc=over_seeds,
        groupby_rangefunc="minmax" if over_seeds == "median" else "none",
        max_runs_to_show=MOST,
    )


def _scatter(title: str, cost: str) -> wr.ScatterPlot:
    summary = wr.SummaryMetric
    return wr.ScatterPlot(title=title, x=summary(cost), y=summary(DRIFT), log_x=True, log_y=True)


def _pictures(title: str, name: str) -> wr.MediaBrowser:
    return wr.MediaBrowser(title=title, media_keys=[name], num_columns=3)


def _charts() -> dict[str, str]:
    """Return the definitions of our custom charts, in Vega-Lite, by name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(CHARTS.glob("*.json"))}


def _called(chart: str) -> str:
    """Return what W&B calls a chart: a name stays what it was, so that a change needs another."""
    digest = hashlib.sha256(_charts()[chart].encode()).hexdigest()[:8]
    return f"legendre-{chart}-{digest}"


def _define_charts(api: wandb.Api, entity: str) -> list[str]:
    """Give W&B our charts, and return words about those that it did not take.

    It has no way to ask which it has: that one is there already is an error, too.
    """
    refused = []
    for chart, text in _charts().items():
        try:
            api.create_custom_chart(
                entity, _called(chart), f"Legendre {chart}", "vega2", "private", text
            )
        except Exception as error:  # of a private class
            if "exist" not in str(error).lower():
                refused.append(
                    f"W&B refused the chart {chart}, so that its panels are empty: {error}"
                )
    return refused


def _view(entity: str, project: str) -> str:
    """Return the id of the workspace that an earlier command made; empty if there is none."""
    try:
        return View.from_name(entity, project, VIEW).id
    except ValueError:
        return ""


def _plain(spec: Any) -> dict[str, Any]:
    return json.loads(spec.model_dump_json(by_alias=True, exclude_none=True))
