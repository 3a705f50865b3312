"""The catalogue: every option found in conf/, built and asked what it can do."""

from __future__ import annotations

import inspect
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_class
from omegaconf import OmegaConf
from rich.console import Console
from rich.table import Table

from ..models.base import Dynamics
from ..systems.base import Kinematics, System
from .build import build
from .paths import CONF

WIDTH = 110


def options(group: str, config_dir: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the config of every option of a group, also from a folder of the user's."""
    folders = [CONF, *([Path(config_dir)] if config_dir else [])]
    files = {file.stem: file for folder in folders for file in (folder / group).glob("*.yaml")}
    for name, file in sorted(files.items()):
        node = OmegaConf.to_container(OmegaConf.load(file))
        if isinstance(node, dict) and "_target_" in node:
            yield name, {str(key): value for key, value in node.items()}


def render(what: str, config_dir: str | None = None) -> str:
    """Return the catalogue of ``systems`` or ``models`` as text."""
    table = _systems(config_dir) if what == "systems" else _models(config_dir)
    text = io.StringIO()
    Console(file=text, width=WIDTH).print(table)
    return text.getvalue()


def _systems(config_dir: str | None) -> Table:
    table = Table("system", "what it is", "dof", "conserved", "models that fit", title="systems")
    example = {name: node for name, node in options("model", config_dir)}
    for name, node in options("system", config_dir):
        if None in node.values():
            fits = "hnn, baseline (one dof or data.mass); lnn and velocity baseline always"
            table.add_row(name, _summary(node), "any", "unknown", fits)
            continue
        system = build(node, "system")
        conserved = ", ".join(("energy", *_invariants(system)))
        fits = ", ".join(m for m, config in example.items() if _fits(config, system))
        table.add_row(name, _summary(node), str(system.spec.dof), conserved, fits)
    return table


def _models(config_dir: str | None) -> Table:
    table = Table("model", "what it is", "sees", "losses", "symplectic integrators", title="models")
    system = build(dict(options("system"))["mass_spring"], "system")
    integrators = {name: build(node, "integrator") for name, node in options("integrator")}
    losses = {name: build(node, "loss") for name, node in options("loss")}
    default = integrators["dopri5"]
    for name, node in options("model", config_dir):
        model = build(node, "model", spec=system.spec)
        fitting = [k for k, loss in losses.items() if _accepts(lambda: loss.check(model, default))]
        steppers = [
            k for k, i in integrators.items() if i.symplectic and _accepts(lambda: _try(i, model))
        ]
        sees = "(q, p)" if model.coordinates == "canonical" else "(q, v)"
        table.add_row(name, _summary(node), sees, ", ".join(fitting), ", ".join(steppers) or "none")
    return table


def _summary(node: dict[str, Any]) -> str:
    return (inspect.getdoc(get_class(node["_target_"])) or "").partition("\n")[0]


def _invariants(system: Kinematics) -> list[str]:
    if not isinstance(system, System):
        return []
    return list(system.invariants(system.sample_initial(1, torch.Generator().manual_seed(0))))


def _fits(config: dict[str, Any], system: Kinematics) -> bool:
    return _accepts(lambda: build(config, "model", spec=system.spec))


def _try(integrator: Any, model: Dynamics) -> None:
    x0 = torch.full((1, model.spec.size), 0.5)
    integrator.integrate(model, x0, torch.tensor([0.0, 0.01]))


def _accepts(attempt: Any) -> bool:
    try:
        attempt()
    except ValueError:
        return False
    return True
