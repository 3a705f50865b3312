"""Lagrangian Neural Networks (Cranmer et al. 2020): a double pendulum, fast particles, waves.

python -m experiments.lnn_paper.reproduce
"""

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

PUBLISHED = "LNN as published, clipped"
SMALL = ["data.batch_size=128"]
SINGLE = [*SMALL, "trainer.precision=32-true"]
UNCLIPPED = ["trainer.gradient_clip_val=null"]
THEIRS = [
    "loss=derivative",
    "loss.norm=l1",
    "scheduler=one_cycle",
    "optimizer.lr=1e-3",
    "optimizer.weight_decay=5e-7",
]
"""Their sum over two accelerations is four times our mean over four rates."""
LNN_NET = [
    "model=lnn",
    "model._target_=experiments.lnn_paper.nets.PaperLNN",
    "model.activation=softplus",
    "~model.mass_floor",
]
BY_RATES = ["loss=derivative", "loss.norm=l1"]

DOUBLE_PENDULUM = Task(
    name="lnn_double_pendulum",
    methods={
        PUBLISHED: [*SINGLE, *THEIRS, *LNN_NET, "trainer.max_epochs=30"],
        "baseline as published": [
            *SINGLE,
            *UNCLIPPED,
            *THEIRS,
            "model=second_order",
            "model._target_=experiments.lnn_paper.nets.PaperBaseline",
            "~model.activation",
            "trainer.max_epochs=80",
        ],
        "LNN": [*SMALL, "trainer.max_epochs=12"],
        "LNN by accelerations": [*SMALL, *BY_RATES, "trainer.max_epochs=12"],
        "DeLaN": ["model=delan", "model.width=32", *BY_RATES, "trainer.max_epochs=45"],
        "mass matrix HNN": [
            "model=mass_matrix_hnn",
            "model.width=32",
            *BY_RATES,
            "trainer.max_epochs=50",
        ],
        "HNN": ["model=hnn", "loss=derivative", "trainer.max_epochs=30"],
    },
    judge=rules.double_pendulum,
    figures=[
        Figure("end", "median at t = 100 (%)", "median"),
        Figure("end", "mean at t = 100 (%)"),
        Figure("largest", "median of the largest (%)", "median"),
        Figure("largest", "mean of the largest (%)"),
        Figure("acceleration", "acceleration L1"),
    ],
    peer=PUBLISHED,
    ours="mass matrix HNN",
    published=".108",
    told={
        "published: LNN, 51 CPU h": {
            "median at t = 100 (%)": ".108",
            "mean at t = 100 (%)": ".43",
            "acceleration L1": ".069",
        },
        "published: baseline": {
            "median at t = 100 (%)": ".97",
            "mean at t = 100 (%)": "8.0",
            "acceleration L1": ".074",
        },
        "asked of ours: plain LNN": {"median at t = 100 (%)": ".3", "mean at t = 100 (%)": "2"},
        "asked of ours: structured": {"median at t = 100 (%)": ".05", "mean at t = 100 (%)": ".2"},
        "stretch": {"median at t = 100 (%)": ".02", "mean at t = 100 (%)": ".1"},
    },
    quick=["DeLaN", "mass matrix HNN"],
)


def relativistic(name: str) -> Task:
    """Return the task of one of the two laws."""
    return Task(
        name=name,
        methods={
            "LNN": [],
            "HNN, p = velocity": ["model=hnn", "loss=derivative", "data.coordinates=velocity"],
            "HNN": ["model=hnn", "loss=derivative"],
            "baseline": ["model=second_order", "loss=derivative"],
        },
        judge=rules.relativistic,
        figures=[
            Figure("position", "position"),
            Figure("position", "its median", "median"),
            Figure("acceleration", "acceleration L1"),
        ],
        peer="LNN",
        quick=["LNN", "HNN, p = velocity", "HNN", "baseline"],
    )


DENSITY = "LNN, re-run"
SMALL_NETS = ["model.width=32", "optimizer=soap"]
WAVE = Task(
    name="lnn_wave",
    methods={
        DENSITY: [
            *SINGLE,
            *THEIRS,
            "model._target_=experiments.lnn_paper.nets.PaperLatticeLNN",
            "model.width=128",
            "model.activation=softplus",
            "~model.mass_floor",
        ],
        "ours": ["model=lattice_hnn", *SMALL_NETS, "loss=derivative"],
        "ours, from velocities": SMALL_NETS,
        "ours, by accelerations": [*SMALL_NETS, "loss=derivative"],
        "ours by Adam": ["model=lattice_hnn", "model.width=32", "loss=derivative"],
        "baseline": ["model=second_order", "loss=derivative"],
    },
    judge=rules.wave,
    figures=[
        Figure("field", "error of the field"),
        Figure("energy", "largest error of the energy"),
        Figure("acceleration", "error of accelerations"),
    ],
    peer=DENSITY,
    ours="ours",
    quick=["ours"],
)


TASKS = [
    DOUBLE_PENDULUM,
    WAVE,
    relativistic("lnn_relativistic"),
    relativistic("lnn_special_relativity"),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
