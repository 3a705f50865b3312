"""Explicit constraints (Finzi, Wang, Wilson 2020): chains, pendulums in space, rigid bodies.

python -m experiments.chnn_paper.reproduce
"""

from collections.abc import Sequence
from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

PEER = "CHNN re-run"
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


def task(
    name: str,
    published: Sequence[str],
    bar: str,
    peer: Sequence[str] = THEIRS,
    **more: Sequence[str],
) -> Task:
    """Return a task, with the published errors of the paper's four models and the bar of ours."""
    models = ("CHNN", "HNN", "DeLaN", "NeuralODE")
    told = {f"published: {who}": figure for who, figure in zip(models, published, strict=True)}
    told["asked of ours"] = bar
    return Task(
        name=name,
        methods={
            PEER: peer,
            "ours": OURS,
            "ours with a slope": ["model=clnn_weight", *OURS],
            "ours by Adam": BY_ADAM,
            "ours by rollouts": BY_ROLLOUTS,
            **{f"ours {how}": changes for how, changes in more.items()},
        },
        judge=rules.judge,
        figures=[
            Figure("error", "error as published", "geometric"),
            Figure("error", "median start", "median"),
            Figure("energy", "energy"),
            Figure("beside", "truth from 1e-4 beside", "geometric"),
        ],
        peer=PEER,
        ours=f"ours {next(iter(more))}" if more else "ours",
        published=published[0],
        told={label: {"error as published": figure} for label, figure in told.items()},
        last=[PEER, "ours steep", "ours steep and longer"],  # as the paper does
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
TASKS = [
    task("chnn_2_link", ("1.2e-4", "1.9e-3", "1.3e-3", "6.5e-2"), "6e-5"),
    task("chnn_3_link", ("3.4e-4", "4.7e-2", "4.1e-2", "0.27"), "1.7e-4"),
    task("chnn_5_link", ("1.1e-3", "0.34", "0.33", "0.44"), "5.5e-4"),
    task(
        "chnn_coupled_pendulums",
        ("7.6e-3", "6.5e-2", "5.8e-2", "5.5e-2"),
        "3.7e-3",
        IN_SPACE,
        pairwise=IN_PAIRS,
    ),
    task(
        "chnn_magnetic_pendulum",
        ("1.3e-2", "0.11", "0.13", "0.11"),
        "5e-3",
        IN_SPACE,
        steep=WITH_WALLS,
        relative=RELATIVE,
        **{"steep and longer": LONGER},
    ),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
