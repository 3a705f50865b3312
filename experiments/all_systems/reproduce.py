"""Train a structured model and the baseline on every conservative system, three seeds each.

python -m experiments.all_systems.reproduce                       # everything: hours on two cores
python -m experiments.all_systems.reproduce --systems kepler toda --jobs 2
python -m experiments.all_systems.reproduce --systems kepler --models separable_hnn

Runs that are there already are kept, so that an interrupted reproduction goes on; of those that
are not, results.json keeps the rows that it has. Each row names the commit it was made with.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

from src.config.build import build
from src.config.experiment import fitting_models
from src.config.options import options
from src.systems.base import System

from ..contest import Ratio, ratio
from ..runs import ROOT, fill, summary, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
STRUCTURED = (
    *("lattice_poisson_hnn", "poisson_hnn", "clnn", "lattice_hnn", "pairwise_hnn"),
    *("hnn", "separable_hnn", "mass_matrix_hnn", "lnn"),
)
"""Models that conserve an energy, those that are made for some kind of system first.

The first that fits is trained where none is named; the first that passes stands in the table."""
SEEDS = (0, 1, 2)
MORE = (3, 4)
"""Where three seeds agree, and differ too much for an interval: ``--seeds 3 4``."""
LIMIT = 600.0
"""Longest run, in s."""
FACTOR = 0.5
"""The drift that is asked for, over the baseline's."""

FOLLOWED_BY = {("wave_1d", "lattice_hnn"): ["integrator=yoshida4", "integrator.step=0.005"]}
"""Where an adaptive method would take longer than a run may: the shortest waves of a string have a
twentieth of the period of the longest. By these steps the energy of true waves is off by 1.4e-6."""

Row = dict[str, Any]


def conservative_systems() -> Iterator[tuple[str, System]]:
    """Yield the systems that conserve their energy without a driving signal, by name.

    Not those whose motions part like exp(t): no rollouts are made of them.
    """
    for name, node in options("system"):
        yaml = ROOT / "conf" / "system" / f"{name}.yaml"
        if name != "recorded" and "boundary_value" not in yaml.read_text():
            system = build(node, "system")
            if isinstance(system, System) and "dissipation" not in system.traits:
                yield name, system


def chosen(fitting: Collection[str]) -> list[str]:
    """Return the structured model that is made for a system, and the baseline."""
    return [next(model for model in STRUCTURED if model in fitting), "baseline"]


def overrides(system: str, model: str, seed: int) -> list[str]:
    """Return what a run changes of the defaults."""
    return [
        f"model={model}",
        f"system={system}",
        "signal=zero",
        f"seed={seed}",
        "trainer.max_epochs=40",
        *FOLLOWED_BY.get((system, model), ["integrator=dop853"]),
        "data.test_sets=[in_distribution]",
        "logger=csv",
    ]


def row(runs: Path, system: str, model: str, seed: int) -> Row | None:
    """Return what the table needs of a run."""
    record = summary(runs / f"{system}_{model}_s{seed}")
    if record is None:
        return None
    rollout = record["rollout"]
    return {
        "system": system,
        "model": model,
        "seed": seed,
        "energy_drift": rollout["energy_drift"]["rms_relative"]["median"],
        "trajectory_error": rollout["trajectory"]["geometric_mean_relative_error"]["median"],
        "non_finite": rollout["non_finite"],
        "trajectories": rollout["trajectories"],
        "horizon_over_training": rollout["horizon_over_training"],
        "derivative_mse": record["test"]["derivative_mse"],
        "derivative_noise_floor": record["test"]["derivative_noise_floor"],
        "training_seconds": record["train"]["seconds"],
        "rollout_seconds": rollout["cost"]["seconds"],
        "command": " ".join(["python -m src.train", *overrides(system, model, seed)]),
        "git": record["run"]["git"],
    }


def drifts(rows: list[Row], system: str, model: str) -> dict[int, float]:
    """Return the median drift of each seed; infinite where most rollouts broke off."""
    return {
        r["seed"]: math.inf if r["energy_drift"] is None else r["energy_drift"]
        for r in rows
        if (r["system"], r["model"]) == (system, model)
    }


def passes(found: Ratio | None) -> bool:
    """Whether the drift is at most half the baseline's, and the interval lies below 1."""
    return found is not None and found.mean <= FACTOR and found.high < 1


def table(rows: list[Row]) -> str:
    """Return one line for each system as Markdown."""
    lines = [
        "| system | domain | model | its drift | baseline's | ratio (95 %) | at most half | "
        "seeds | non-finite |",
        "|---|---|---|---:|---:|---:|---|---:|---:|",
    ]
    for name, system in conservative_systems():
        theirs = drifts(rows, name, "baseline")
        tried = [m for m in STRUCTURED if drifts(rows, name, m)]
        if not tried or not theirs:
            continue
        ratios = {m: ratio(drifts(rows, name, m), theirs) for m in tried}
        model = next((m for m in tried if passes(ratios[m])), tried[0])
        found, ours = ratios[model], drifts(rows, name, model)
        interval = "-" if found is None else str(found)
        broken = sum(r["non_finite"] for r in rows if (r["system"], r["model"]) == (name, model))
        cells = [name, system.domain, model, _word(ours), _word(theirs), interval]
        cells += ["yes" if passes(found) else "**no**", str(len(ours)), str(broken)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _word(values: dict[int, float]) -> str:
    median = statistics.median(values.values())
    return f"{median:.2e}" if math.isfinite(median) else "broke off"


def main() -> None:
    """Run what is asked for; write results.json and the table of all that is there."""
    systems = [name for name, _ in conservative_systems()]
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--systems", nargs="*", default=systems)
    parser.add_argument("--models", nargs="*", help="default: made for it, and baseline")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "all_systems")
    asked = parser.parse_args()
    runs = asked.runs.resolve()
    fitting = {name: fitting_models(system) for name, system in conservative_systems()}
    jobs = [
        (system, model, seed)
        for system in asked.systems
        for model, seed in product(asked.models or chosen(fitting[system]), asked.seeds)
        if model in fitting[system]
    ]
    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(lambda j: train(runs / "{}_{}_s{}".format(*j), overrides(*j), LIMIT), jobs))
    old = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    known = {(r["system"], r["model"], r["seed"]): r for r in old}
    for job in product(systems, (*STRUCTURED, "baseline"), (*SEEDS, *MORE)):
        if made := row(runs, *job):
            known[job] = made
    rows = [known[job] for job in sorted(known)]
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")
    fill(HERE / "README.md", "table", table(rows))
    print(table(rows))


if __name__ == "__main__":
    main()
