"""Generalised Hamiltonian nets (Horn et al. 2024), and SympNets (Jin et al. 2020): pendulums.

python -m experiments.ghnn_paper.reproduce
"""

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

PEER = "GHNN, re-run"
THEIRS = {
    PEER: ["model.width=25", "model.layers=5"],
    "SympNet, re-run": ["model=sympnet", "model.width=50", "model.layers=10"],
    "MLP, re-run": ["model=step_mlp", "model.depth=5"],
}
MASSES = ["model=mass_matrix_hnn", "model.width=32", "model.activation=softplus"]
EXACT = ["trainer.precision=64-true", "optimizer=soap"]
NEXT = ["loss=one_step", "integrator=rk4"]
PENDULUM = Task(
    name="ghnn_pendulum",
    methods={
        **THEIRS,
        "ours": [*MASSES, *NEXT, *EXACT, "trainer.max_epochs=120"],
        "ours, form free": ["model=hnn", *MASSES[1:], *NEXT, *EXACT, "trainer.max_epochs=120"],
        "ours, by Adam in float32": [*MASSES, *NEXT, "trainer.max_epochs=120"],
    },
    judge=lambda run: dict(rules.pendulum(run)),
    figures=[
        Figure("as published", "mean absolute error, one swing"),
        Figure("as published", "median swing", "median"),
        Figure("long", "up to t = 100"),
        Figure("energy", "energy MSE, up to t = 100"),
    ],
    peer=PEER,
    ours="ours",
    quick=["ours"],
)
RATES = [
    "loss=derivative",
    "integrator=rk8",
    "data.derivatives=savitzky_golay",
    "data.derivative_window=9",
    "data.derivative_degree=8",  # through every sample: the data are exact
]
DOUBLE = Task(
    name="ghnn_double_pendulum",
    methods={
        **THEIRS,
        "ours": [*MASSES, *RATES, *EXACT, "trainer.max_epochs=60"],
    },
    judge=lambda run: dict(rules.double_pendulum(run)),
    figures=[
        Figure("as published", "mean absolute error, t up to 10"),
        Figure("as published", "median", "median"),
        Figure("seen", "t up to 5"),
        Figure("energy", "energy MSE, t up to 10"),
    ],
    peer=PEER,
    ours="ours",
    quick=["ours"],
)
ONE = [
    "~model.layers",  # of the maps
    *NEXT,
    *EXACT,
    "trainer.max_epochs=2000",
]
G_SYMPNET = "G-SympNet, re-run"
ONE_MOTION = Task(
    name="sympnet_pendulum",
    methods={
        G_SYMPNET: [],
        "LA-SympNet, re-run": ["model=sympnet_la", "~model.width", "model.linear=1"],
        "MLP, re-run": ["model=step_mlp", "~model.layers"],
        "ours": [*MASSES, *ONE, "data.symmetries=[parity,time_reversal]"],
        "ours, no symmetries": [*MASSES, *ONE],
        "ours, form free": ["model=hnn", *MASSES[1:], *ONE],
    },
    judge=lambda run: dict(rules.one_motion(run)),
    figures=[
        Figure("as published", "state MSE, next 100 samples"),
        Figure("long", "next 1000"),
        Figure("energy", "energy MSE, next 1000"),
    ],
    peer=G_SYMPNET,
    ours="ours",
    quick=["ours"],
)
TASKS = [PENDULUM, DOUBLE, ONE_MOTION]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
