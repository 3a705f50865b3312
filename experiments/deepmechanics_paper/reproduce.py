"""DeepMechanics (2026): HNN, LNN and SRNN of DeepChem on six systems.

python -m experiments.deepmechanics_paper.reproduce
"""

from pathlib import Path

from ..published import reproduce
from ..task import Figure, Task
from . import rules

NETS = "model._target_=experiments.deepmechanics_paper.nets"
HNN, LNN, SRNN = "HNN, re-run", "LNN, re-run", "SRNN, re-run"
THEIRS = {
    HNN: [f"{NETS}.DeepChemHNN"],
    LNN: [
        "model=lnn",
        f"{NETS}.DeepChemLNN",
        "model.activation=softplus",
        "~model.mass_floor",
        "loss=derivative",
    ],
    SRNN: [
        "model=separable_hnn",
        f"{NETS}.DeepChemSRNN",
        "loss=rollout",
        "loss.steps=5",
        "integrator=leapfrog",
        "trainer.max_epochs=50",
    ],
}
EXACT = [
    "trainer.precision=64-true",
    "scheduler=cosine",
    "optimizer=soap",
    "optimizer.lr=1e-2",
    "trainer.max_epochs=60",
]
MASSES = ["model=mass_matrix_hnn", "model.activation=softplus"]
OURS = {"three_body": ["model=pairwise_hnn"]}
BEST = {"pendulum": HNN, "double_pendulum": HNN, "three_body": SRNN, "bouncing_ball": HNN}
"""Of theirs, where it is not the LNN: by the state MSE of seed 0."""
SYSTEMS = (
    "mass_spring",
    "pendulum",
    "spring_pendulum",
    "double_pendulum",
    "three_body",
    "bouncing_ball",
)


def task(system: str) -> Task:
    """Return the task of a system."""
    return Task(
        name=f"deepmechanics_{system}",
        methods={**THEIRS, "ours": [*OURS.get(system, MASSES), *EXACT]},
        judge=lambda run: dict(rules.judge(run)),
        figures=[
            Figure("states", "state MSE, training horizon"),
            Figure("states", "median", "median"),
            Figure("long", "median, five times as long", "median"),
            Figure("energy", "energy MSE, median, five times as long", "median"),
        ],
        peer=BEST.get(system, LNN),
        ours="ours",
        last=list(THEIRS),
        seeds=(0, 1, 2),
        quick=["ours"],
    )


TASKS = [task(system) for system in SYSTEMS]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
