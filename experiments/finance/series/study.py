"""Forecasts of several models of several series, judged against a random walk."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, TypeVar

import numpy as np
import torch

from . import nets
from .comparison import Test, confidence_set, diebold_mariano, holm, rmse
from .data import Array
from .kept import Found, kept
from .nets import Net, NetHNN, NetLNN, NetOM
from .regressions import AR1, HAR, Conservative2, CubicOM, Damped2, RandomWalk
from .walk import Walk

Row = dict[str, Any]
T = TypeVar("T")
SEEDS = (0, 1, 2)
NETS = {"net HNN": NetHNN, "net LNN": NetLNN, "net OM": NetOM}
REGRESSIONS = {
    "RW": RandomWalk,
    "AR(1) / OM": AR1,
    "HAR": HAR,
    "OM cubic": CubicOM,
    "conservative2": Conservative2,
    "damped2": Damped2,
}
MODELS = (*REGRESSIONS, *NETS)
RUNAWAY = 1e3
"""An error this many times a random walk's is no forecast."""


@dataclass(frozen=True)
class Case:
    """A series, and how it is walked through."""

    load: Callable[[], Array]
    walk: Walk
    windows: tuple[int, ...]
    """Averages of HAR."""
    net_refit: int
    """Origins from one fit of a net to the next."""


def forecast(case: Case, model: str, seed: int) -> Found:
    """Walk one model through a series."""
    series = case.load()
    if model in NETS:
        walk = replace(case.walk, refit=case.net_refit)

        def made() -> Found:
            net: Net = NETS[model](seed)
            return Found(walk.forecasts(series, lambda: net), net.clipped)

        return kept(series, f"{walk} {model} {seed} {nets.settings()}", made)
    make = REGRESSIONS[model]
    return Found(
        case.walk.forecasts(series, lambda: make(case.windows) if make is HAR else make()), 0
    )


def forecasts(
    cases: Mapping[str, Case], jobs: int, models: Sequence[str] = MODELS
) -> dict[tuple[str, str], list[Found]]:
    """Return the forecasts of each (series, model), one for each seed of a net."""
    todo = [(c, m, s) for c, m in product(cases, models) for s in (SEEDS if m in NETS else (0,))]
    # The longest first.
    todo.sort(key=lambda job: (job[1] != "net LNN", job[1] != "net HNN"))
    made: dict[tuple[str, str], list[Found]] = {}
    for job, found in side_by_side(forecast, [(cases[c], m, s) for c, m, s in todo], jobs):
        made.setdefault(todo[job][:2], []).append(found)
        print(f"done: {', '.join(map(str, todo[job]))}", flush=True)
    return made


def side_by_side(
    work: Callable[..., T], todo: Sequence[tuple[Any, ...]], jobs: int
) -> Iterator[tuple[int, T]]:
    """Yield number and outcome of each piece of work, in order; each on one thread."""
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_alone, work, arguments) for arguments in todo]
        yield from ((i, future.result()) for i, future in enumerate(futures))


def _alone(work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
    torch.set_num_threads(1)
    return work(*arguments)


def judge(
    cases: Mapping[str, Case], made: Mapping[tuple[str, str], list[Found]], rivals: Sequence[str]
) -> list[Row]:
    """Return a row for each series, horizon and model; nets by the mean forecast of their seeds.

    ``rivals`` are the models against which each is tested; the first is the random walk, and the
    p-values against each rival are adjusted for their number in the whole study.
    """
    rows = [
        row
        for name, case in cases.items()
        for column in range(len(case.walk.horizons))
        for row in _rows(
            name, case, column, {m: made[name, m] for m in MODELS if (name, m) in made}, rivals
        )
    ]
    for rival in rivals:
        tests = [row["tests"][rival] for row in rows if rival in row["tests"]]
        for test, adjusted in zip(tests, holm([t["p"] for t in tests]), strict=True):
            test["holm"] = adjusted
    return rows


def _rows(
    name: str, case: Case, column: int, found: Mapping[str, list[Found]], rivals: Sequence[str]
) -> list[Row]:
    targets, h = case.walk.targets(case.load())[:, column], case.walk.horizons[column]
    inside = np.isfinite(targets)
    errors = {
        model: [targets[inside] - one.forecasts[inside, column] for one in ones]
        for model, ones in found.items()
    }
    mean = {model: np.mean(ones, axis=0) for model, ones in errors.items()}
    base = rmse(mean[rivals[0]])
    whole = {m: e**2 for m, e in mean.items() if rmse(e) < RUNAWAY * base}  # NaN is not
    best = confidence_set(whole)
    return [
        {
            "series": name,
            "h": h,
            "n": int(inside.sum()),
            "model": model,
            "rmse": rmse(mean[model]) if model in whole else None,
            "ratio": rmse(mean[model]) / base if model in whole else None,
            "seeds": [rmse(e) / base for e in errors[model]] if model in NETS else None,
            "clipped": sum(one.clipped for one in found[model]),
            "in_confidence_set": model in best,
            "tests": {
                rival: record(diebold_mariano(whole[model], whole[rival], h))
                for rival in rivals
                if model in whole and model != rival
            },
        }
        for model in found
    ]


def record(test: Test) -> Row:
    """Return what results.json keeps of a test."""
    return {"dm": test.statistic, "p": test.p}


def table(rows: Sequence[Row], rival: str) -> str:
    """Return one line for each series and horizon as Markdown.

    Ratios of errors to the rival's, with the test's statistic and p-value; for a net the smallest
    and largest ratio of its seeds. Bold: better, and so after Holm's adjustment at 5 %. A star: in
    the 90 % confidence set.
    """
    models = [m for m in dict.fromkeys(row["model"] for row in rows) if m != rival]
    heads = ["series", "h", "n", f"{rival} RMSE", *models]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    for name, h in dict.fromkeys((row["series"], row["h"]) for row in rows):
        own = {r["model"]: r for r in rows if (r["series"], r["h"]) == (name, h)}
        base = own[rival]
        star = "\\*" if base["in_confidence_set"] else ""
        cells = [name, str(h), str(base["n"]), f"{base['rmse']:.4f}{star}"]
        lines.append(f"| {' | '.join(cells + [cell(own[m], base, rival) for m in models])} |")
    return "\n".join(lines)


def cell(row: Row, base: Row, rival: str) -> str:
    """Return what the table says of one model."""
    if row["rmse"] is None:
        return "ran away"
    ratio, test = row["rmse"] / base["rmse"], row["tests"][rival]
    text = f"{ratio:.3f}"
    if ratio < 1 and test["holm"] < 0.05:
        text = f"**{text}**"
    star = "\\*" if row["in_confidence_set"] else ""
    if row["seeds"] is not None:
        scale = base["ratio"]
        text += f" ({min(row['seeds']) / scale:.3f} to {max(row['seeds']) / scale:.3f})"
    return f"{text}{star} [{test['dm']:+.2f}, {probability(test['p'])}]"


def probability(p: float) -> str:
    """Write a p-value."""
    return "<0.001" if p < 1e-3 and math.isfinite(p) else f"{p:.3f}"
