"""Train every model on every system with three seeds, and put the energy drifts into one table.

python -m experiments.energy_drift.reproduce            # everything: hours
python -m experiments.energy_drift.reproduce --noise 0.05 --systems mass_spring --jobs 2

Runs that are there already are kept, so that an interrupted reproduction goes on; of those that
are not, results.json keeps the rows that it has. Each row names the commit it was made with.
"""

from __future__ import annotations

import argparse
import json
import statistics
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any

from src.reporting.comparison import compare
from src.reporting.drift import panels
from src.reporting.plots.drift import energy_drift
from src.reporting.plots.style import save
from src.reporting.record import find_records

from ..runs import ROOT, fill, summary, train

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
SYSTEMS = ("mass_spring", "pendulum", "double_pendulum", "two_body")
MODELS = ("hnn", "lnn", "baseline")
SEEDS = (0, 1, 2)
NOISES = (0.05, 0.0)
ONE_DEGREE = ("mass_spring", "pendulum")
"""Followed to 100 training horizons as well; an LNN is slow, and nothing is claimed of it there."""

Job = tuple[float, str, str, int]


def job_of(figures: dict[str, Any]) -> Job:
    """Return the job that a row of results.json is of."""
    return figures["noise"], figures["system"], figures["model"], figures["seed"]


def overrides(job: Job) -> list[str]:
    """Return what a run changes of the defaults."""
    noise, system, model, seed = job
    far = system in ONE_DEGREE and model != "lnn"
    sets = ["in_distribution", "longer_horizon"] if far else ["in_distribution"]
    return [
        f"model={model}",
        f"system={system}",
        f"seed={seed}",
        f"data.noise={noise}",
        f"data.test_sets=[{','.join(sets)}]",
        "evaluation.longer_factor=10",
        "logger=csv",
    ]


def folder(runs: Path, job: Job) -> Path:
    """Return the run folder of a job."""
    noise, system, model, seed = job
    return runs / f"noise_{noise:g}" / f"{system}_{model}_s{seed}"


def row(runs: Path, job: Job) -> dict[str, Any] | None:
    """Return what the table needs of a run."""
    record = summary(folder(runs, job))
    if record is None:
        return None
    noise, system, model, seed = job
    figures: dict[str, Any] = {"noise": noise, "system": system, "model": model, "seed": seed}
    for name, test_set in record["test_sets"].items():
        figures[name] = {
            "horizon_over_training": test_set["horizon_over_training"],
            "energy_drift": test_set["energy_drift"]["rms_relative"]["median"],
            "non_finite": test_set["non_finite"],
            "trajectories": test_set["trajectories"],
        }
    figures |= record["test"]
    return figures | {
        "training_seconds": record["train"]["seconds"],
        "steps": record["train"]["steps"],
        "command": " ".join(["python -m src.train", *overrides(job)]),
        "git": record["run"]["git"],
    }


def median(rows: list[dict[str, Any]], *path: str) -> float | None:
    """Return the median over seeds of a figure."""
    values = []
    for figures in rows:
        node: Any = figures
        for key in path:
            node = node.get(key) if node else None
        values.append(node)
    return None if not values or None in values else statistics.median(values)


def table(rows: list[dict[str, Any]], noise: float) -> str:
    """Return the drifts at one level of noise as Markdown."""
    lines = [
        "| system | model | drift at 10x | over baseline | drift at 100x | over baseline | "
        "derivative error | non-finite | training (s) |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for system, model in product(SYSTEMS, MODELS):
        found = {
            kind: [
                r for r in rows if (r["noise"], r["system"], r["model"]) == (noise, system, kind)
            ]
            for kind in (model, "baseline")
        }
        ours, theirs = found[model], found["baseline"]
        if not ours:
            continue
        cells = [system, model]
        for name in ("in_distribution", "longer_horizon"):
            drift = median(ours, name, "energy_drift")
            base = median(theirs, name, "energy_drift")
            ratio = drift / base if drift and base and model != "baseline" else None
            cells += [_word(drift), "-" if ratio is None else f"1/{1 / ratio:.3g}"]
        broken = sum(r["in_distribution"]["non_finite"] for r in ours)
        cells += [_word(median(ours, "derivative_mse")), str(broken)]
        cells.append(f"{median(ours, 'training_seconds'):.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _word(value: float | None) -> str:
    return "-" if value is None else f"{value:.2e}"


def main() -> None:
    """Run what is asked for; write results.json, the tables and the figure of all that is there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--noise", type=float, nargs="*", default=list(NOISES))
    parser.add_argument("--systems", nargs="*", default=list(SYSTEMS))
    parser.add_argument("--models", nargs="*", default=list(MODELS))
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "energy_drift")
    asked = parser.parse_args()
    runs = asked.runs.resolve()
    jobs = list(product(asked.noise, asked.systems, asked.models, asked.seeds))
    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(lambda job: train(folder(runs, job), overrides(job)), jobs))
    known = {job_of(figures): figures for figures in json.loads(RESULTS.read_text())}
    rows = [row(runs, job) or known.get(job) for job in product(NOISES, SYSTEMS, MODELS, SEEDS)]
    found = [figures for figures in rows if figures is not None]
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    parts = {n: table(found, n) for n in NOISES if any(r["noise"] == n for r in found)}
    text = "\n\n".join(f"Measurement noise {100 * n:g} %:\n\n{part}" for n, part in parts.items())
    fill(HERE / "README.md", "table", text)
    fill(ROOT / "README.md", "table", parts[NOISES[0]])
    figure(runs / f"noise_{NOISES[0]:g}")
    print(text)


def figure(runs: Path) -> None:
    """Draw the energy error over time of all runs with noise."""
    comparison = compare(find_records([runs]).records)
    drawn, _ = panels(comparison)
    save(energy_drift(drawn), HERE / "energy_drift.png")


if __name__ == "__main__":
    main()
