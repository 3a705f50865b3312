"""Explicit constraints (Finzi, Wang, Wilson 2020): chains, pendulums in space, rigid bodies.

python -m experiments.chnn_paper.reproduce
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

PEER = "CHNN re-run"
WHOLE = "CHNN re-run, all its steps"
WITH_ALL_STEPS = ("chnn_2_link", "chnn_rotor")
"""Where their method is trained as long as theirs was, too."""
THEIRS = [
    "model._target_=experiments.chnn_paper.nets.PaperCHNN",
    "model.width=256",
    "model.depth=3",
    "loss=rollout",
    "loss._target_=experiments.chnn_paper.nets.AbsoluteRollout",
    "loss.steps=4",
    "integrator=rk4",
    "optimizer=adamw",
    "optimizer.lr=3e-3",
    "optimizer.weight_decay=1e-4",
    "trainer.max_epochs=250",
    "trainer.precision=32-true",
    "trainer.gradient_clip_val=null",
    "data.validation=0.001",  # one motion: the paper trains on all 800
]
NET = ["model.width=32", "model.activation=softplus"]
OURS = [*NET, "optimizer=soap", "trainer.max_epochs=500"]
BY_ROLLOUTS = [
    *NET,
    "optimizer=soap",
    "trainer.max_epochs=150",  # each step takes ten times as long
    "loss=rollout",
    "loss.steps=4",
    "integrator=rk4",
    "integrator.step=0.0125",  # some within a sample: a bob crosses a magnet's hill in less
]
BY_ADAM = [*NET, "trainer.max_epochs=500", "optimizer=adam", "optimizer.lr=1e-2"]


SLOPE = {"ours with a slope": ["model=clnn_weight", *OURS]}
CHOSEN = ("ours pairwise", "ours steep and longer")
"""What stands for us where it is among the others."""


def task(
    name: str,
    published: Sequence[str],
    bar: str,
    peer: Sequence[str] = THEIRS,
    ours: Sequence[str] = OURS,
    others: Mapping[str, Sequence[str]] = SLOPE,
) -> Task:
    """Return a task, with the published errors of the paper's four models and the bar of ours."""
    models = ("CHNN", "HNN", "DeLaN", "NeuralODE")
    told = {f"published: {who}": figure for who, figure in zip(models, published, strict=True)}
    if bar:
        told["asked of ours"] = bar
    whole = {WHOLE: [*peer, "trainer.max_epochs=2000"]} if name in WITH_ALL_STEPS else {}
    return Task(
        name=name,
        methods={PEER: peer, **whole, "ours": ours, **others},
        judge=rules.judge,
        figures=[
            Figure("error", "error as published", "geometric"),
            Figure("error", "median start", "median"),
            Figure("energy", "energy"),
            Figure("beside", "truth from 1e-4 beside", "geometric"),
        ],
        peer=next(iter(whole), PEER),
        ours=next((label for label in CHOSEN if label in others), "ours"),
        published=published[0],
        told={label: {"error as published": figure} for label, figure in told.items()},
        last=[PEER, *whole, *(label for label in others if "steep" in label)],  # as the paper does
        quick=["ours"],
    )


IN_PAIRS = ["model=clnn_pairs", "model.dimension=3", "model.width=24", *OURS[2:]]
WITH_WALLS = [
    "model=clnn_steep",
    "model.depth=3",
    "optimizer=soap",
    "trainer.max_epochs=1500",
    "loss.relative=0.05",
]
LONGER = ["trainer.max_epochs=3000" if "epochs" in changed else changed for changed in WITH_WALLS]
RELATIVE = [*OURS[:-1], "trainer.max_epochs=1500", "loss.relative=0.05"]
IN_SPACE = [*THEIRS, "+model.dimension=3"]
BODY = [*IN_SPACE, "+model.extended=true"]  # one mass and three moments, as their code has it
POINTS = ["model=clnn_points", "model.dimension=3", *OURS]
ANY_MASSES = {"ours with any masses": OURS}
TASKS = [
    task("chnn_1_link", ("6.1e-5", "1.2e-4", "2.5e-4", "3.8e-4"), "", others={}),
    task(
        "chnn_2_link",
        ("1.2e-4", "1.9e-3", "1.3e-3", "6.5e-2"),
        "6e-5",
        others={**SLOPE, "ours by Adam": BY_ADAM, "ours by rollouts": BY_ROLLOUTS},
    ),
    task("chnn_3_link", ("3.4e-4", "4.7e-2", "4.1e-2", "0.27"), "1.7e-4"),
    task("chnn_5_link", ("1.1e-3", "0.34", "0.33", "0.44"), "5.5e-4"),
    task(
        "chnn_coupled_pendulums",
        ("7.6e-3", "6.5e-2", "5.8e-2", "5.5e-2"),
        "3.7e-3",
        IN_SPACE,
        others={**SLOPE, "ours pairwise": IN_PAIRS},
    ),
    task(
        "chnn_magnetic_pendulum",
        ("1.3e-2", "0.11", "0.13", "0.11"),
        "5e-3",
        IN_SPACE,
        others={
            "ours by rollouts": BY_ROLLOUTS,
            "ours steep": WITH_WALLS,
            "ours relative": RELATIVE,
            "ours steep and longer": LONGER,
        },
    ),
    task(
        "chnn_gyroscope",
        ("1.7e-5", "2.2e-3", "2.4e-3", "5.1e-2"),
        "1.7e-5",
        BODY,
        POINTS,
        ANY_MASSES,
    ),
    task("chnn_rotor", ("5.8e-6", "0.26", "0.28", "0.41"), "5.8e-6", BODY, POINTS, ANY_MASSES),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
