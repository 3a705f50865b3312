"""Does it help to know where power flows?

python -m experiments.port_hamiltonian.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

MODELS = {
    "port_mass_matrix_hnn": ["model=port_mass_matrix_hnn"],
    "port_hnn": ["model=port_hnn"],
    "port_hnn learned": ["model=port_hnn", "model.actuation=learned"],
    "baseline": ["model=baseline"],
}
DRIVEN = [
    "system=pendulum",
    "system.damping=0.1",
    "signal=sum_of_sines",
    "data.test_sets=[in_distribution]",
]
FEW = ["data.trajectories=20", "data.noise=0", "trainer.max_epochs=600"]
ERROR = "rollout.trajectory.geometric_mean_relative_error.median"
CALLED = "error under held-out inputs"
BESIDE = {
    "energy drift": "rollout.energy_drift.rms_relative.median",
    "derivative error": "test.derivative_mse",
}
CONTESTS = [
    Contest("driven_pendulum", MODELS, DRIVEN, ERROR, CALLED, beside=BESIDE),
    Contest(
        "driven_pendulum_few",
        MODELS,
        [*DRIVEN, *FEW, "evaluation.horizon_over_training=2"],
        ERROR,
        CALLED,
        beside=BESIDE,
    ),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
