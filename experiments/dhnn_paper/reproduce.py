"""Dissipative HNNs (Sosanya, Greydanus 2022): the damped spring.

python -m experiments.dhnn_paper.reproduce
"""

from pathlib import Path

from ..published import Figure, Task, reproduce
from . import rules

NETS = "experiments.dhnn_paper.nets"
PUBLISHED = "D-HNN as published"
ALL_BUT_ONE = ["data.validation=0.0016", "trainer.max_epochs=1000"]
"""One point validates: the paper has no such part. The others make 5 batches an epoch."""
JUDGED_HERE = "evaluation=boundary_value"
"""No rollouts by the run itself: the rules of this folder make those that count."""
FALLING = ["scheduler=cosine", "optimizer.lr=1e-2"]
STRUCTURED = ["model=port_mass_matrix_hnn", "model.width=32", "model.activation=softplus"]


def net(name: str) -> str:
    """Return what chooses a net of the paper."""
    return f"model._target_={NETS}.{name}"


SPRING = Task(
    name="dhnn_spring",
    methods={
        PUBLISHED: [JUDGED_HERE, *ALL_BUT_ONE, net("PaperDHNN")],
        "HNN as published": [JUDGED_HERE, *ALL_BUT_ONE, "model=hnn", net("PaperHNN")],
        "MLP as published": [JUDGED_HERE, *ALL_BUT_ONE, "model=baseline", net("PaperMLP")],
        "D-HNN at a rate of 1e-3": [
            JUDGED_HERE,
            *ALL_BUT_ONE,
            net("PaperDHNN"),
            "optimizer.lr=1e-3",
        ],
        "ours: port_mass_matrix_hnn": [JUDGED_HERE, *STRUCTURED, *FALLING],
        "port_hnn": [JUDGED_HERE, "model=port_hnn", *STRUCTURED[1:], *FALLING],
        "dissipative_hnn": [JUDGED_HERE, *STRUCTURED[1:], *FALLING],
        "ours at a constant rate": [JUDGED_HERE, *STRUCTURED],
        "ours with tanh": [JUDGED_HERE, *STRUCTURED[:2], *FALLING],
    },
    judge=lambda run: dict(rules.spring(run)),
    figures=[
        Figure("states", "trajectory MSE"),
        Figure("without friction", "friction switched off"),
        Figure("first period", "trajectory MSE, first period"),
        Figure("rates", "test loss"),
    ],
    peer=PUBLISHED,
    told={
        "published: D-HNN": {"trajectory MSE": "3.6e-6", "test loss": "5.8e-5"},
        "published: HNN": {"trajectory MSE": "2.9e-1", "test loss": "6.3e-1"},
        "published: MLP": {"trajectory MSE": "6.0e-6", "test loss": "9.9e-5"},
        "asked of ours": {"trajectory MSE": "1e-7", "friction switched off": "1e-5"},
    },
    last=[PUBLISHED, "HNN as published", "MLP as published", "D-HNN at a rate of 1e-3"],
    quick=[PUBLISHED, "ours: port_mass_matrix_hnn"],
)
TASKS = [SPRING]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
