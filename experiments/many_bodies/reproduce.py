"""Does one energy for all pairs serve any number of bodies?

python -m experiments.many_bodies.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

DRIFT = "rollout.energy_drift.rms_relative.median"
BRIEF = [
    "data.test_sets=[in_distribution]",
    "evaluation.trajectories=10",
    "evaluation.horizon_over_training=3",
    "evaluation.geometry_starts=1",
]
BESIDE = {
    "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
    "error at noise-free states": "test.derivative_error",
}
CONTESTS = [
    Contest(
        name="three_body",
        models={
            "pairwise_hnn": ["model=pairwise_hnn"],
            "hnn": ["model=hnn"],
            "baseline": ["model=baseline"],
        },
        shared=["system=three_body", "data.trajectories=300", *BRIEF],
        figure=DRIFT,
        called="energy drift",
        beside=BESIDE,
    ),
    Contest(
        name="lennard_jones_16",
        models={
            "pairwise_hnn of 8": ["model=pairwise_hnn", "system.particles=8"],
            "hnn of 16": ["model=hnn", "system.particles=16"],
            "baseline of 16": ["model=baseline", "system.particles=16"],
        },
        shared=["system=lennard_jones", "data.trajectories=100", "data.noise=0.01", *BRIEF],
        figure=DRIFT,
        called="energy drift of 16 particles",
        judged=["system.particles=16"],
        beside=BESIDE,
    ),
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
