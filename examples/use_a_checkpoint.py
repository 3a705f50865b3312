"""A trained model in a script: load it, follow it, ask for its energy.

python examples/use_a_checkpoint.py <run folder>
"""

from __future__ import annotations

import sys

import torch

from src import load_run, rollout


def main() -> None:
    run = load_run(sys.argv[1])
    system, model = run.experiment.kinematics, run.experiment.model
    x0 = system.sample_initial(3, torch.Generator().manual_seed(1))
    t = torch.linspace(0, 10 * system.time_scale, 101, dtype=torch.float64)
    path = rollout(run, x0, t)
    change = (system.hamiltonian(path.x) - system.hamiltonian(x0)).abs() / system.energy_scale
    print(f"{model.kind} on {run.choices['system']}, {path.field_evaluations} field evaluations")
    for k, row in enumerate(change.T):
        print(f"  start {k}: true energy off by at most {float(row.max()):.1e} over ten periods")


if __name__ == "__main__":
    main()
