"""Does it help to know where power flows?

python -m experiments.port_hamiltonian.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

CONTESTS = [
    Contest(
        name="driven_pendulum",
        models={
            "port_hnn": ["model=port_hnn"],
            "port_hnn learned": ["model=port_hnn", "model.actuation=learned"],
            "baseline": ["model=baseline"],
        },
        shared=[
            "system=pendulum",
            "system.damping=0.1",
            "signal=sum_of_sines",
            "data.test_sets=[in_distribution]",
        ],
        figure="rollout.trajectory.geometric_mean_relative_error.median",
        called="error under held-out inputs",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "derivative error": "test.derivative_mse",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
