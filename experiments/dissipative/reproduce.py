"""Does it help to learn friction apart?

python -m experiments.dissipative.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

CONTESTS = [
    Contest(
        name="damped_spring",
        models={
            "dissipative_hnn": ["model=dissipative_hnn"],
            "port_hnn": ["model=port_hnn"],
            "baseline": ["model=baseline"],
        },
        shared=["system=mass_spring", "system.damping=0.1", "data.test_sets=[in_distribution]"],
        figure="rollout.trajectory.geometric_mean_relative_error.median",
        called="trajectory error",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "derivative error": "test.derivative_mse",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
