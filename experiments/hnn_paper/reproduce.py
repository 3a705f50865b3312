"""Hamiltonian Neural Networks (Greydanus, Dzamba, Yosinski 2019): tasks 1 to 4, and three bodies.

python -m experiments.hnn_paper.reproduce
"""

from pathlib import Path

from ..published import Figure, Task, reproduce
from . import rules

PUBLISHED = "HNN as published"
ALL_25 = ["data.trajectories=51", "data.test=0.49", "data.validation=0.0196"]
"""All 25 training motions, and one more to validate: the paper has no validation part."""
HNN_NET = "model._target_=experiments.hnn_paper.nets.PaperHNN"
BASELINE_NET = "model._target_=experiments.hnn_paper.nets.PaperBaseline"

SPRING = Task(
    name="hnn_spring",
    methods={
        PUBLISHED: [*ALL_25, HNN_NET],
        "baseline as published": [*ALL_25, "model=baseline", BASELINE_NET],
    },
    judge=lambda run: dict(rules.one_degree(run, of_spring=False)),
    figures=[
        Figure("energy", "energy MSE"),
        Figure("energy inside", "energy MSE, training starts"),
        Figure("as published", "as published"),
        Figure("states", "state MSE"),
        Figure("states inside", "state MSE, training starts"),
    ],
    peer=PUBLISHED,
    told={
        "published: HNN": {"as published": "3.8e-4"},
        "published: baseline": {"as published": "1.7e-1"},
        "asked of ours": {"energy MSE": "1e-4", "energy MSE, training starts": "1/5 of HNN"},
    },
    last=[PUBLISHED, "baseline as published"],
    quick=[PUBLISHED, "baseline as published"],
)
TASKS = [SPRING]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
