"""Dissipative HNNs (Sosanya, Greydanus 2022): the damped spring, and the recorded pendulum.

LEGENDRE_REAL_PENDULUM=real_pend_h_1.txt python -m experiments.dhnn_paper.reproduce
"""

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import pendulum, rules

NETS = "experiments.dhnn_paper.nets"
PUBLISHED = "D-HNN as published"
HNN, MLP = "HNN as published", "MLP as published"
ALL_BUT_ONE = ["data.validation=0.0016", "trainer.max_epochs=1000"]
"""One point validates: the paper has no such part. The others make 5 batches an epoch."""
JUDGED_HERE = "evaluation=boundary_value"
"""No rollouts by the run itself: the rules of this folder make those that count."""
THEIRS = [JUDGED_HERE, *ALL_BUT_ONE]
RATE = "optimizer.lr=1e-3"
FALLING = ["scheduler=cosine", "optimizer.lr=1e-2"]
STRUCTURED = ["model=port_mass_matrix_hnn", "model.width=32", "model.activation=softplus"]

SOAP = ["optimizer=soap", "trainer.max_epochs=800"]
"""Its steps take longer: so many take no more time than theirs."""


def net(name: str) -> str:
    """Return what chooses a net of the paper."""
    return f"model._target_={NETS}.{name}"


SPRING = Task(
    name="dhnn_spring",
    methods={
        PUBLISHED: [*THEIRS, net("PaperDHNN"), RATE],
        HNN: [*THEIRS, "model=hnn", net("PaperHNN"), RATE],
        MLP: [*THEIRS, "model=baseline", net("PaperMLP"), RATE],
        "D-HNN at a rate of 1e-2": [*THEIRS, net("PaperDHNN")],
        "ours: port_mass_matrix_hnn": [JUDGED_HERE, *STRUCTURED, *FALLING],
        "ours by SOAP": [JUDGED_HERE, *STRUCTURED, *FALLING, *SOAP],
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
    ours="ours by SOAP",
    published="3.6e-6",
    told={
        "published: D-HNN": {"trajectory MSE": "3.6e-6", "test loss": "5.8e-5"},
        "published: HNN": {"trajectory MSE": "2.9e-1", "test loss": "6.3e-1"},
        "published: MLP": {"trajectory MSE": "6.0e-6", "test loss": "9.9e-5"},
        "asked of ours": {"trajectory MSE": "1e-7", "friction switched off": "1e-5"},
    },
    last=[PUBLISHED, HNN, MLP, "D-HNN at a rate of 1e-2"],
    quick=[PUBLISHED, "ours by SOAP"],
)
ENERGY = Figure("energy", "energy MSE")
STATES = Figure("states", "state MSE")
HNN_NETS = "experiments.hnn_paper.nets"
TASK_3 = Task(
    name="hnn_real_pendulum",
    recording=pendulum.VARIABLE,
    methods={
        HNN: [JUDGED_HERE, f"model._target_={HNN_NETS}.PaperHNN"],
        "baseline as published": [
            JUDGED_HERE,
            "model=baseline",
            f"model._target_={HNN_NETS}.PaperBaseline",
        ],
    },
    judge=lambda run: dict(pendulum.judge(run)),
    figures=[ENERGY, STATES],
    peer=HNN,
    told={
        "published: HNN": {"energy MSE": "1.4e-2"},
        "published: baseline": {"energy MSE": "3.9e-1"},
        "their code, seed 0: HNN": {"energy MSE": "8.5e-3", "state MSE": "4.9e-3"},
        "their code, seed 0: baseline": {"energy MSE": "3.7e-1", "state MSE": "1.4e-1"},
    },
    last=[HNN, "baseline as published"],
    quick=[HNN],
)
SMOOTH = [
    JUDGED_HERE,
    "data.derivatives=smoothing_spline",
    "data.angles=[o]",
    "data.validation=0.15",
    "data.batch_size=16",
    "trainer.max_epochs=40",
    "trainer.check_val_every_n_epoch=4",
    "callbacks.checkpoints.every_epochs=40",
    "model.width=16",
    "model.activation=softplus",
    *FALLING,
]
BALANCED = ["loss=balance", *SMOOTH]
DECAYING = ["optimizer=adamw", "optimizer.weight_decay=0.3"]
MASSES = "model=port_mass_matrix_hnn"
ROLLING = Task(
    name="dhnn_real_pendulum",
    recording=pendulum.VARIABLE,
    methods={
        PUBLISHED: [JUDGED_HERE, net("PaperDHNN")],
        HNN: [JUDGED_HERE, "model=hnn", net("PaperHNN")],
        MLP: [JUDGED_HERE, "model=baseline", net("PaperMLP")],
        "ours: port_mass_matrix_hnn": [MASSES, *BALANCED, *DECAYING],
        "ours without weight decay": [MASSES, *BALANCED],
        "ours by rates alone": [MASSES, *SMOOTH, *DECAYING],
        "mass_matrix_hnn": ["model=mass_matrix_hnn", *SMOOTH, *DECAYING],
    },
    judge=lambda run: dict(pendulum.judge(run)),
    figures=[
        ENERGY,
        STATES,
        Figure("energy as published", "energy MSE, last segment"),
        Figure("states as published", "state MSE, last segment"),
    ],
    peer=PUBLISHED,
    ours="ours: port_mass_matrix_hnn",
    published="1.1e-3 (last segment)",
    told={
        "published: D-HNN": {"energy MSE, last segment": "1.1e-3"},
        "published: HNN": {"energy MSE, last segment": "1.0e-2"},
        "published: MLP": {"energy MSE, last segment": "1.2e-3"},
        "asked of ours": {"energy MSE": "6e-4", "state MSE": "2.5e-3"},
    },
    last=[PUBLISHED, HNN, MLP],
    quick=["ours: port_mass_matrix_hnn"],
    folds=pendulum.FOLDS,
)
TASKS = [SPRING, TASK_3, ROLLING]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
