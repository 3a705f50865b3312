"""The catalogue: every option found in conf/, built and asked what it can do."""

from __future__ import annotations

import inspect
import io
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


def render(what: str, config_dir: str | None = None) -> str:
    """Return the catalogue of ``systems`` or ``models`` as text.

    Raises:
        ValueError: if the folder of own options does not exist.
    """
    if config_dir is not None and not Path(config_dir).is_dir():
        raise ValueError(f"--config-dir must name a folder; there is no {config_dir}.")
    table = _systems(config_dir) if what == "systems" else _models(config_dir)
    text = io.StringIO()
    Console(file=text, width=WIDTH).print(table)
    return text.getvalue()


def _table(title: str, *columns: str, whole: int) -> Table:
    """Return an empty table whose first columns keep to one line: names are there to be typed."""
    headed = [Column(name, no_wrap=i < whole, overflow="fold") for i, name in enumerate(columns)]
    return Table(*headed, title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 1, 0))


def _systems(config_dir: str | None) -> Table:
    columns = ("system", "domain", "what it is", "dof", "conserved", "models that fit")
    table = _table("Systems: system=<name>", *columns, whole=2)
    for name, node in options("system", config_dir):
        if None in node.values():
            fits = "all if masses are known or there is one position; else lnn, baseline"
            table.add_row(name, "yours", _summary(node), "any", "unknown", fits)
            continue
        system = build(node, "system")
        assert isinstance(system, System)
        conserved = ", ".join(("energy", *_invariants(system)))
        fits = ", ".join(fitting_models(system, config_dir=config_dir))
        table.add_row(name, system.domain, _summary(node), str(system.spec.dof), conserved, fits)
    return table


def _models(config_dir: str | None) -> Table:
    columns = ("model", "what it is", "sees", "losses", "symplectic integrators")
    table = _table("Models: model=<name>", *columns, whole=1)
    system = build(dict(options("system"))["mass_spring"], "system")
    integrators = {name: build(node, "integrator") for name, node in options("integrator")}
    losses = {name: build(node, "loss") for name, node in options("loss")}
    for name, node in options("model", config_dir):
        model = build(node, "model", spec=system.spec)
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
    return (inspect.getdoc(get_class(node["_target_"])) or "").partition("\n")[0]


def _invariants(system: System) -> list[str]:
    return list(system.invariants(system.sample_initial(1, torch.Generator().manual_seed(0))))


def _step(integrator: Integrator, model: Dynamics) -> None:
    x0 = torch.full((1, model.spec.size), 0.5)
    integrator.integrate(model, x0, torch.tensor([0.0, 0.01]))


def _accepts(attempt: Callable[..., Any], *arguments: Any) -> bool:
    try:
        attempt(*arguments)
    except ValueError:
        return False
    return True
