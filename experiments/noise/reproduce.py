"""Does it help to smooth noisy motions before fitting?

python -m experiments.noise.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

CONTESTS = [
    Contest(
        name="noisy_pendulum",
        models={
            "hnn smoothed": ["data.derivatives=smoothing_spline", "data.states=smoothed"],
            "hnn splines": ["data.derivatives=smoothing_spline"],
            "hnn savitzky_golay": ["data.derivatives=savitzky_golay"],
            "hnn differences": ["data.derivatives=central_differences"],
        },
        shared=[
            "model=hnn",
            "system=pendulum",
            "data.noise=0.1",
            "data.seed=2",
            "data.test_sets=[in_distribution]",
        ],
        figure="test.derivative_error",
        called="derivative error at noise-free states",
        beside={
            "energy drift": "rollout.energy_drift.rms_relative.median",
            "trajectory error": "rollout.trajectory.geometric_mean_relative_error.median",
        },
    )
]

if __name__ == "__main__":
    reproduce(Path(__file__).parent, CONTESTS)
