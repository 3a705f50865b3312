"""Draw one system of each domain in motion: ``python -m experiments.domains.draw``."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes

from src.config.build import build
from src.config.options import options
from src.data.simulation import simulate
from src.reporting.plots.style import COLORS, STYLE, TRUTH, new_figure, save
from src.systems.base import System
from src.systems.sketch import Sketch

HERE = Path(__file__).resolve().parent
SHOWN = {
    "textbook mechanics": ("double_pendulum", 1.2, 2),
    "celestial mechanics": ("kepler", 1.0, 5),
    "quantum mechanics": ("schroedinger_barrier", 2.0, 1),
    "particle physics": ("penning_trap", 6.0, 3),
    "control": ("cart_pole", 0.5, 1),
    "robotics": ("arm_n_link", 0.6, 8),
    "biomechanics": ("compass_gait", 1.5, 0),
    "mechanical engineering": ("four_bar", 0.9, 0),
    "field systems": ("kdv", 6.0, 3),
}
"""By domain: the system, for how many time scales, from which start of its training motions."""
SAMPLES, GHOSTS = 241, 7
"""Times of a motion, and at how many of them the parts of a system are drawn."""


def motion(name: str, periods: float, start: int) -> tuple[System, Sketch]:
    """Return a system with its default parameters and the sketch of one true motion of it."""
    system = build(dict(options("system"))[name], "system")
    assert isinstance(system, System)
    x0 = system.sample_initial(start + 1, torch.Generator().manual_seed(0))[start:]
    t = torch.linspace(0, periods * system.time_scale, SAMPLES, dtype=torch.float64)
    return system, system.sketch(simulate(system, x0, t, "reference")[0])


def draw(plane: Axes, sketch: Sketch) -> None:
    """Draw the parts at a few times, the later the darker, and the trails of what moves."""
    points = sketch.points.numpy()
    moving = [i for i in range(points.shape[1]) if i not in sketch.fixed]
    shades = list(COLORS.values())
    for k, time in enumerate(np.linspace(0, SAMPLES - 1, GHOSTS).astype(int)):
        strength = 0.12 + 0.88 * (k / (GHOSTS - 1)) ** 2
        for a, b in sketch.links:
            still = {a, b} <= set(sketch.fixed)
            color = TRUTH if sketch.trails or still else shades[0]
            plane.plot(*points[time, [a, b]].T, color=color, lw=1.2, alpha=strength)
        for n, i in enumerate(moving if sketch.trails else []):
            shade = shades[n % len(shades)]
            plane.plot(*points[time, i], "o", color=shade, ms=4, alpha=strength)
    if not sketch.trails:  # a curve over places: its points are no bodies
        return
    for n, i in enumerate(moving):
        plane.plot(*points[:, i].T, color=shades[n % len(shades)], lw=0.8, alpha=0.5)
    for i in sketch.fixed:
        plane.plot(*points[0, i], "s", color=TRUTH, ms=3)
    if sketch.axes[0].partition("(")[2] == sketch.axes[1].partition("(")[2]:
        plane.set_aspect("equal", adjustable="datalim")


def main() -> None:
    """Draw all domains into one picture."""
    with mpl.rc_context(STYLE):
        figure = new_figure(7.2, 7.2)
        for plane, (domain, chosen) in zip(figure.subplots(3, 3).flat, SHOWN.items(), strict=True):
            _, sketch = motion(*chosen)
            draw(plane, sketch)
            plane.set(xticks=[], yticks=[])
            plane.set_title(domain, loc="left", fontsize=9)
            plane.set_xlabel(f"system={chosen[0]}", fontsize=8, family="monospace")
        save(figure, HERE / "domains.png")


if __name__ == "__main__":
    main()
