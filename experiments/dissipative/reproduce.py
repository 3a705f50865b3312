"""Does it help to learn friction apart?

python -m experiments.dissipative.reproduce
"""

import csv
from pathlib import Path

from src import simulate

from ..contest import Contest, reproduce
from ..runs import ROOT

SYSTEM = ["system=mass_spring", "system.damping=0.1"]
RECORDING = Path("runs", "damped_spring.csv")
ERROR = "rollout.trajectory.geometric_mean_relative_error.median"
CONTESTS = [
    Contest(
        name="damped_spring",
        models={
            "dissipative_hnn": ["model=dissipative_hnn"],
            "port_hnn": ["model=port_hnn"],
            "baseline": ["model=baseline"],
        },
        shared=[*SYSTEM, "data.test_sets=[in_distribution]"],
        figure=ERROR,
        called="trajectory error",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "error at noise-free states": "test.derivative_error",
        },
    ),
    Contest(
        name="recorded_damped_spring",
        models={
            "dissipative_hnn": ["model=dissipative_hnn"],
            "hnn": ["model=hnn"],
            "baseline": ["model=baseline"],
        },
        shared=["data=files", f"data.path={RECORDING}", "data.mass=[1.0]"],
        figure=ERROR,
        called="trajectory error",
        beside={"derivative error": "test.derivative_mse"},
    ),
]


def record() -> None:
    """Write motions of four periods as a table: nothing in it tells of friction."""
    file = ROOT / RECORDING
    if file.is_file():
        return
    file.parent.mkdir(exist_ok=True)
    splits = simulate(*SYSTEM, "data.noise=0", "data.trajectories=40", "data.horizon=25.1")
    motions = [
        (t, x)
        for part in (splits.train, splits.validation, splits.test)
        for t, x in zip(part.t, part.x, strict=True)
    ]
    with file.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["trial", "t", "x", "v"])
        for trial, (t, x) in enumerate(motions):
            table.writerows([trial, *row] for row in zip(t.tolist(), *x.T.tolist(), strict=True))


if __name__ == "__main__":
    record()
    reproduce(Path(__file__).parent, CONTESTS)
