"""What a dashboard shows, in our own words: parts, their panels, and the names behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..mirror import INVARIANTS, PORTRAIT, ROLLOUTS
from ..quantities import ENERGY_DRIFT, LEARNED_DRIFT, SYMPLECTICITY, VALID_TIME
from ..tracking import ENERGY, HORIZON, STEP, Curve

DRIFT = f"{ENERGY_DRIFT.path}.median"
COLUMNS = (DRIFT, f"{VALID_TIME.path}.median", "rollout.non_finite", "train.seconds")
"""Of the table of runs."""


@dataclass(frozen=True)
class Lines:
    """A curve of each group of runs, with the range of its seeds, on a log axis."""

    title: str
    curve: Curve
    along: str
    log_x: bool = False


@dataclass(frozen=True)
class Bars:
    """A number of the summary for each group of runs."""

    title: str
    name: str
    over_seeds: Literal["median", "sum"] = "median"


@dataclass(frozen=True)
class Scatter:
    """The energy drift of each run against a number of the summary, on log axes."""

    title: str
    against: str


@dataclass(frozen=True)
class Pictures:
    """A figure of each run."""

    title: str
    name: str


@dataclass(frozen=True)
class Chart:
    """A custom chart of a table: see ``vega/``."""

    chart: str
    table: str
    fields: Mapping[str, str]
    """Columns of the table, by what the chart calls them."""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """A table as it is."""

    table: str


@dataclass(frozen=True)
class Differences:
    """What runs differ in."""


Panel = Lines | Bars | Scatter | Pictures | Chart | Rows | Differences


@dataclass(frozen=True)
class Part:
    """Panels that belong together, and what they tell."""

    name: str
    words: str
    panels: Sequence[Panel]


def _dots(table: str, title: str, axis: str, category: str, value: str) -> Chart:
    fields = {"system": "system", "model": "model", "category": category, "value": value}
    return Chart("dots", table, fields, {"title": title, "axis": axis})


PARTS = (
    Part(
        "Energy drift",
        "Change of the true energy along rollouts far beyond training, in energy scales; medians "
        "over rollouts. Lines are medians over seeds, bands their range.",
        [
            Lines("Energy error over time", ENERGY, "time"),
            Lines("Drift against horizon", HORIZON, "horizon", log_x=True),
            Bars("Energy drift", DRIFT),
        ],
    ),
    Part(
        "Drift against cost",
        "What accuracy costs: each point is a run, or a group of runs.",
        [
            Scatter("Drift against training time (s)", "train.seconds"),
            Scatter("Drift against parameters", "train.parameters"),
            Scatter("Drift against calls of the field", "rollout.cost.field_evaluations"),
        ],
    ),
    Part(
        "Learned against true level sets",
        "Level sets of both energies on the plane of a pair (q, p), and the first rollout.",
        [
            Chart(
                "portrait",
                PORTRAIT,
                {name: name for name in ("q", "p", "point", "line", "curve")},
                {"title": "Learned and true level sets"},
            ),
            Pictures("Phase portraits", "figures/phase_portrait"),
        ],
    ),
    Part(
        "Rollouts",
        "Each motion by itself: its path beside the truth, its drift, and how it ended.",
        [
            Pictures("Rollouts beside the truth", "figures/rollout"),
            Pictures("Energies", "figures/energy"),
            _dots(
                ROLLOUTS,
                "Drift of each rollout",
                "rms energy drift / scale",
                "model",
                "energy_drift_rms",
            ),
            Rows(ROLLOUTS),
        ],
    ),
    Part(
        "Invariants",
        "What the true motion keeps, and how far the learned one strays; 0 is kept.",
        [
            _dots(INVARIANTS, "Drift of each invariant", "rms change / scale", "invariant", "rms"),
            Rows(INVARIANTS),
            Bars("Drift of the model's own energy", f"{LEARNED_DRIFT.path}.median"),
            Bars("Symplecticity defect", f"{SYMPLECTICITY.path}.median"),
        ],
    ),
    Part(
        "Training",
        "Losses and the drift that was watched; lines are medians over seeds.",
        [
            Lines("Training loss", Curve(STEP, "train/loss"), "steps"),
            Lines("Validation loss", Curve(STEP, "validation/loss"), "steps"),
            Lines("Drift at validation", Curve(STEP, "validation/energy_drift"), "steps"),
        ],
    ),
    Part(
        "Failures",
        "Rollouts that blew up, and steps that were left out because a gradient was not finite. "
        "Runs that failed themselves: sort the table of runs by State.",
        [
            Bars("Rollouts lost", "rollout.non_finite", "sum"),
            Bars("Steps skipped", "train.skipped_steps", "sum"),
            Differences(),
        ],
    ),
)
