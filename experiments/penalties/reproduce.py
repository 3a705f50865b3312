"""What does each penalty buy, and what does it cost?

python -m experiments.penalties.reproduce
"""

from pathlib import Path

import numpy as np

from ..contest import Contest, reproduce
from ..runs import summary

SHORT = [
    "data.test_sets=[in_distribution]",
    "evaluation.horizon_over_training=3",
    "evaluation.trajectories=8",
    "evaluation.geometry_starts=2",
    "callbacks.energy_drift.every=1000",
]
DRIFT = "rollout.energy_drift.rms_relative.median"
BESIDE = {
    "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
    "error at noise-free states": "test.derivative_error",
    "training (s)": "train.cpu_seconds",
}
BARE = "model.mass_floor=1e-6"
"""An LNN without a floor of its own, in effect."""


def offset(place: Path) -> float | None:
    """Return how far the learned energy of true motions is from the true one, in energy scales.

    The mean over each motion, as what is looked for is a constant; the median of its size.
    """
    record, file = summary(place), place / "rollouts.npz"
    assert record is not None
    with np.load(file) as arrays:
        if "in_distribution/learned_energy_of_truth" not in arrays:
            return None
        learned, true = (
            arrays[f"in_distribution/{kind}_energy_of_truth"] for kind in ("learned", "true")
        )
    return float(np.median(np.abs((learned - true).mean(-1)))) / record["scales"]["energy"]


CONTESTS = [
    Contest(
        "pendulum",
        {
            "baseline symplecticity": ["model=baseline", "penalty=symplecticity"],
            "baseline": ["model=baseline"],
            "hnn": ["model=hnn"],
            "hnn energy_anchor": ["model=hnn", "penalty=energy_anchor"],
        },
        ["system=pendulum", "trainer.max_epochs=30", *SHORT],
        DRIFT,
        "energy drift",
        beside={
            "symplecticity defect": "rollout.geometry.symplecticity_defect.median",
            "offset of the energy": offset,
            **BESIDE,
        },
    ),
    Contest(
        "double_pendulum",
        {
            "lnn signature": ["penalty=signature", BARE],
            "lnn bare": [BARE],
            "lnn floor": [],
        },
        ["model=lnn", "system=double_pendulum", "data.trajectories=60", *SHORT],
        DRIFT,
        "energy drift",
        beside=BESIDE,
    ),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
