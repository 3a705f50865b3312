"""The catalogue: every option found in conf/, built and asked what it can do."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_class
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from ..integrators.base import Integrator
from ..models.base import Dynamics
from ..models.step_map import StepMap
from ..systems.base import System
from .build import build
from .experiment import candidates, fitting_models, shrunk
from .options import options

WIDTH = 110
SIMPLEST = "mass_spring"
NAMES = 26
"""Width of the names of systems."""
FORMS = (
    "form: H(q, p) exists, L(q, v) exists, P: states that are no pairs (Poisson), C: constraints, "
    "D: dissipation, A: inputs that signal= drives, I: impacts. Conserved: without inputs."
)


COSTS = (
    "conserves: by its own motions, whatever the weights. Cost: of one rate or step, on the "
    "smallest system that fits."
)


def render(what: str, config_dir: str | None = None) -> str:
    """Return the catalogue of ``systems`` or ``models`` as text.

    Raises:
        ValueError: if the folder of own options does not exist.
    """
    if config_dir is not None and not Path(config_dir).is_dir():
        raise ValueError(f"--config-dir must name a folder; there is no {config_dir}.")
    tables = _systems(config_dir) if what == "systems" else [_models(config_dir)]
    text = io.StringIO()
    console = Console(file=text, width=WIDTH)
    for table in tables:
        console.print(table)
    console.print(FORMS if what == "systems" else COSTS, style="dim")
    return text.getvalue()


def _systems(config_dir: str | None) -> list[Table]:
    """Return a table for each domain, in the order of their names; one's own recordings last."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    models = candidates(dict(options("model", config_dir)))
    for name, node in options("system", config_dir):
        if None in node.values() and name == "recorded":
            fits = "all if masses are known or there is one position; else lnn, baseline"
            rows["your own"] = [(name, _summary(node), "any", "?", "unknown", fits)]
            continue
        system = build(node, "system")
        assert isinstance(system, System)
        conserved = ", ".join(_conserved(system)) or "nothing"
        fits = ", ".join(fitting_models(system, models=models))
        row = (name, _summary(node), _form(system), str(system.spec.dof), conserved, fits)
        rows.setdefault(system.domain, []).append(row)
    tables = []
    for domain in sorted(rows, key=lambda domain: (domain == "your own", domain)):
        table = Table(
            Column(domain, no_wrap=True, min_width=NAMES),
            Column("what it is", width=28),
            Column("form", width=7),
            Column("dof", width=4, justify="right"),
            Column("conserved", width=19, overflow="fold"),
            Column("models", width=15),
            box=SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
        )
        for row in rows[domain]:
            table.add_row(*row)
        tables.append(table)
    return tables


def _form(system: System) -> str:
    """Return what describes the motion, in the letters of ``FORMS``."""
    spec = system.spec
    letters = {
        "H": spec.paired,
        "L": system.regular,
        "P": not spec.paired,
        "C": "constraints" in system.traits,
        "D": "dissipation" in system.traits,
        "A": bool(spec.inputs),
        "I": system.impact is not None,
    }
    return " ".join(letter for letter, holds in letters.items() if holds)


def _conserved(system: System) -> list[str]:
    """Return what is conserved without inputs, the energy first."""
    if "dissipation" in system.traits:
        return []
    return [
        "energy",
        *system.invariants(system.sample_initial(1, torch.Generator().manual_seed(0))),
    ]


def _models(config_dir: str | None) -> Table:
    table = Table(
        Column("Models: model=<name>", no_wrap=True, style="bold"),
        Column("what it is"),
        box=SIMPLE_HEAD,
        padding=(0, 1, 1, 0),
    )
    integrators = {name: build(node, "integrator") for name, node in options("integrator")}
    losses = {name: build(node, "loss") for name, node in options("loss")}
    for name, node in options("model", config_dir):
        system = home(node)
        model = build(node, "model", spec=system.model_spec.left_alone())
        start = _start(system, model)
        follows = integrators["iterate" if model.learns == "map" else "dopri5"]
        fitting = [key for key, loss in losses.items() if _accepts(loss.check, model, follows)]
        steppers = [
            key
            for key, integrator in integrators.items()
            if integrator.symplectic
            and model.learns != "field"
            and _accepts(_step, integrator, model, start)
        ]
        lines = {
            "sees": _seen(model),
            "conserves": ", ".join(sorted(model.conserves)),
            "losses": ", ".join(fitting),
            "symplectic integrators": ", ".join(steppers),
            "cost": _cost(model, start),
        }
        told = (f"[dim]{key}:[/dim] {value}" for key, value in lines.items() if value)
        table.add_row(name, "\n".join([_summary(node), *told]))
    return table


def home(node: Mapping[str, Any]) -> System:
    """Return a system that a model can be built for: the simplest, or the smallest one that fits.

    Raises:
        ValueError: if it can be built for none, as it says itself of the simplest.
    """
    refusals = []
    for system in _systems_of_ours():
        try:
            build(shrunk(node), "model", spec=system.model_spec)
        except ValueError as error:
            refusals.append(error)
            continue
        return system
    raise refusals[0]


@cache
def _systems_of_ours() -> list[System]:
    """Return the systems of ``conf/system``, the simplest first, then by size; built once."""
    whole = {k: node for k, node in options("system") if None not in node.values()}
    systems = {name: build(node, "system") for name, node in whole.items()}
    order = sorted(systems, key=lambda name: (name != SIMPLEST, systems[name].spec.size))
    return [systems[name] for name in order]


def _seen(model: Dynamics) -> str:
    """Return the states that a model sees, what it must know, and what else it can represent."""
    if "poisson" in model.represents:
        seen = "any state"
    else:
        seen = "(q, p)" if model.coordinates == "canonical" else "(q, v)"
    more = sorted(model.needs) + sorted({"inputs"} & model.represents)
    return ", ".join([seen, *more])


def _cost(model: Dynamics, x: Tensor) -> str:
    """Return the number of weights, and the floating-point operations of one rate or step."""
    weights = sum(parameter.numel() for parameter in model.parameters())
    # The counter follows gradients of weights, which those of torch.func hide from it.
    model.requires_grad_(False)
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        model.step(x) if isinstance(model, StepMap) else model(torch.zeros(()), x)
    return f"{weights} weights, {counter.get_total_flops() / 1e3:.3g} kflop"


def _summary(node: dict[str, Any]) -> str:
    """Return the first line of the target's docstring, without markup."""
    line = (inspect.getdoc(get_class(node["_target_"])) or "").partition("\n")[0]
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", line).replace("`", "")


def _start(system: System, model: Dynamics) -> Tensor:
    """Return a state of the system, in the coordinates of the model."""
    x0 = system.sample_initial(1, torch.Generator().manual_seed(0))
    return (system.to_velocity(x0) if model.coordinates == "velocity" else x0).float()


def _step(integrator: Integrator, model: Dynamics, start: Tensor) -> None:
    integrator.integrate(model, start, torch.tensor([0.0, 1e-3]))


def _accepts(attempt: Callable[..., Any], *arguments: Any) -> bool:
    try:
        attempt(*arguments)
    except ValueError:
        return False
    return True
