"""Does it help to take noisy states for what they are?

python -m experiments.noise.reproduce
"""

from pathlib import Path

from ..contest import Contest, reproduce

SMOOTHED = ["data.derivatives=smoothing_spline", "data.states=smoothed"]
ALIKE = ["optimizer=soap", "model.width=32", "model.activation=softplus"]
"""Chosen by validation losses of the followed model, on other data and with another seed."""
SHOOTING = [
    "loss=shooting",
    "integrator=rk4",
    "data.batch_size=64",
    "trainer.max_epochs=12",
    "trainer.check_val_every_n_epoch=2",
]
CONTESTS = [
    Contest(
        name="noisy_pendulum",
        models={
            "hnn smoothed": [*SMOOTHED, *ALIKE],
            "hnn shooting": [*SHOOTING, *ALIKE],
            "hnn splines": ["data.derivatives=smoothing_spline", *ALIKE],
            "hnn differences": ["data.derivatives=central_differences", *ALIKE],
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
