"""Does the bracket keep the Casimir functions?

python -m experiments.poisson.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

CONTESTS = [
    Contest(
        name="rigid_body",
        models={"poisson_hnn": ["model=poisson_hnn"], "baseline": ["model=baseline"]},
        shared=["system=rigid_body", "data.test_sets=[in_distribution]"],
        figure="rollout.invariants.angular_momentum_squared.rms_relative.median",
        called="Casimir drift",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
            "derivative error": "test.derivative_mse",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
