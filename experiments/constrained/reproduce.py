"""Does it help to know the constraints?

python -m experiments.constrained.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce


def chain(links: int) -> Contest:
    """Return the contest on a chain of so many links, in Cartesian coordinates or in angles."""
    ones = ",".join(["1.0"] * links)
    cartesian = ["system=n_link_cartesian", f"system.number={links}"]
    angles = ["system=n_link_pendulum", f"system.mass=[{ones}]", f"system.length=[{ones}]"]
    return Contest(
        name=f"links_{links}",
        models={
            "chnn": ["model=chnn", *cartesian],
            "clnn": ["model=clnn", *cartesian],
            "hnn": ["model=hnn", *angles],
            "lnn": ["model=lnn", *angles],
            "baseline": ["model=baseline", *cartesian],
        },
        shared=[
            "data.trajectories=100",
            "data.test_sets=[in_distribution]",
            "evaluation.trajectories=10",
            "evaluation.horizon_over_training=2",
            "evaluation.geometry_starts=1",
        ],
        figure="rollout.trajectory.geometric_mean_relative_error.median",
        called="trajectory error",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "violation": "rollout.constraint_violation.position.rms_relative.median",
        },
    )


CONTESTS = [chain(links) for links in (2, 3, 5)]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
