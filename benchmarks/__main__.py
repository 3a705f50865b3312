"""Measure our speed against peers and their idioms, side by side.

    python -m benchmarks            all of it: results.json, the table in README.md, cost.png
    python -m benchmarks --quick    small sizes, for the results alone

Both sides of a case take turns on one thread; ratios are theirs over ours, medians over rounds with
quartiles. Peers that are not installed are left out: pip install -e .[bench].
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")  # one thread, as torch

import torch

from benchmarks import (
    mixed,
    processes,
    rollouts,
    simulation,
    training,
)
from benchmarks.case import Case, DisagreementError, Limit, measure
from experiments.runs import fill
from src.config.machine import keep_freed_memory
from src.kernels.kernel import Kernel

HERE = Path(__file__).resolve().parent
ROUNDS = 9
WORKS = {
    "training": training,
    "rollouts": rollouts,
    "mixed": mixed,
    "simulation": simulation,
    "processes": processes,
}


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes; nothing is written")
    parser.add_argument("--only", choices=WORKS, nargs="+", default=list(WORKS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    keep_freed_memory()
    Kernel.prepare(rollouts.KERNELS)
    kernel = Kernel.settle()
    found = [] if asked.quick else _earlier(asked.only)
    for work in asked.only:
        rounds = 1 if asked.quick else asked.rounds
        for row in measured(WORKS[work].cases(asked.quick), rounds):
            found.append({"group": work, "rounds": rounds, **row})
            if not asked.quick:  # after each: whoever stops here keeps what there is
                _write(found, kernel)


def _write(found: list[dict[str, Any]], kernel: bool) -> None:
    result = {
        "torch": torch.__version__,
        "processor": _processor(),
        "kernel": kernel,
        "cases": found,
    }
    (HERE / "results.json").write_text(json.dumps(result, indent=1) + "\n")
    fill(HERE / "README.md", "ratios", table(result))


def measured(cases: Iterator[Case | Limit], rounds: int) -> Iterator[dict[str, Any]]:
    """Yield what was found for each case; of one whose results differ, no speed is told."""
    for case in cases:
        try:
            row = measure(case, rounds)
        except DisagreementError as error:
            against = f", against {case.against}" if isinstance(case, Case) else ""
            print(f"{case.work}, {case.size}{against}: REFUSED, {error}", flush=True)
            continue
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
        met = found["median"] <= bar
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


def _earlier(again: list[str]) -> list[dict[str, Any]]:
    file = HERE / "results.json"
    rows = json.loads(file.read_text())["cases"] if file.is_file() else []
    return [row for row in rows if row["group"] not in again]


def _processor() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


if __name__ == "__main__":
    main()
