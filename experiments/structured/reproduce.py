"""Does a mass matrix tell the torques of an arm?

python -m experiments.structured.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

CONTESTS = [
    Contest(
        name="two_link_arm",
        models={
            "delan": ["model=delan"],
            "port_hnn": ["model=port_hnn"],
            "second_order": ["model=second_order"],
            "baseline": ["model=baseline"],
        },
        shared=[
            "system=arm_2r",
            "data.test_sets=[in_distribution]",
            "evaluation.trajectories=10",
            "evaluation.horizon_over_training=2",
            "evaluation.geometry_starts=1",
        ],
        figure="test.force_error",
        called="torque error",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
