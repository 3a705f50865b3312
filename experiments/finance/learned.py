"""What learned energies are worth in finance: each claim's systems, models and bars.

python -m experiments.finance.learned --claims interest_rates --seeds 0 1 2 --jobs 2
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..runs import ROOT, fill, summary, train

HERE = Path(__file__).parent
SEEDS = (0, 1, 2)
NOISY, ADAM = "1 % noise", "by Adam"
VARIED = {NOISY: "data.noise=0.01", ADAM: "optimizer=adam"}
"""What is added to the name of a model whose training differs, and how it does."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Bar:
    """What is asked of the median over seeds of a curve's error, in the unit of its errors."""

    most: float
    figure: Literal["rms", "max"] = "max"


@dataclass(frozen=True)
class Claim:
    """Models on systems, each judged by the curves that follow from its energy."""

    models: Mapping[str, Sequence[str]]
    """Of each system; a name may end as in :data:`VARIED`."""
    bars: Mapping[tuple[str, str, str], Bar] = field(default_factory=dict)
    """By system, curve and model."""

    def bar(self, system: str, curve: str, model: str) -> Bar | None:
        """Return what is asked: of noise-free motions, however they are learned from."""
        name, _, how = model.partition(" ")
        return None if how == NOISY else self.bars.get((system, curve, name))

    def jobs(self) -> list[tuple[str, str]]:
        """Return the pairs of system and model."""
        return [(system, model) for system, models in self.models.items() for model in models]


AFFINE = ("hnn", f"hnn {NOISY}", "generator_hnn", "lnn_pinned", "lnn", "baseline")
"""For diffusions of one rate or intensity by which something is discounted or killed."""
CLAIMS: dict[str, Claim] = {
    "asset_pricing": Claim(
        {
            "heston_log_price": [
                "martingale_hnn",
                f"martingale_hnn {NOISY}",
                "generator_hnn",
                "hnn",
                "lnn",
                "baseline",
            ],
            "ramsey_growth": ["hnn", f"hnn {NOISY}", "lnn", "baseline"],
        },
        {("heston_log_price", "forward", "martingale_hnn"): Bar(1e-12)},
    ),
    "derivatives": Claim(
        {
            "sabr_geodesic": [
                "geodesic_hnn",
                f"geodesic_hnn {NOISY}",
                "mass_matrix_hnn",
                "hnn",
                f"hnn {NOISY}",
                "lnn",
                "baseline",
            ],
            "heston_short_maturity": [
                "noise_hnn",
                f"noise_hnn {NOISY}",
                f"noise_hnn {ADAM}",
                "geodesic_hnn",
                "hnn",
                "lnn",
                "baseline",
            ],
            "heston_smile": [
                "martingale_generator_hnn",
                f"martingale_generator_hnn {NOISY}",
                f"martingale_generator_hnn {ADAM}",
                "martingale_hnn",
                f"martingale_hnn {ADAM}",
                "hnn",
                f"hnn {ADAM}",
                "lnn",
                "baseline",
            ],
        },
        {
            ("sabr_geodesic", "smile", "geodesic_hnn"): Bar(1, "rms"),
            ("heston_short_maturity", "smile", "noise_hnn"): Bar(2, "rms"),
            ("heston_short_maturity", "smile", "geodesic_hnn"): Bar(2, "rms"),
            ("heston_smile", "smile", "martingale_generator_hnn"): Bar(5),
            ("heston_smile", "smile", "martingale_hnn"): Bar(5),
        },
    ),
    "market_trend": Claim(
        {
            "goodwin_cycle": ["hnn", f"hnn {NOISY}", "separable_hnn", "lnn", "baseline"],
            "beja_goldman": [
                "dissipative_hnn",
                f"dissipative_hnn {NOISY}",
                "port_hnn",
                "baseline",
            ],
        },
        {
            ("goodwin_cycle", "period", "hnn"): Bar(0.1),
            ("beja_goldman", "critical_strength", "dissipative_hnn"): Bar(1),
        },
    ),
    "volatility": Claim(
        {
            system: ["hnn", f"hnn {NOISY}", "generator_hnn", "lnn", "baseline"]
            for system in ("heston_variance", "log_ou_variance")
        },
        {("heston_variance", "vix", model): Bar(0.05) for model in ("generator_hnn", "hnn")},
    ),
    "portfolio": Claim(
        {
            "garleanu_pedersen": [
                "hnn",
                f"hnn {NOISY}",
                f"hnn {ADAM}",
                "generator_hnn",
                "lnn",
                "baseline",
            ],
            "kim_omberg": ["hnn", f"hnn {NOISY}", "generator_hnn", "lnn", "baseline"],
        },
        {("kim_omberg", "hedging_demand", model): Bar(1) for model in ("hnn", "generator_hnn")}
        | {
            ("garleanu_pedersen", f"{curve}_{asset}", model): Bar(0.5)
            for curve in ("holding", "endless")
            for asset in (1, 2, 3)
            for model in ("hnn", "generator_hnn")
        },
    ),
    "algorithmic_trading": Claim(
        {
            system: ["separable_lnn", f"separable_lnn {NOISY}", "hnn", "lnn", "baseline"]
            for system in ("almgren_chriss", "almgren_chriss_power")
        },
        {
            (system, curve, model): Bar(most)
            for system in ("almgren_chriss", "almgren_chriss_power")
            for curve, most in (("schedule", 0.5), ("cost", 0.1))
            for model in ("separable_lnn", "hnn")
        },
    ),
    "stress_testing": Claim(
        {
            system: ["hnn", f"hnn {NOISY}", "generator_hnn", "lnn", "baseline"]
            for system in ("heston_crash", "ou_reverse_stress")
        },
        {
            (system, "relative_entropy", model): Bar(1)
            for system in ("heston_crash", "ou_reverse_stress")
            for model in ("hnn", "generator_hnn")
        },
    ),
    "credit_risk": Claim(
        {
            "cir_intensity": AFFINE,
            "defaultable_bond": [
                "hnn",
                f"hnn {NOISY}",
                f"hnn {ADAM}",
                "generator_hnn",
                "lnn_pinned",
                "lnn",
                "baseline",
            ],
        },
        {
            (system, curve, model): Bar(0.5)
            for system, curve in (
                ("cir_intensity", "cds"),
                ("defaultable_bond", "cds"),
                ("defaultable_bond", "defaultable_zero"),
            )
            for model in ("hnn", "generator_hnn")
        },
    ),
    "interest_rates": Claim(
        {
            "vasicek": AFFINE,
            "cir": AFFINE,
        },
        {
            (system, "zero_yield", model): Bar(most)
            for system in ("vasicek", "cir")
            for model, most in (("hnn", 0.5), ("lnn_pinned", 1.0))
        },
    ),
}


def overrides(system: str, model: str, seed: int) -> list[str]:
    """Return what a run changes of the defaults, which have no noise: what its name says."""
    name, _, how = model.partition(" ")
    varied = [VARIED[how]] if how else []
    return [f"model={name}", f"system={system}", *varied, f"seed={seed}", "logger=csv"]


def row(place: Path, system: str, model: str, seed: int) -> Row | None:
    """Return what results.json keeps of a run; None if it did not finish."""
    record = summary(place)
    if record is None:
        return None
    curves = {
        name: {
            "unit": curve["unit"],
            "error": curve["error"] and {k: curve["error"][k] for k in ("rms", "max", "unit")},
            "reason": curve["reason"],
        }
        for name, curve in record["curves"].items()
    }
    quantities = {
        name: {key: quantity[key] for key in ("true", "model", "unit")}
        for name, quantity in record["quantities"].items()
    }
    return {
        "system": system,
        "model": model,
        "seed": seed,
        "curves": curves,
        "quantities": quantities,
        "derivative_mse": record["test"]["derivative_mse"],
        "training_seconds": record["train"]["seconds"],
        "command": record["run"]["command"],
        "git": record["run"]["git"],
    }


def table(rows: Sequence[Row], claim: Claim) -> str:
    """Return a line for each curve of each system and model as Markdown."""
    heads = ["system", "curve", "model", "rms error", "largest error", "bar", "training"]
    lines = [f"| {' | '.join(heads)} |", "|---|---|---|---:|---:|---:|---:|"]
    reasons: dict[str, None] = {}
    for system, model in claim.jobs():
        own = [r for r in rows if (r["system"], r["model"]) == (system, model)]
        if not own:
            continue
        seconds = f"{statistics.median(r['training_seconds'] for r in own):.0f} s"
        for name, first in own[0]["curves"].items():
            errors = [r["curves"][name]["error"] for r in own]
            reasons |= {first["reason"]: None} if first["reason"] else {}
            bar = claim.bar(system, name, model)
            cells = [_cell(errors, figure, bar) for figure in ("rms", "max")]
            asked = "" if bar is None else f"{bar.figure} {bar.most:g}"
            line = [system, name.replace("_", " "), model, *cells, asked, seconds]
            lines.append(f"| {' | '.join(line)} |")
        for name in own[0]["quantities"]:
            off = [_relative(r["quantities"][name]) for r in own]
            bar = claim.bar(system, name, model)
            errors = [None if x is None else {"max": x, "unit": "%"} for x in off]
            asked = "" if bar is None else f"max {bar.most:g}"
            line = [system, name.replace("_", " "), model, "", _cell(errors, "max", bar), asked]
            lines.append(f"| {' | '.join([*line, seconds])} |")
    notes = [f"\nNo figure (-): {reason}" for reason in reasons]
    return "\n".join([*lines, *notes])


def _relative(quantity: Mapping[str, Any]) -> float | None:
    true, model = quantity["true"], quantity["model"]
    return None if true is None or model is None else 100 * abs(model / true - 1)


def _cell(errors: Sequence[Mapping[str, Any] | None], figure: str, bar: Bar | None) -> str:
    """Return the median over seeds and its range; bold where a bar is met."""
    held = [error[figure] for error in errors if error is not None]
    if not held:
        return "-"
    middle, unit = statistics.median(held), next(e["unit"] for e in errors if e is not None)
    words = f"{middle:.2g}"
    asked = bar is not None and bar.figure == figure and len(held) == len(SEEDS)
    met = asked and bar is not None and middle <= bar.most
    words = f"**{words}**" if met else words
    spread = f" ({min(held):.2g} to {max(held):.2g})" if len(held) > 1 else ""
    lost = f", {len(errors) - len(held)} without" if len(held) < len(errors) else ""
    return f"{words}{spread} {unit}".rstrip() + lost


def main() -> None:
    """Train what is asked for; write results and tables of every claim that has any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", nargs="*", default=list(CLAIMS), choices=list(CLAIMS))
    parser.add_argument("--models", nargs="*", help="only these")
    parser.add_argument("--seeds", type=int, nargs="*", default=list(SEEDS))
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument("--limit", type=float, help="longest run, in s")
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "learned")
    asked = parser.parse_args()
    runs = asked.runs.resolve()

    def place(system: str, model: str, seed: int) -> Path:
        return runs / system / f"{model.replace(' ', '_').replace('%', 'percent')}_s{seed}"

    every = [
        (system, model, seed)
        for name in asked.claims
        for system, model in CLAIMS[name].jobs()
        for seed in SEEDS
    ]
    wanted = [
        job
        for job in every
        if job[2] in asked.seeds and (asked.models is None or job[1] in asked.models)
    ]
    wanted.sort(key=lambda job: job[2])  # seed by seed, so that what is broken off compares all
    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(lambda job: train(place(*job), overrides(*job), asked.limit), wanted))
    for name in asked.claims:
        write(name, place)


def write(name: str, place: Any) -> None:
    """Put what there is of a claim into its results and its page; rows of runs not here stay."""
    folder, claim = HERE / name, CLAIMS[name]
    results = folder / "learned.json"
    old = json.loads(results.read_text()) if results.is_file() else []
    known = {(r["system"], r["model"], r["seed"]): r for r in old}
    jobs = [(system, model, seed) for system, model in claim.jobs() for seed in SEEDS]
    rows = [row(place(*job), *job) or known.get(job) for job in jobs]
    found = [r for r in rows if r is not None]
    if not found:
        return
    folder.mkdir(exist_ok=True)
    for system, models in claim.models.items():  # of the first model and seed
        figure = place(system, models[0], SEEDS[0]) / "figures" / "curves.png"
        if figure.is_file():
            shutil.copy(figure, folder / f"{system}.png")
    results.write_text(json.dumps(found, indent=1) + "\n")
    fill(folder / "README.md", "learned", table(found, claim))
    print(f"{name}\n{table(found, claim)}\n")


if __name__ == "__main__":
    main()
