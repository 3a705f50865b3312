"""The catalogue: every option found in conf/, built and asked what it can do."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_class
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from ..integrators.base import Integrator
from ..models.base import Dynamics
from ..systems.base import System
from .build import build
from .experiment import fitting_models
from .options import options

WIDTH = 110
NAMES = 26
"""Width of the names of systems."""
FORMS = (
    "form: H(q, p) exists, L(q, v) exists, P: states that are no pairs (Poisson), C: constraints, "
    "D: dissipation, A: inputs that signal= drives, I: impacts. Conserved: without inputs."
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
    if what == "systems":
        console.print(FORMS, style="dim")
    return text.getvalue()


def _table(title: str, *columns: str, whole: int) -> Table:
    """Return an empty table whose first columns keep to one line: names are there to be typed."""
    headed = [Column(name, no_wrap=i < whole, overflow="fold") for i, name in enumerate(columns)]
    return Table(*headed, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 1, 0))


def _systems(config_dir: str | None) -> list[Table]:
    """Return a table for each domain, in the order of their names; one's own recordings last."""
    rows: dict[str, list[tuple[str, ...]]] = {}
    for name, node in options("system", config_dir):
        if None in node.values() and name == "recorded":
            fits = "all if masses are known or there is one position; else lnn, baseline"
            rows["your own"] = [(name, _summary(node), "any", "?", "unknown", fits)]
            continue
        system = build(node, "system")
        assert isinstance(system, System)
        conserved = ", ".join(_conserved(system)) or "nothing"
        fits = ", ".join(fitting_models(system, config_dir=config_dir))
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
    columns = ("model", "what it is", "sees", "losses", "symplectic integrators")
    table = _table("Models: model=<name>", *columns, whole=1)
    system = build(dict(options("system"))["mass_spring"], "system")
    integrators = {name: build(node, "integrator") for name, node in options("integrator")}
    losses = {name: build(node, "loss") for name, node in options("loss")}
    for name, node in options("model", config_dir):
        model = build(node, "model", spec=system.model_spec)
        fitting = [
            key
            for key, loss in losses.items()
            if _accepts(loss.check, model, integrators["dopri5"])
        ]
        steppers = [
            key
            for key, integrator in integrators.items()
            if integrator.symplectic and _accepts(_step, integrator, model)
        ]
        pairs = "(q, p)" if model.coordinates == "canonical" else "(q, v)"
        sees = "any state" if "poisson" in model.represents else pairs
        table.add_row(name, _summary(node), sees, ", ".join(fitting), ", ".join(steppers) or "none")
    return table


def _summary(node: dict[str, Any]) -> str:
    """Return the first line of the target's docstring, without markup."""
    line = (inspect.getdoc(get_class(node["_target_"])) or "").partition("\n")[0]
    return re.sub(r":\w+:`~?([^`]*)`", r"\1", line)


def _step(integrator: Integrator, model: Dynamics) -> None:
    x0 = torch.full((1, model.spec.size), 0.5)
    integrator.integrate(model, x0, torch.tensor([0.0, 0.01]))


def _accepts(attempt: Callable[..., Any], *arguments: Any) -> bool:
    try:
        attempt(*arguments)
    except ValueError:
        return False
    return True
