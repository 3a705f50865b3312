"""Recordings of one's own: a table of times, positions and velocities is all it takes.

    python examples/own_data.py            # writes my_run.csv, and trains on it for a short while

Ten swings of a pendulum, measured with some noise, irregularly in time.
"""

from __future__ import annotations

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp


def record(file: Path, seed: int = 0) -> None:
    random = np.random.default_rng(seed)
    with file.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["trial", "t", "theta", "omega"])
        for trial, start in enumerate(random.uniform(0.5, 1.5, 10)):
            t = np.cumsum(random.uniform(0.02, 0.06, 150))
            swing = solve_ivp(
                lambda _, x: (x[1], -9.81 * np.sin(x[0])), (0, t[-1]), (start, 0.0), "DOP853", t
            )
            measured = swing.y + random.normal(scale=0.01, size=swing.y.shape)
            table.writerows([trial, *row] for row in zip(t, *measured, strict=True))


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "my_run.csv"
    record(file)
    command = [sys.executable, "-m", "src.train", "model=hnn", "data=files"]
    command += [f"data.path='{file}'", "data.columns.q=[theta]", "data.columns.v=[omega]"]
    command += ["data.angles=[theta]", "logger=csv", "trainer.max_epochs=60"]
    subprocess.run([*command, f"hydra.run.dir='{folder / 'run'}'"], check=True)


if __name__ == "__main__":
    main()
