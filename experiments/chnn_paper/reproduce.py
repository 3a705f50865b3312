"""Explicit constraints (Finzi, Wang, Wilson 2020): chains, pendulums in space, rigid bodies.

python -m experiments.chnn_paper.reproduce
"""

from pathlib import Path

from ..published import Figure, Task, reproduce
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


def chain(links: int, published: dict[str, str], bar: str) -> Task:
    """Return the task of a chain of so many rods."""
    return Task(
        name=f"chnn_{links}_link",
        methods={PEER: THEIRS},
        judge=rules.judge,
        figures=[
            Figure("error", "error as published", "geometric"),
            Figure("error", "median start", "median"),
            Figure("energy", "energy"),
        ],
        peer=PEER,
        told={
            **{
                f"published: {who}": {"error as published": told} for who, told in published.items()
            },
            "asked of ours": {"error as published": bar},
        },
        last=[PEER],
        seeds=(0, 1, 2),
    )


TASKS = [
    chain(2, {"CHNN": "1.2e-4", "HNN": "1.9e-3", "DeLaN": "1.3e-3", "NeuralODE": "6.5e-2"}, "6e-5"),
    chain(3, {"CHNN": "3.4e-4", "HNN": "4.7e-2", "DeLaN": "4.1e-2", "NeuralODE": "0.27"}, "1.7e-4"),
    chain(5, {"CHNN": "1.1e-3", "HNN": "0.34", "DeLaN": "0.33", "NeuralODE": "0.44"}, "5.4e-4"),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
