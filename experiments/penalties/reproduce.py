"""What does each penalty buy, and what does it cost?

python -m experiments.penalties.reproduce
"""

from pathlib import Path

import numpy as np

from ..contest import Contest, reproduce
from ..runs import summary

SHORT = [
    "data.test_sets=[in_distribution]",
    "evaluation.horizon_over_training=5",
    "evaluation.trajectories=10",
    "evaluation.geometry_starts=2",
    "callbacks.energy_drift.every=1000",
]
DRIFT = "rollout.energy_drift.rms_relative.median"
LAW = {"error at noise-free states": "test.derivative_error"}
PATH = {"trajectory error": "rollout.trajectory.geometric_mean_relative_error.median"}
TIME = {"training (s)": "train.cpu_seconds"}
BARE = "model.mass_floor=1e-6"
"""An LNN without a floor of its own, in effect."""


def offset(place: Path) -> float | None:
    """Return how far the learned energy of true motions is from the true one, in energy scales.

    The mean over each motion, as what is looked for is a constant; the median of its size.
    """
    record, file = summary(place), place / "rollouts.npz"
    if record is None or not file.is_file():
        return None
    with np.load(file) as arrays:
        learned, true = (
            arrays[f"in_distribution/{kind}_energy_of_truth"] for kind in ("learned", "true")
        )
    return float(np.median(np.abs((learned - true).mean(-1)))) / record["scales"]["energy"]


CONTESTS = [
    Contest(
        "symplecticity",
        {
            "baseline symplecticity": ["model=baseline", "penalty=symplecticity"],
            "baseline": ["model=baseline"],
            "hnn": ["model=hnn"],
        },
        ["system=pendulum", *SHORT],
        DRIFT,
        "energy drift",
        beside={
            "symplecticity defect": "rollout.geometry.symplecticity_defect.median",
            **PATH,
            **LAW,
            **TIME,
        },
    ),
    Contest(
        "signature",
        {
            "lnn signature": ["penalty=signature", BARE],
            "lnn bare": [BARE],
            "lnn floor": [],
        },
        ["model=lnn", "system=double_pendulum", "data.trajectories=100", *SHORT],
        DRIFT,
        "energy drift",
        beside={**PATH, **LAW, **TIME},
    ),
    Contest(
        "energy_anchor",
        {"hnn anchored": ["penalty=energy_anchor"], "hnn": []},
        ["model=hnn", "system=pendulum", *SHORT],
        offset,
        "offset of the energy",
        beside={"energy drift": DRIFT, **LAW, **TIME},
    ),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
