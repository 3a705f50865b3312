"""Does a symplectic map stay on course where a free one does not?

python -m experiments.symplectic_maps.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

STATES_ONLY = ["loss=one_step", "integrator=rk4"]
CONTESTS = [
    Contest(
        name="pendulum_map",
        models={
            "sympnet": ["model=sympnet"],
            "ghnn": ["model=ghnn"],
            "step_mlp": ["model=step_mlp"],
            "baseline": ["model=baseline", *STATES_ONLY],
            "hnn": ["model=hnn", *STATES_ONLY],
        },
        shared=["system=pendulum", "data.seed=2", "data.test_sets=[in_distribution]"],
        figure="rollout.trajectory.geometric_mean_relative_error.median",
        called="trajectory error",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "symplecticity defect": "rollout.geometry.symplecticity_defect.median",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
