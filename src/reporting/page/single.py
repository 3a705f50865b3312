"""The small report at the end of a run: words, tables and inline SVG, without any script."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
from numpy.typing import NDArray

from ..curves import curves_of
from ..drift import drift_by_horizon, energy_error, relative_energies
from ..palette import color_of, name_of
from ..quantities import ENERGY_DRIFT
from ..record import Record
from ..rollouts import read_main_set
from ..sheet import number
from ..table import run_sheets
from ..views import read_views
from .document import ASSETS, filled
from .numbers import extremes, level_lines
from .run_data import CURVE, LEVELS, PATH, training_series
from .svg import Axis, Line, plot

Array = NDArray[np.float64]
GREY = "var(--truth)"
FLOOR = 1e-12
"""Smaller changes are rounding, and would stretch a log axis."""


def single(record: Record) -> str:
    """Return the report of one run, from what lies in its folder."""
    name = f"{record.text('run.model')} on {record.text('run.system')}"
    plots = _curves(record)
    if not record.get("rollout.reason"):
        arrays = read_main_set(record.folder)
        plots += [*_energy(record, arrays), *_portrait(record), *_path(record, arrays)]
    plots += _training(record)
    return filled(
        "single",
        title=escape(f"{name}, seed {record.text('run.seed')}"),
        style=(ASSETS / "style.css").read_text(encoding="utf-8"),
        headline=escape(_headline(record)),
        command=escape(record.text("run.command")),
        plots="".join(plots),
        tables="".join(sheet.to_html() for sheet in run_sheets(record)),
    )


def _headline(record: Record) -> str:
    model = name_of(record.text("run.model"))
    if record.get("rollout.reason"):
        found = [
            f"{curve.name} within {number(curve.largest)} {curve.error_unit}".rstrip()
            for curve in curves_of(record)
            if curve.largest is not None
        ]
        return f"{model}: {', '.join(found) or 'no rollouts, and no curves'}."
    drift, ratio = record.median(ENERGY_DRIFT.path), record.value("rollout.horizon_over_training")
    over = f"over {number(ratio)} training horizons"
    if drift is None:
        return f"{model}: {record.text('rollout.trajectories')} rollouts {over}; no energy drift."
    return f"{model}: the true energy drifts by {number(drift)} energy scales (rms) {over}."


def _color(record: Record) -> str:
    return color_of(record.text("run.model"))


def _timed(word: str, record: Record) -> str:
    return f"{word} ({record.time_unit})" if record.time_unit else word


def _curves(record: Record) -> list[str]:
    """Draw what follows from the energy, over what it should be."""
    plots = []
    for curve in curves_of(record):
        lines = [Line(curve.source, curve.points, curve.exact, GREY)]
        lines += [Line(n, curve.points, y, GREY, dash="2 3") for n, y in curve.others.items()]
        if curve.model is not None:
            lines.append(Line("model", curve.points, curve.model, _color(record), dash="6 3"))
        x = Axis.over(curve.axis, [curve.points])
        y = Axis.over(curve.unit or curve.name, [line.y for line in lines])
        plots.append(plot(curve.name, x, y, lines))
    return plots


def _energy(record: Record, arrays: Mapping[str, Array]) -> list[str]:
    energies = relative_energies(record, arrays)
    if energies is None:
        return []
    trained, color = record.value("data.horizon"), _color(record)
    model, truth = (energy_error(energies["t"], energies[w], 1.0) for w in ("model", "truth"))
    kept = extremes(model.median, 2 * CURVE)
    t, low, median, high = (one[kept] for one in (model.t, model.low, model.median, model.high))
    lines = [
        Line("truth (reference solution)", t, np.maximum(truth.median[kept], FLOOR), GREY, width=1),
        Line("median, and middle 80 % of rollouts", t, np.maximum(median, FLOOR), color, low, high),
    ]
    size = Axis.over(
        "energy error / scale", [np.maximum(median[1:], FLOOR), low[low > FLOOR]], log=True
    )
    horizons, drifts = drift_by_horizon(energies)
    growth = Line("median over rollouts", horizons, drifts, color)
    shaded = trained if trained is not None and trained < t[-1] else None
    return [
        plot(
            "Energy over time", Axis(_timed("time", record), 0, float(t[-1])), size, lines, shaded
        ),
        plot(
            "Drift against horizon",
            Axis(_timed("horizon", record), float(horizons[0]), float(horizons[-1]), log=True),
            Axis.over("rms energy drift / scale", [drifts], log=True),
            [growth],
            shaded,
        ),
    ]


def _portrait(record: Record) -> list[str]:
    try:
        view = read_views(record.folder)["portrait"]
    except (ValueError, KeyError):
        return []
    levels, color = view["levels"].tolist(), _color(record)

    def line(name: str, points: Array, shade: str, width: float, dash: str = "") -> Line:
        return Line(name, points[:, 0], points[:, 1], shade, width=width, dash=dash)

    def chain(energy: str) -> Array:
        return level_lines(view["q"], view["p"], view[energy].astype(float), levels, 4 * LEVELS)

    lines = []
    if "true_energy" in view:
        lines.append(line("levels of the true energy", chain("true_energy"), GREY, 0.8))
    if "learned_energy" in view:
        learned = chain("learned_energy")
        lines.append(line("levels of the learned energy", learned, color, 1.6, "6 3"))
    lines.append(line("rollout", view["path_model"][0, :PATH].astype(float), color, 1))
    q, p = view["names"].tolist()
    x, y = (Axis(n, float(view[k][0]), float(view[k][-1])) for n, k in ((q, "q"), (p, "p")))
    return [plot("Phase portrait", x, y, lines)]


def _path(record: Record, arrays: Mapping[str, Array]) -> list[str]:
    """Draw the first component of the first rollout beside its truth, as far as can be followed."""
    period = record.value("scales.time")
    t = arrays["t"]
    end = t[-1] if period is None else min(t[-1], 12 * period)
    shown = np.flatnonzero(t <= end)[:: max(1, int((t <= end).sum()) // 400)]
    truth, model = (arrays[w][0, shown, 0] for w in ("truth", "model"))
    lines = [
        Line("truth", t[shown], truth, GREY),
        Line("model", t[shown], model, _color(record), dash="6 3"),
    ]
    x = Axis(_timed("time", record), float(t[0]), float(end))
    return [plot("A rollout, first component", x, Axis.over("state", [truth]), lines)]


def _training(record: Record) -> list[str]:
    found = training_series(record)
    lines = [
        Line(name, x[kept], y[kept], color)
        for name, color in (("training", GREY), ("validation", _color(record)))
        if name in found
        for x, y in [found[name]]
        for kept in [extremes(y, CURVE)]
    ]
    if not lines:
        return []
    x = Axis.over("step", [line.x for line in lines])
    return [plot("Training", x, Axis.over("loss", [line.y for line in lines], log=True), lines)]
