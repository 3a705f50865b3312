"""Records and rollouts with plausible numbers, for any model, system and seed."""

import numpy as np

from src.reporting.record import write_record
from src.reporting.rollouts import write_rollouts

DRIFT = {"hnn": 0.01, "lnn": 0.015, "separable_hnn": 0.008, "baseline": 0.3}


def figure(value):
    return None if value is None else {"mean": 1.2 * value, "median": value, "p90": 2 * value}


def rollout(model, drift, scale):
    learned = None if model == "baseline" else 1e-8
    return {
        "horizon": 62.8,
        "horizon_over_training": 10.0,
        "trajectories": 20,
        "non_finite": 1 if model == "baseline" else 0,
        "energy_drift": {
            "rms_relative": figure(drift * scale),
            "max_relative": figure(2 * drift * scale),
            "secular_relative": figure(0.5 * drift * scale),
            "mse": figure((drift * scale) ** 2),
        },
        "learned_energy_drift": {"rms_relative": figure(learned), "max_relative": figure(learned)},
        "learned_energy_agreement": {
            "r2": None if learned is None else 0.998,
            "scale": None if learned is None else 1.01,
        },
        "invariants": {},
        "constraint_violation": None,
        "trajectory": {
            "mse": figure(0.02),
            "geometric_mean_relative_error": figure(0.1),
            "valid_prediction_time": {**figure(31.0), "capped": 2},
        },
        "geometry": {
            "symplecticity_defect": figure(1e-7 if learned else 0.2),
            "divergence": figure(0.0 if learned else 0.1),
            "reversibility": {"forward_backward": figure(1e-8), "momentum_flip": None},
        },
        "cost": {"field_evaluations": 12000, "seconds": 1.5},
    }


def build(model="hnn", system="mass_spring", seed=0, drift=None, **changed):
    """A whole summary; `changed` replaces leaves, written with double underscores for dots."""
    size = (DRIFT[model] if drift is None else drift) * (1 + 0.2 * seed)
    summary = {
        "run": {
            "system": system,
            "model": model,
            "loss": "derivative",
            "integrator": "dopri5",
            "performance": "fast",
            "seed": seed,
            "device": "cpu",
            "dtype": "float32",
            "status": "finished",
            "command": f"python -m src.train model={model} system={system} seed={seed}",
            "git": None,
            "versions": {"torch": "2.13.0", "python": "3.11.9"},
        },
        "data": {
            "seed": 0,
            "trajectories": 100,
            "samples": 3100,
            "step": 0.209,
            "horizon": 6.28,
            "noise": 0.05,
        },
        "train": {
            "epochs": 40,
            "steps": 2000,
            "seconds": 20.0,
            "steps_per_second": 100.0 + seed,
            "parameters": {"baseline": 4480, "lnn": 4417}.get(model, 4416),
            "final_loss": 0.011,
            "best_val_loss": 0.0105,
            "skipped_steps": 0,
        },
        "test": {
            "derivative_mse": 0.0103,
            "derivative_noise_floor": 0.0099,
            "derivative_error": 0.0004,
        },
        "scales": {"energy": 0.5, "time": 6.28},
        "rollout": rollout(model, size, 1.0),
        "test_sets": {
            name: rollout(model, size, scale)
            for name, scale in (
                ("in_distribution", 1.0),
                ("higher_energy", 1.4),
                ("longer_horizon", 1.1),
            )
        },
        "files": {"rollouts": "rollouts.npz", "figures": ["figures/energy.png"]},
    }
    for path, value in changed.items():
        *parents, last = path.split("__")
        node = summary
        for key in parents:
            node = node[key]
        node[last] = value
    return summary


def motions(model="hnn", seed=0, trajectories=8, periods=10.0, samples=400):
    """Arrays of rollouts of a unit mass on a unit spring, by a model with errors of its own."""
    generator = np.random.default_rng([seed, *map(ord, model)])
    t = np.linspace(0, periods * 2 * np.pi, samples)
    radius = generator.uniform(0.3, 1.0, (trajectories, 1))
    phase = generator.uniform(0, 2 * np.pi, (trajectories, 1))

    def spin(amplitude, angle):
        return np.stack((amplitude * np.cos(angle), -amplitude * np.sin(angle)), -1)

    truth = spin(radius, t + phase)
    rate = 1 + 0.01 * generator.standard_normal((trajectories, 1))
    if model == "baseline":
        growth = np.exp(generator.normal(0.004, 0.004, (trajectories, 1)) * t)
    else:
        size = 0.3 * DRIFT[model]
        growth = 1 + size * (np.cos(2.3 * t + phase) - np.cos(phase))
    path = spin(radius * growth, rate * t + phase)

    def energy(x):
        return (x**2).sum(-1) / 2

    arrays = {
        "t": np.broadcast_to(t, (trajectories, samples)),
        "mask": np.ones((trajectories, samples), dtype=bool),
        "truth": truth,
        "model": path,
        "true_energy_of_truth": energy(truth),
        "true_energy_of_model": energy(path),
    }
    if model != "baseline":
        learned = 1.02 * energy(truth) + 0.3
        drift = 1e-8 * generator.standard_normal(path.shape[:2])
        arrays["learned_energy_of_truth"] = learned
        arrays["learned_energy_of_model"] = learned[:, :1] + drift.cumsum(-1)
    return arrays


def make_run(folder, model="hnn", seed=0, **kinds):
    write_rollouts(folder, {"in_distribution": motions(model, seed)})
    return write_record(folder, build(model, seed=seed, **kinds))
