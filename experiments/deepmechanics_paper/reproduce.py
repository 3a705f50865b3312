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
PRECISE, SOAP = "trainer.precision=64-true", "optimizer=soap"
EXACT = [PRECISE, "scheduler=cosine", SOAP, "optimizer.lr=1e-2", "trainer.max_epochs=60"]
SHORT = "trainer.max_epochs=10"
"""As long as their HNN takes."""
BY_ADAM = [changed for changed in EXACT if changed != SOAP]
IN_FLOAT32 = [changed for changed in EXACT if changed != PRECISE]
MASSES = ["model=mass_matrix_hnn", "model.activation=softplus"]
OURS = {"three_body": ["model=pairwise_hnn"]}
BEST = {"mass_spring": LNN, "three_body": SRNN}
"""Of theirs, where it is not the HNN: by the median of the state MSE over seeds."""
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
    form = OURS.get(system, MASSES)
    return Task(
        name=f"deepmechanics_{system}",
        methods={
            **THEIRS,
            "ours": [*form, *EXACT, SHORT],
            "ours, longer": [*form, *EXACT],
            "ours, form free": ["model.activation=softplus", *EXACT],
            "ours by Adam": [*form, *BY_ADAM],
            "ours in float32": [*form, *IN_FLOAT32],
        },
        judge=lambda run: dict(rules.judge(run)),
        figures=[
            Figure("states", "state MSE, training horizon"),
            Figure("states", "median", "median"),
            Figure("long", "median, five times as long", "median"),
            Figure("energy", "energy MSE, median, five times as long", "median"),
        ],
        peer=BEST.get(system, HNN),
        ours="ours",
        last=list(THEIRS),
        seeds=(0, 1, 2),
        quick=["ours"],
    )


TASKS = [task(system) for system in SYSTEMS]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, TASKS)
