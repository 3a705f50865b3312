"""A workspace and a report of W&B, as code. The one file that imports wandb_workspaces.

What its panels show is what ``reporting/mirror.py`` tells W&B, under the same names.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import wandb
import wandb_workspaces.reports.v2.interface as wr
import wandb_workspaces.workspaces as ws
from wandb_workspaces.workspaces.internal import View

from ..tracking import LABEL
from . import charts
from .panels import (
    COLUMNS,
    DRIFT,
    PARTS,
    Bars,
    Chart,
    Differences,
    Lines,
    Panel,
    Pictures,
    Rows,
    Scatter,
)

NAME = "Legendre energy drift"
VIEW = "nw-legendreenergy-v"
"""What W&B calls the workspace in its address, between ``nw-`` and ``-v``: it is found again."""
FILTERS = ("system", "model", "loss", "integrator")
MOST = 500
"""Runs in a plot."""


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
            "charts": {name: json.loads(text) for name, text in charts.charts().items()},
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
            refused = charts.define(api, self.entity)
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
                ws.Section(name=part.name, panels=self._panels(part.panels), is_open=True)
                for part in PARTS
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
        for part in PARTS:
            blocks += [wr.H2(part.name), wr.P(part.words), self._grid("Runs", part.panels)]
        failed = self._grid("Failed", [Differences()], ["failed", "crashed"])
        blocks += [wr.H2("Runs that failed"), failed]
        return wr.Report(
            entity=self.entity,
            project=self.project,
            title=NAME,
            description="; ".join(chosen) or "All runs of the project.",
            blocks=blocks,
            width="fluid",
        )

    def _grid(self, name: str, panels: Sequence[Panel], states: Sequence[str] = ()) -> wr.PanelGrid:
        runs = wr.Runset(
            entity=self.entity,
            project=self.project,
            name=name,
            filters=self._filters(states),
            groupby=[] if states else [f"config.choices.{group}" for group in ("system", "model")],
        )
        return wr.PanelGrid(runsets=[runs], panels=self._panels(panels))

    def _filters(self, states: Sequence[str] = ()) -> ws.And:
        each: list[Any] = []
        for group in FILTERS:
            what, names = ws.Config(f"choices.value.{group}"), self.filters.get(group)
            each.append(what.isin(list(names)) if names else what != "")
        return ws.And(*each, *([ws.Metric("State").isin(list(states))] if states else []))

    def _panels(self, panels: Sequence[Panel]) -> list[Any]:
        return [self._panel(panel) for panel in panels]

    def _panel(self, panel: Panel) -> Any:
        """Return a panel as W&B has it."""
        match panel:
            case Lines(title, curve, along, log_x):
                return wr.LinePlot(
                    title=title,
                    x=curve.x,
                    y=[curve.y],
                    log_x=log_x,
                    log_y=True,
                    title_x=along,
                    **_over_seeds("median", "minmax"),
                )
            case Bars(title, name, how):
                band = "minmax" if how == "median" else "none"
                return wr.BarPlot(title=title, metrics=[name], **_over_seeds(how, band))
            case Scatter(title, against):
                x, y = wr.SummaryMetric(against), wr.SummaryMetric(DRIFT)
                return wr.ScatterPlot(title=title, x=x, y=y, log_x=True, log_y=True)
            case Pictures(title, name):
                return wr.MediaBrowser(title=title, media_keys=[name], num_columns=3)
            case Chart(chart, table, fields, words):
                return wr.CustomChart(
                    query={"summaryTable": {"tableKey": table}, "id": {}, "name": {}},
                    chart_name=f"{self.entity}/{charts.name_of(chart)}",
                    chart_fields=dict(fields),
                    chart_strings=dict(words),
                )
            case Rows(table):
                return wr.WeavePanelSummaryTable(table_name=table)
            case Differences():
                return wr.RunComparer(diff_only=True)


def _over_seeds(how: str, band: str) -> dict[str, Any]:
    return {
        "groupby": wr.Config(LABEL),
        "groupby_aggfunc": how,
        "groupby_rangefunc": band,
        "max_runs_to_show": MOST,
    }


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


def _view(entity: str, project: str) -> str:
    """Return the id of the workspace that an earlier command made; empty if there is none."""
    try:
        return View.from_name(entity, project, VIEW).id
    except ValueError:
        return ""


def _plain(spec: Any) -> dict[str, Any]:
    return json.loads(spec.model_dump_json(by_alias=True, exclude_none=True))
