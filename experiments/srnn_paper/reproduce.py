"""Symplectic Recurrent Neural Networks (Chen et al. 2020): the spring chain and three bodies.

python -m experiments.srnn_paper.reproduce
"""

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

RECURRENT, STARTS = "SRNN, re-run", "SRNN, starts fitted, re-run"
ONE_STEP, FEWER = "one step, re-run", "SRNN, 100 motions, re-run"
NETS = "model._target_=experiments.srnn_paper.nets"
WIDE = [
    f"{NETS}.PaperSRNN",
    "model.width=2048",
    "model.depth=1",
    "data.validation=0.001",  # one motion: the paper trains on all
]
NEXT = ["loss=one_step", "~loss.steps"]
FITTED = "loss._target_=experiments.srnn_paper.starts.FittedStartLoss"
LATE = [FITTED, "+loss.after=0.75", "+loss.iterations=3"]  # each costs as much as two steps
HUNDRED = ["data.trajectories=102", "data.test=0.0099"]
GROWING = "loss.growth=0.5"
SHORT = ["optimizer.lr=1e-2", "trainer.max_epochs=60", "trainer.check_val_every_n_epoch=5"]
QUADRATIC = [
    f"{NETS}.SeparableQuadraticHNN",
    "model.width=32",
    "model.depth=1",
    "+model.restraint=10000",
    *SHORT,
]
FIT = [FITTED, "+loss.after=0.5"]
CHAIN = Task(
    name="srnn_chain",
    methods={
        RECURRENT: WIDE,
        STARTS: [*WIDE, *LATE, "trainer.max_epochs=100"],
        ONE_STEP: [*WIDE, *NEXT, "trainer.max_epochs=10"],
        FEWER: [*WIDE, *HUNDRED, "data.validation=0.0099", "trainer.max_epochs=600"],
        "ours": [*QUADRATIC, GROWING, *FIT],
        "ours, 100 motions": [*QUADRATIC, GROWING, *FIT, *HUNDRED, "trainer.max_epochs=200"],
        "ours, starts not fitted": [*QUADRATIC, GROWING],
        "ours, all samples at once": [*QUADRATIC, *FIT],
        "ours, energies free": [*SHORT, GROWING, *FIT],
    },
    judge=lambda run: dict(rules.chain(run)),
    figures=[
        Figure("forecast", "state MSE, start fitted"),
        Figure("from the first sample", "from the first sample"),
        Figure("from the true start", "from the true start"),
        Figure("as published", "MSE as published"),
        Figure("truth", "true energy, start fitted"),
        Figure("truth by leapfrog", "the same by leapfrog"),
    ],
    peer=RECURRENT,
    ours="ours",
    last=[STARTS, RECURRENT, ONE_STEP, FEWER],
    quick=["ours"],
)
DEEP = [
    f"{NETS}.PaperSRNN",
    "model.width=512",
    "model.depth=3",
    "data.validation=0.0099",  # one motion: the paper trains on all 100
]
PAIRS = [
    "model=pairwise_hnn",
    "model.width=32",
    "optimizer=soap",
    "optimizer.lr=1e-2",
    "data.batch_size=96",
    "trainer.precision=64-true",
]
LONGER, SHORTER = (
    [f"trainer.max_epochs={epochs}", "trainer.check_val_every_n_epoch=5"] for epochs in (50, 35)
)
ADAPTIVE = [*NEXT, "integrator=dop853", "integrator.rtol=1e-6", "integrator.atol=1e-6"]
FINE = [*NEXT, "integrator=yoshida4", "integrator.step=0.1"]
THREE = Task(
    name="srnn_three_body",
    methods={
        RECURRENT: DEEP,
        ONE_STEP: [*DEEP, *NEXT],
        "ours": [*PAIRS, *SHORTER, *ADAPTIVE],
        "ours, by equal steps": [*PAIRS, *LONGER, *FINE],
        "ours, from sample to sample": [*PAIRS, *LONGER],
    },
    judge=lambda run: dict(rules.three_body(run)),
    figures=[
        Figure("states", "state MSE"),
        Figure("states", "median", "median"),
        Figure("beginning", "state MSE, 5 samples"),
        Figure("energy", "energy MSE, median", "median"),
        Figure("truth by leapfrog", "true energy by leapfrog, median", "median"),
    ],
    peer=RECURRENT,
    ours="ours",
    last=[RECURRENT, ONE_STEP],
    quick=["ours"],
)
TASKS = [CHAIN, THREE]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
