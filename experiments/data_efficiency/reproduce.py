"""How much data does a structure save?

python -m experiments.data_efficiency.reproduce
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from src.reporting.comparison import compare
from src.reporting.group import Comparison
from src.reporting.plots.efficiency import AMOUNT, DRAWN, by_amount, efficiency
from src.reporting.plots.style import save
from src.reporting.quantities import Quantity
from src.reporting.record import Record, find_records

from ..runs import ROOT, fill

HERE = Path(__file__).parent
MODELS = [
    "hnn",
    "mass_matrix_hnn",
    "lnn",
    "delan",
    "sympnet",
    "second_order",
    "baseline",
    "nearest_neighbours",
]
SWEEP = [
    "experiment=data_efficiency",
    "system=pendulum",
    "data.trajectories=10,40,160",
    f"model={','.join(MODELS)}",
    "seed=0,1,2",
    "trainer.max_steps=800",
    "evaluation.horizon_over_training=2",
    "evaluation.trajectories=10",
    "evaluation.geometry_starts=1",
    "callbacks.energy_drift.every=1000",
    "logger=csv",
]
"""Of the experiment's own grid a part that takes a quarter of an hour of one core."""


def sweep(folder: Path) -> None:
    """Run what is not there yet; given again, it runs what is missing."""
    command = [sys.executable, "-m", "src.train", *SWEEP, f"hydra.sweep.dir='{folder}'"]
    subprocess.run(command, cwd=ROOT, check=True)


def row(record: Record) -> dict[str, Any]:
    """Return what results.json keeps of a run."""
    figures = {one.name: record.median(one.path) for one in DRAWN}
    kept = ("run.model", "run.seed", AMOUNT, "train.steps", "train.seconds", "run.git")
    return {name.partition(".")[2]: record.get(name) for name in kept} | figures


def table(comparison: Comparison, quantity: Quantity) -> str:
    """Return medians over seeds: a line for each model, a column for each number of motions."""
    lines = by_amount(comparison.groups, quantity)
    amounts = sorted({amount for points in lines.values() for amount, *_ in points})
    heads = ["model", *(f"{amount:g} motions" for amount in amounts)]
    rows = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * len(amounts)]
    for model, points in sorted(lines.items(), key=lambda line: _order(line[0])):
        found = {amount: middle for amount, middle, *_ in points}
        cells = [f"{found[a]:.2g}" if a in found else "-" for a in amounts]
        rows.append(f"| {' | '.join([model, *cells])} |")
    return "\n".join(rows)


def _order(label: str) -> int:
    return MODELS.index(label.partition(",")[0])


def main() -> None:
    """Run the sweep; write results, tables and picture."""
    parser = argparse.ArgumentParser(description="Figures by the number of training motions.")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "data_efficiency")
    folder = parser.parse_args().runs.resolve()
    sweep(folder)
    records = find_records([folder]).records
    comparison = compare(records)
    rows = sorted(map(row, records), key=lambda r: (r["model"], r["trajectories"], r["seed"]))
    (HERE / "results.json").write_text(json.dumps(rows, indent=1) + "\n")
    for quantity in DRAWN:
        fill(HERE / "README.md", quantity.name, table(comparison, quantity))
    save(efficiency(comparison), HERE / "data_efficiency.png")


if __name__ == "__main__":
    main()
