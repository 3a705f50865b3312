"""Symplectic ODE-Net (Zhong, Dey, Chakraborty 2020): tasks 1 to 4.

python -m experiments.symoden_paper.reproduce
"""

from __future__ import annotations

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

NETS = "model._target_=experiments.symoden_paper.nets"
PEER, NAIVE, FREE = "SymODEN, re-run", "naive, re-run", "geometric, re-run"
UNSTRUCTURED = "unstructured SymODEN, re-run"
EXACT = [
    "trainer.precision=64-true",
    "scheduler=cosine",
    "optimizer.lr=3e-3",
    "optimizer.weight_decay=0",
    "++optimizer.eps=1e-14",  # gradients of exact data become as small as Adam's own
]
RATES = [
    *EXACT,
    "loss=derivative",
    "~loss.steps",
    "data.derivatives=savitzky_golay",
    "data.derivative_window=9",
    "data.derivative_degree=8",  # through every sample: the data are exact
    "data.batch_size=256",
    "trainer.max_epochs=300",
    "trainer.check_val_every_n_epoch=25",
]
NEXT = [
    *EXACT,
    "loss=one_step",
    "~loss.steps",
    "data.batch_size=256",
    "trainer.max_epochs=200",
    "trainer.check_val_every_n_epoch=25",
]
SYMMETRIC = "data.symmetries=[parity,time_reversal]"
IMAGED_RATES = [*RATES, SYMMETRIC, "trainer.max_epochs=75"]
IMAGED_NEXT = [*NEXT, SYMMETRIC, "trainer.max_epochs=50"]
"""Each motion is four: so a fourth of the epochs are as many steps."""
MASSES = ["model=delan", "model.actuation=learned", "model.width=32"]
WIDE = ["model.width=64"]
SOAP = ["optimizer=soap", "optimizer.lr=1e-2"]
SMOOTH = "model.activation=softplus"
FIGURES = [
    Figure("prediction", "prediction, new starts"),
    Figure("prediction", "median", "median"),
    Figure("as published", "prediction as published"),
    Figure("test", "test"),
]


def net(name: str, **sizes: int) -> list[str]:
    """Return the settings of a net of the paper, in the place of a model of ours."""
    own = [f"{NETS}.{name}", "~model.width", "~model.depth", "~model.activation"]
    return ["model=second_order", *own, *(f"+model.{key}={size}" for key, size in sizes.items())]


def task(
    name: str,
    peer: dict[str, int],
    naive: int,
    geometric: dict[str, int],
    published: dict[str, tuple[str, str]],
    asked: str,
    fitted: list[str],
    imaged: list[str],
) -> Task:
    """Return a task: sizes of the paper's nets, its (test, prediction), the bar, and our fits."""
    methods = {
        PEER: net("PaperSymODEN", **peer),
        NAIVE: net("PaperNaive", width=naive),
        FREE: net("PaperGeometric", **geometric),
        "ours": [*MASSES, SMOOTH, *imaged, *SOAP],
        "ours, no symmetries": [*MASSES, SMOOTH, *fitted, *SOAP],
        "ours by Adam": [*MASSES, *WIDE, SMOOTH, *fitted],
        "ours by Adam, with symmetries": [*MASSES, *WIDE, SMOOTH, *imaged],
        "ours by Adam, with tanh": [*MASSES, *WIDE, *fitted],
        "ours, followed over four samples": [
            *MASSES,
            SMOOTH,
            *EXACT,
            *SOAP,
            "trainer.check_val_every_n_epoch=2",
        ],
        "ours, accelerations free": [
            *("model=second_order", "model.width=32", SMOOTH),
            *imaged,
            *SOAP,
        ],
    }
    told = {
        f"published: {label}": {"test": test, "prediction as published": prediction}
        for label, (test, prediction) in published.items()
    }
    return Task(
        name=name,
        methods=methods,
        judge=lambda run: dict(rules.judge(run)),
        figures=FIGURES,
        peer=PEER,
        ours="ours",
        published=f"{published['SymODEN'][1]} (starts that trained)",
        told={**told, "asked of ours": {"prediction, new starts": asked}},
        last=[PEER, NAIVE, FREE],
        quick=["ours"],
    )


EMBEDDED = task(
    "symoden_embedded",
    peer={"masses": 300, "potential": 50, "gain": 200},
    naive=800,
    geometric={"width": 600, "masses": 300},
    published={
        "naive": ("5.86", "221"),
        "geometric": (".195", "13.3"),
        "unstructured SymODEN": ("1.47", "3.68"),
        "SymODEN": (".0242", ".0948"),
    },
    asked="5e-3",
    fitted=RATES,
    imaged=IMAGED_RATES,
)
CART_POLE = task(
    "symoden_cart_pole",
    peer={"masses": 400, "potential": 300, "gain": 300},
    naive=1000,
    geometric={"width": 700, "masses": 400},
    published={
        "naive": (".284", "37.3"),
        "geometric": (".113", "10.5"),
        "unstructured SymODEN": (".335", "132"),
        "SymODEN": (".191", "4.16"),
    },
    asked=".42",
    fitted=RATES,
    imaged=IMAGED_RATES,
)
ACROBOT = task(
    "symoden_acrobot",
    peer={"masses": 400, "potential": 300, "gain": 300},
    naive=1200,
    geometric={"width": 800, "masses": 400},
    published={
        "naive": (".204", "39.0"),
        "geometric": (".184", "11.2"),
        "unstructured SymODEN": (".0988", "2.69"),
        "SymODEN": (".0483", ".809"),
    },
    asked=".08",
    fitted=NEXT,
    imaged=IMAGED_NEXT,
)
NOISY = [
    "model=port_mass_matrix_hnn",
    "model.actuation=learned",
    "model.width=32",
    SMOOTH,
    "scheduler=cosine",
    "optimizer.lr=3e-3",
    "optimizer.weight_decay=0",
]
ESTIMATED = [
    "loss=derivative",
    "~loss.steps",
    "data.states=smoothed",
    "data.derivatives=smoothing_spline",
    "data.batch_size=256",
]
PENDULUM = Task(
    name="symoden_pendulum",
    methods={
        PEER: net("PaperPlainSymODEN", masses=300, potential=50, gain=200),
        NAIVE: net("PaperBlind", width=600),
        UNSTRUCTURED: net("PaperUnstructured", width=400, gain=200),
        "ours": [*NOISY, *ESTIMATED, SYMMETRIC, "trainer.max_epochs=60"],
        "ours, no symmetries": [*NOISY, *ESTIMATED, "trainer.max_epochs=240"],
        "ours, followed": [*NOISY, SYMMETRIC, "trainer.max_epochs=4"],
    },
    judge=lambda run: dict(rules.judge(run, rules.plain)),
    figures=FIGURES,
    peer=PEER,
    ours="ours",
    published="4.31 (no noise, starts that trained)",
    told={
        f"published: {label}, no noise": {"test": test, "prediction as published": prediction}
        for label, test, prediction in (
            ("naive", ".884", "19.9"),
            ("unstructured SymODEN", ".108", "9.46"),
            ("SymODEN", ".0725", "4.31"),
        )
    },
    last=[PEER, NAIVE, UNSTRUCTURED],
    quick=["ours"],
)
TASKS = [PENDULUM, EMBEDDED, CART_POLE, ACROBOT]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
