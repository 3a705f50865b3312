"""Does a mass matrix tell the torques of an arm?

python -m experiments.structured.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

MODELS = {
    "delan": ["model=delan"],
    "port_hnn": ["model=port_hnn"],
    "second_order": ["model=second_order"],
    "baseline": ["model=baseline"],
}
ARM = [
    "system=arm_2r",
    "data.test_sets=[in_distribution]",
    "evaluation.trajectories=10",
    "evaluation.horizon_over_training=2",
    "evaluation.geometry_starts=1",
]
ERROR, CALLED = "test.force_error", "torque error"
BESIDE = {
    "energy drift": "rollout.energy_drift.rms_relative.median",
    "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
}
CLEAN = ["data.noise=0", "data.trajectories=100"]
CONTESTS = [
    Contest("two_link_arm", MODELS, [*ARM, *CLEAN], ERROR, CALLED, beside=BESIDE),
    Contest("two_link_arm_noisy", MODELS, ARM, ERROR, CALLED, beside=BESIDE),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
