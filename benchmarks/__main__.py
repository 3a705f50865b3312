"""Measure our speed against peers and their idioms, side by side.

    python -m benchmarks            all of it: results.json, the table in README.md, cost.png
    python -m benchmarks --quick    small sizes, for the results alone

Both sides of a case take turns on one thread, in time of the processor; ratios are theirs over
ours, medians over rounds with quartiles. Peers that are not installed are left out:
pip install -e .[bench].
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")  # one thread, as torch

import torch

from benchmarks import growth as growing
from benchmarks import (
    learned,
    memory,
    mixed,
    processes,
    rollouts,
    simulation,
    startup,
    training,
)
from benchmarks.case import Case, DisagreementError, Limit, measure, together
from experiments.runs import fill
from src.config.machine import keep_freed_memory
from src.kernels.kernel import Kernel
from src.reporting.plots.style import save

HERE = Path(__file__).resolve().parent
ROUNDS = 9
WORKS: dict[str, Callable[[bool], Iterator[Case | Limit | list[Case]]]] = {
    "hnn": training.hnn,
    "lnn": training.lnn,
    "overhead": training.overheads,
    "pendulum": partial(rollouts.of_torchdiffeq, rollouts.PENDULUM),
    "double_pendulum": partial(rollouts.of_torchdiffeq, rollouts.DOUBLE_PENDULUM),
    "diffrax": rollouts.of_diffrax,
    "torchode": rollouts.of_torchode,
    "learned": learned.cases,
    "mixed": mixed.cases,
    "simulation": simulation.cases,
    "memory": memory.cases,
    "processes": processes.cases,
    "startup": startup.cases,
}
"""What is compared, by the names of ``--only``; called with whether sizes are small."""


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    groups = [*WORKS, "growth"]
    parser.add_argument("--only", choices=groups, nargs="+", default=groups)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    keep_freed_memory()
    Kernel.prepare(rollouts.KERNELS)
    kernel, rounds = Kernel.settle(), 1 if asked.quick else asked.rounds
    for group in asked.only:
        if group == "growth":
            if not asked.quick:
                _write(kernel, growth=growing.grown(rounds))
            continue
        found: list[dict[str, Any]] = []
        for row in measured(WORKS[group](asked.quick), rounds):
            found.append({"group": group, "rounds": rounds, **row})
            if not asked.quick:  # after each: whoever stops here keeps what there is
                _write(kernel, found)


def _write(
    kernel: bool,
    found: Sequence[dict[str, Any]] = (),
    growth: Sequence[dict[str, Any]] | None = None,
) -> None:
    """Put what was found of a group, or of growth, in the place of what was known of it."""
    file, page = HERE / "results.json", HERE / "README.md"
    known = json.loads(file.read_text()) if file.is_file() else {"cases": []}
    groups, again = list(WORKS), {row["group"] for row in found}
    cases = [*(row for row in known["cases"] if row["group"] not in again), *found]
    result = {
        "torch": torch.__version__,
        "processor": _processor(),
        "kernel": kernel,
        "cases": sorted(cases, key=lambda row: groups.index(row["group"])),
        "growth": known.get("growth", []) if growth is None else growth,
    }
    file.write_text(json.dumps(result, indent=1) + "\n")
    fill(page, "ratios", table(result))
    if growth is not None:
        fill(page, "growth", growing.table(growth))
        save(growing.picture(growth), HERE / "cost.png")


def measured(cases: Iterator[Case | Limit | list[Case]], rounds: int) -> Iterator[dict[str, Any]]:
    """Yield what was found for each case; of one whose results differ, no speed is told."""
    for case in cases:
        try:
            rows = together(case, rounds) if isinstance(case, list) else [measure(case, rounds)]
        except DisagreementError as error:
            one = case[0] if isinstance(case, list) else case
            against = f", against {one.against}" if isinstance(one, Case) else ""
            print(f"{one.work}, {one.size}{against}: REFUSED, {error}", flush=True)
            continue
        for row in rows:
            print(" | ".join(_cells({"rounds": rounds, **row})), flush=True)
            yield row


def table(result: dict[str, Any]) -> str:
    """Return what was found as Markdown: ratios first, and then what is to stay below a limit."""
    head = f"{result['processor']}, torch {result['torch']}."
    ratios = [
        "| work | size | against | ratio | quartiles | rounds | bar | |",
        "|---|---|---|---:|---|---:|---:|---|",
    ]
    amounts = [
        "| work | size | amount | quartiles | rounds | at most | |",
        "|---|---|---:|---|---:|---:|---|",
    ]
    for row in result["cases"]:
        lines = ratios if "ratio" in row else amounts
        lines.append(f"| {' | '.join(_cells(row))} |")
    return "\n".join([head, "", *ratios, "", *amounts])


def _cells(row: dict[str, Any]) -> list[str]:
    """Return a row of one of the tables."""
    if "ratio" in row:
        found, bar, unit, compared = row["ratio"], row["bar"], "", [row["against"]]
        met = bar is None or found["median"] >= bar
    else:
        found, bar, unit, compared = row["amount"], row["at_most"], f" {row['unit']}", []
        met = bar is None or found["median"] <= bar
    return [
        row["work"],
        row["size"],
        *compared,
        f"{found['median']:.3g}{unit}",
        f"{found['low']:.3g} to {found['high']:.3g}",
        str(row["rounds"]),
        "" if bar is None else f"{bar:g}{unit}",
        "" if bar is None else "met" if met else "not met",
    ]


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


if __name__ == "__main__":
    main()
