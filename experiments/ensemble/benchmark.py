"""Time the training of eight HNNs at once against eight one after the other.

python -m experiments.ensemble.benchmark

Both take the same optimizer steps on the same batches of a pendulum, through the same code that
trains; each at its best number of threads. In turns, medians over rounds; both sides end with the
same loss, up to rounding.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from src.config.machine import keep_freed_memory
from src.integrators.ode_solver import ODESolver
from src.losses.derivative import DerivativeLoss
from src.models.base import Dynamics
from src.models.ensemble import Ensemble
from src.models.hnn import HNN
from src.systems.pendulum import Pendulum

from ..runs import fill

HERE = Path(__file__).resolve().parent
MEMBERS, WIDTH, STEPS, ROUNDS = 8, 64, 100, 7
BATCHES = (32, 256)
THREADS = (1, 2)
AGREE = 1e-2
"""Largest relative difference of their losses: the same work, in float32, rounded differently."""


def train(model: Dynamics, data: list[tuple[Tensor, ...]]) -> tuple[float, float]:
    """Take a step on each batch, and return the last loss and the seconds."""
    loss, integrator = DerivativeLoss(), ODESolver("rk4")
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    start, value = time.perf_counter(), torch.zeros(())
    for batch in data:
        value = model.averaged(lambda one: loss(one, integrator, *batch))  # noqa: B023
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
        optimizer.step()
    return float(value.detach()), time.perf_counter() - start


def batches(size: int) -> list[tuple[Tensor, ...]]:
    """Return states and rates of a pendulum, a batch for each step."""
    system = Pendulum()
    draw = torch.Generator().manual_seed(0)
    x = system.sample_initial(STEPS * size, draw)
    dx = system.rate(x, None)
    t = torch.zeros(size, 1)
    parts = zip(x.float().split(size), dx.float().split(size), strict=True)
    return [(t, states[:, None], rates[:, None]) for states, rates in parts]


def ensemble(data: list[tuple[Tensor, ...]]) -> Ensemble:
    """Return untrained members, the same on every call."""
    torch.manual_seed(0)
    made = Ensemble(Pendulum().spec, partial(HNN, width=WIDTH), MEMBERS)
    made.fit_scaling(*(torch.cat([batch[k][:, 0] for batch in data]) for k in (1, 2)))
    return made


def compare(size: int, rounds: int = ROUNDS) -> dict[str, object]:
    """Return medians of seconds for each number of threads, and the ratio at the best of each."""
    data = batches(size)
    seconds: dict[tuple[str, int], list[float]] = {
        (side, threads): [] for side in ("together", "apart") for threads in THREADS
    }
    for number in range(rounds + 1):
        for threads in THREADS:
            torch.set_num_threads(threads)
            whole = ensemble(data)
            alone = whole.members()
            ours, together = train(whole, data)
            losses, times = zip(*(train(member, data) for member in alone), strict=True)
            theirs, apart = statistics.mean(losses), sum(times)
            if number:  # the first round warms up
                seconds["together", threads].append(together)
                seconds["apart", threads].append(apart)
            if abs(ours - theirs) > AGREE * theirs:
                raise RuntimeError(f"both must learn alike; their losses are {ours}, {theirs}.")
    medians = {key: statistics.median(values) for key, values in seconds.items()}
    best = {
        side: min(THREADS, key=lambda threads: medians[side, threads])
        for side in ("together", "apart")
    }
    ratios = [
        mine / theirs
        for mine, theirs in zip(
            seconds["together", best["together"]], seconds["apart", best["apart"]], strict=True
        )
    ]
    return {
        "batch": size,
        "seconds": {
            f"{side}, {threads} threads": medians[side, threads] for side, threads in medians
        },
        "threads": best,
        "ratio": {
            "median": statistics.median(ratios),
            "least": min(ratios),
            "greatest": max(ratios),
        },
    }


def table(found: dict[str, Any]) -> str:
    """Return the ratios as Markdown."""
    lines = [
        "| batch | ratio | least to greatest | threads (together, apart) |",
        "|---:|---:|---|---|",
    ]
    for one in found["batches"]:
        ratio, threads = one["ratio"], one["threads"]
        lines.append(
            f"| {one['batch']} | {ratio['median']:.2f} | {ratio['least']:.2f} to "
            f"{ratio['greatest']:.2f} | {threads['together']}, {threads['apart']} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Compare at every batch size, and write results.json."""
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    keep_freed_memory()
    found = {
        "members": MEMBERS,
        "width": WIDTH,
        "steps": STEPS,
        "rounds": ROUNDS,
        "torch": torch.__version__,
        "batches": [compare(size) for size in BATCHES],
    }
    (HERE / "results.json").write_text(json.dumps(found, indent=1) + "\n")
    fill(HERE / "README.md", "ratios", table(found))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
