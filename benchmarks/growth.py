"""How the cost of our own work grows with its size, and the picture of it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.case import seconds_of
from benchmarks.paths import kernel
from benchmarks.peers import bare_loop, hnn_loss, net
from benchmarks.rollouts import PATHS, PENDULUM, Work
from benchmarks.training import bare_step
from src.integrators.dop853 import DOP853
from src.lowering.performance import Level
from src.mechanics.state import StateSpec
from src.models.lnn import LNN
from src.reporting.plots.style import COLORS, new_figure, styled
from src.systems.two_body import TwoBody

Make = Callable[[int], Callable[[], Any]]
"""From a size to a work of it."""
BATCHES = (8, 32, 128, 512, 2048)
WIDTHS = (32, 64, 128, 256, 512)
DOFS = (1, 2, 5, 10, 20, 50)
COUNTS = (1, 10, 100, 1000, 3000)
STEPS = (100, 300, 1000, 3000, 10_000)
POWERS = {"degrees of freedom": 2, "width": 2}
"""What costs may grow with at most, as powers of the size; 1 where nothing is said."""


@dataclass(frozen=True)
class Curve:
    """One line of the picture."""

    panel: str
    axis: str
    line: str
    sizes: Sequence[int]
    make: Make


def curves() -> list[Curve]:
    """Return all lines, those of a panel one after the other."""
    ways: dict[Level, str] = PATHS
    return [
        Curve("HNN training step, width 200", "batch", "kernel", BATCHES, _hnn_batch),
        Curve("HNN training step, width 200", "batch", "autograd", BATCHES, _peer_batch),
        Curve("HNN training step, batch 256", "width", "kernel", WIDTHS, partial(bare_step, 256)),
        Curve("HNN training step, batch 256", "width", "autograd", WIDTHS, _peer_width),
        Curve("LNN field, batch 64", "degrees of freedom", "kernel", DOFS, partial(_field, True)),
        Curve("LNN field, batch 64", "degrees of freedom", "torch", DOFS, partial(_field, False)),
        *(
            Curve("rollout of 100 pendulums", "steps", way, STEPS, partial(_steps, level))
            for level, way in ways.items()
        ),
        *(
            Curve("rollout of 1,000 steps", "pendulums", way, COUNTS, partial(_starts, level))
            for level, way in ways.items()
        ),
        *(
            Curve("data set of two bodies", "trajectories", way, COUNTS, partial(_data, level))
            for level, way in ways.items()
        ),
    ]


def grown(rounds: int) -> list[dict[str, Any]]:
    """Return the seconds of all works at all their sizes, and the powers that they grow with."""
    return [_grown(curve, rounds) for curve in curves()]


def _grown(curve: Curve, rounds: int) -> dict[str, Any]:
    works = [curve.make(size) for size in curve.sizes]
    for work in works:
        work()
    taken = [[seconds_of(work) for work in works] for _ in range(rounds)]
    seconds = [statistics.median(column) for column in zip(*taken, strict=True)]
    return {
        "panel": curve.panel,
        "axis": curve.axis,
        "line": curve.line,
        "sizes": list(curve.sizes),
        "seconds": seconds,
        "power": power(curve.sizes, seconds),
    }


def power(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the power of the size that the larger half of the costs grows with, by least squares.

    Below, costs are those of the calls, whatever is in them.
    """
    half = len(sizes) // 2
    slope, _ = np.polyfit(np.log(sizes[half:]), np.log(seconds[half:]), 1)
    return float(slope)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the powers as Markdown."""
    lines = ["| work | way | grows with | power | at most |", "|---|---|---|---:|---:|"]
    for row in rows:
        most = POWERS.get(row["axis"], 1) if row["line"] != "autograd" else ""
        lines.append(
            f"| {row['panel']} | {row['line']} | {row['axis']} | {row['power']:.2f} | {most} |"
        )
    return "\n".join(lines)


@styled
def picture(rows: Sequence[dict[str, Any]]) -> Figure:
    """Draw cost against size, a panel for each work, with the power that it may grow with."""
    panels = list(dict.fromkeys((row["panel"], row["axis"]) for row in rows))
    figure = new_figure(4.6)
    for axes, (panel, axis) in zip(figure.subplots(2, 3).flat, panels, strict=True):
        _draw(axes, [row for row in rows if (row["panel"], row["axis"]) == (panel, axis)])
        axes.set_title(panel, fontsize=9)
    return figure


def _draw(axes: Axes, rows: Sequence[dict[str, Any]]) -> None:
    for row, color in zip(rows, COLORS.values(), strict=False):
        axes.plot(row["sizes"], row["seconds"], "o-", ms=3, color=color, label=row["line"])
    sizes = np.array(rows[0]["sizes"], float)
    most = np.max([row["seconds"] for row in rows], axis=0)
    allowed, end = POWERS.get(rows[0]["axis"], 1), slice(len(sizes) // 2, None)
    above = 1.5 * np.max(most[end] / sizes[end] ** allowed)
    name = {1: "linear", 2: "quadratic"}[allowed]
    axes.plot(sizes[end], above * sizes[end] ** allowed, ":", color="0.4", label=name)
    axes.set(xscale="log", yscale="log", xlabel=rows[0]["axis"], ylabel="processor time (s)")
    shown = _apart(sizes)
    axes.set_xticks(shown, [f"{size:,.0f}" for size in shown])
    axes.minorticks_off()
    axes.set_ylim(top=30 * axes.get_ylim()[1])  # room for the legend
    axes.legend(loc="upper left")


def _apart(sizes: Sequence[float]) -> list[float]:
    """Return those whose names have room beside each other, from the largest on."""
    shown: list[float] = []
    for size in reversed(sizes):
        if not shown or shown[-1] / size > (sizes[-1] / sizes[0]) ** (1 / 6):
            shown.append(size)
    return shown


def _hnn_batch(batch: int) -> Callable[[], Any]:
    return bare_step(batch, 200)


def _peer_batch(batch: int) -> Callable[[], Any]:
    x, dx = torch.randn(2, batch, 2)
    return bare_loop(hnn_loss, net(2, 200), x, dx)


def _peer_width(width: int) -> Callable[[], Any]:
    x, dx = torch.randn(2, 256, 2)
    return bare_loop(hnn_loss, net(2, width), x, dx)


def _field(used: bool, dof: int) -> Callable[[], Any]:
    torch.manual_seed(0)
    spec = StateSpec(tuple(f"q{i}" for i in range(dof)), (False,) * dof)
    model = LNN(spec).double().requires_grad_(False)
    x = torch.randn(64, 2 * dof, dtype=torch.float64)
    return kernel(used, lambda: model(x.new_zeros(()), x))


def _rollout(level: Level, count: int, steps: int) -> Callable[[], Any]:
    work = PENDULUM.work(count, steps)
    return partial(work.ours, PENDULUM.ours, level)


def _steps(level: Level, steps: int) -> Callable[[], Any]:
    return _rollout(level, 100, steps)


def _starts(level: Level, count: int) -> Callable[[], Any]:
    return _rollout(level, count, 1000)


def _data(level: Level, count: int) -> Callable[[], Any]:
    system = TwoBody()
    x0 = system.sample_initial(count, torch.Generator().manual_seed(0))
    work = Work(system, system.hamiltonian, x0, 20.0, 49)
    return partial(work.ours, DOP853(rtol=1e-9, atol=1e-9), level)
