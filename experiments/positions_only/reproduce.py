"""Does it help never to differentiate noisy positions?

python -m experiments.positions_only.reproduce
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from torch import Tensor

from src import simulate

from ..contest import Contest, reproduce
from ..runs import ROOT

SPRING = ["system=duffing", "system.alpha=1.0"]
HORIZON = 9.865
"""Two periods of the widest motion, in s: that of the recorded trials."""
RECORDED, TRUE = (Path("runs", f"positions_{name}.txt") for name in ("recorded", "true"))

DIFFERENCES = ["data.derivatives=central_differences"]
SMOOTHED = ["data.derivatives=smoothing_spline", "data.states=smoothed"]
FOLLOWED = ["integrator=rk4", "model.width=32", "data.batch_size=64", "optimizer.lr=1e-2"]
POSITIONS = ["loss=positions", *FOLLOWED]
MODELS = {
    "delan positions": ["model=delan", *POSITIONS, "trainer.max_epochs=20"],
    "second_order positions": ["model=second_order", *POSITIONS, "trainer.max_epochs=40"],
    "hnn differences": ["model=hnn", *DIFFERENCES],
    "lnn differences": ["model=lnn", *DIFFERENCES],
    "baseline differences": ["model=baseline", *DIFFERENCES],
    "hnn smoothed": ["model=hnn", *SMOOTHED],
}
ERROR, CALLED = "rollout.trajectory.geometric_mean_relative_error.median", "trajectory error"
CONTESTS = [
    Contest(
        "recorded_oscillator",
        MODELS,
        ["data=files", f"data.path={RECORDED}", f"data.judged_on={TRUE}"],
        ERROR,
        CALLED,
    ),
]


def write(file: Path, columns: str, trials: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Write a table in the format of the recordings of the literature, unless it is there."""
    if (ROOT / file).is_file():
        return
    (ROOT / file).parent.mkdir(exist_ok=True)
    rows = [np.column_stack((np.full(len(t), trial), t, x)) for trial, (t, x) in enumerate(trials)]
    np.savetxt(ROOT / file, np.concatenate(rows), fmt="%.12g", header=columns, comments="% ")


def motions(*overrides: str) -> list[tuple[Tensor, Tensor]]:
    """Return times and states of simulated motions, those of all parts."""
    splits = simulate(*SPRING, *overrides)
    return [
        pair
        for part in (splits.train, splits.validation, splits.test)
        for pair in zip(part.t, part.x, strict=True)
    ]


def record() -> None:
    """Write positions with noise, as an instrument would, and the true motion of other trials."""
    seen = motions("data.noise=0.05", "data.trajectories=60", f"data.horizon={HORIZON}")
    write(RECORDED, "q", [(t, x[:, :1]) for t, x in seen])
    longer = f"data.horizon={5 * HORIZON}"
    write(TRUE, "q v", motions("data.noise=0", "data.trajectories=20", longer, "data.seed=1"))


if __name__ == "__main__":
    record()
    reproduce(Path(__file__).parent, CONTESTS)
