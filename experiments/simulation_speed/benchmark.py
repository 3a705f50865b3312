"""Time the batched simulator against one scipy call per trajectory, at equal accuracy.

python -m experiments.simulation_speed.benchmark

The data are like those of the HNN paper's two bodies: 1,000 nearly circular orbits of radii from
0.5 to 1.5, followed to t = 20, 50 samples each. Both sides run Dormand and Prince's DOP853 at
rtol = atol = 1e-9 on one thread, in turns; the error is that of the state at t = 20, against a
Gauss collocation of order 24.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from torch import Tensor

from src.config.machine import keep_freed_memory
from src.integrators.dop853 import DOP853
from src.integrators.reference import reference_motion
from src.systems.two_body import TwoBody

HERE = Path(__file__).resolve().parent
COUNT, END, SAMPLES, TOLERANCE, ROUNDS = 1000, 20.0, 50, 1e-9, 5
T = TypeVar("T")


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """Return what a function returns, and the seconds it took."""
    start = time.perf_counter()
    value = function()
    return value, time.perf_counter() - start


def one_by_one(system: TwoBody, x0: Tensor, t: Tensor) -> tuple[Tensor, float]:
    """Return the motions, each by a call of scipy with the field in plain numbers, and the calls.

    The calls of the field are the mean over motions.
    """
    m1, m2 = system.bodies
    strength = system.gravitation * m1 * m2

    def rate(_: float, x: NDArray[np.float64]) -> list[float]:
        x1, y1, x2, y2, px1, py1, px2, py2 = x.tolist()
        dx, dy = x2 - x1, y2 - y1
        pull = strength / (dx * dx + dy * dy) ** 1.5
        fx, fy = pull * dx, pull * dy
        return [px1 / m1, py1 / m1, px2 / m2, py2 / m2, fx, fy, -fx, -fy]

    found = [
        solve_ivp(
            rate,
            (0.0, END),
            start,
            method="DOP853",
            t_eval=t.numpy(),
            rtol=TOLERANCE,
            atol=TOLERANCE,
        )
        for start in x0.numpy()
    ]
    paths = np.stack([motion.y.T for motion in found], axis=1)
    return torch.from_numpy(paths), statistics.mean(motion.nfev for motion in found)


def main() -> None:
    """Run both in turns, and write medians."""
    torch.set_num_threads(1)
    keep_freed_memory()
    system = TwoBody()
    x0 = system.sample_initial(COUNT, torch.Generator().manual_seed(0))
    t = torch.linspace(0, END, SAMPLES, dtype=torch.float64)
    # Gauss collocation of order 24 keeps the energy to 3e-15 here, and needs no closed form.
    truth = reference_motion(system.field().f, x0, t)[-1]
    solver = DOP853(rtol=TOLERANCE, atol=TOLERANCE)
    seconds: dict[str, list[float]] = {"batched": [], "scipy": []}
    errors: dict[str, list[float]] = {}
    calls: dict[str, float] = {}
    for _ in range(ROUNDS):
        batched, took = timed(lambda: solver.integrate(system, x0, t))
        seconds["batched"].append(took)
        (single, asked), took = timed(lambda: one_by_one(system, x0, t))
        seconds["scipy"].append(took)
        calls = {"batched": batched.field_evaluations, "scipy_mean": asked}
        for name, path in (("batched", batched.x), ("scipy", single)):
            worst = (path[-1] - truth).abs().amax(dim=-1)
            errors[name] = [float(worst.median()), float(worst.max())]
    ratios = [s / b for s, b in zip(seconds["scipy"], seconds["batched"], strict=True)]
    result = {
        "trajectories": COUNT,
        "median_seconds": {name: statistics.median(values) for name, values in seconds.items()},
        "field_calls": calls,
        "error_at_end": {
            name: dict(zip(("median", "largest"), pair, strict=True))
            for name, pair in errors.items()
        },
        "speed_up": {"median": statistics.median(ratios), "least": min(ratios)},
        "torch": torch.__version__,
    }
    (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
