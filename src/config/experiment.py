"""From complete settings to the parts of a run, and whether they fit together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from hydra.utils import get_object

from ..data.source import Source
from ..integrators.base import IntegrationError, Integrator
from ..losses.penalised import Penalised
from ..mechanics.traits import REASONS, Trait
from ..models.base import Dynamics
from ..systems.base import Kinematics
from .build import build, takes_null
from .options import options, with_member

SMALLEST = {"width": 4, "members": 2}
"""Sizes of a model that do not matter to what it fits."""


@dataclass(frozen=True)
class Experiment:
    """What one run is about: a source of motions of a system, a model and how it moves."""

    kinematics: Kinematics
    source: Source
    model: Dynamics
    integrator: Integrator
    loss: Any


def build_experiment(settings: Mapping[str, Any]) -> Experiment:
    """Build all parts of a run from complete settings; the model has fresh weights.

    Raises:
        ValueError: if parts do not fit together, with the reason and what would fit.
    """
    source = build(settings["data"], "data")
    kinematics = build(settings["system"], "system")
    traits = source.traits(kinematics)
    target = get_object(settings["model"]["_target_"])
    if isinstance(target, type) and issubclass(target, Dynamics):
        check_traits(target, kinematics, traits)  # it may not even be built for such states
    spec = kinematics.model_spec
    if "inputs" not in traits:
        spec = spec.left_alone()
    model = build(settings["model"], "model", spec=spec)
    if source.coordinates is not None:
        kinematics.check_coordinates(source.coordinates)
        model.take(source.coordinates)
    check_fit(model, kinematics, traits)
    integrator = build(settings["integrator"], "integrator")
    loss = _loss(settings)
    model.check(lambda scored: loss.check(scored, integrator))
    _check_motion(model, integrator)
    return Experiment(kinematics, source, model, integrator, loss)


def _loss(settings: Mapping[str, Any]) -> Any:
    """Return what training makes small: the loss, with the penalties that were asked for."""
    loss = build(settings["loss"], "loss")
    asked = settings.get("penalty") or {}  # runs from before there were any have no such key
    return Penalised(loss, [build(asked[k], f"penalty.{k}") for k in asked]) if asked else loss


def check_fit(
    model: Dynamics, kinematics: Kinematics, more: frozenset[Trait] = frozenset()
) -> None:
    """Refuse a model that cannot represent the motions of a system, or not in its coordinates.

    Raises:
        ValueError: with the reason, and the models that fit.
    """
    check_traits(model, kinematics, more)
    kinematics.check_coordinates(model.coordinates)


def check_traits(
    model: Dynamics | type[Dynamics], kinematics: Kinematics, more: frozenset[Trait] = frozenset()
) -> None:
    """Refuse a model, or a kind of them, that cannot represent the motions of a system.

    ``more`` is what the data add to the traits of the system.

    Raises:
        ValueError: with the reason, and the models that fit.
    """
    traits = kinematics.traits | more
    lacking = sorted(traits - model.represents)
    if lacking:
        fitting = ", ".join(f"model={name}" for name in fitting_models(kinematics, more))
        raise ValueError(
            f"model={model.kind} cannot represent the motions of {type(kinematics).__name__}: "
            f"{'; and '.join(REASONS[trait] for trait in lacking)}. "
            f"Models that fit: {fitting or 'none yet'}."
        )


@dataclass(frozen=True)
class Candidate:
    """A model that may fit: its class, and what makes a small one of it."""

    target: Any
    make: Callable[..., Dynamics]

    def fits(self, kinematics: Kinematics, more: frozenset[Trait]) -> bool:
        """Whether it can represent the motions of a system, and what else they may have."""
        traits = kinematics.traits | more
        if isinstance(self.target, type) and issubclass(self.target, Dynamics):
            known = kinematics.model_spec.known
            if traits - self.target.represents:
                return False  # without building it
            if any(getattr(known, name) is None for name in self.target.needs):
                return False
        try:
            model = self.make(spec=kinematics.model_spec)
            if traits - model.represents:
                return False
            kinematics.check_coordinates(model.coordinates)
        except ValueError:
            return False
        return True


def candidates(models: Mapping[str, Mapping[str, Any]]) -> dict[str, Candidate]:
    """Return the models of these configs, ready to be tried on any number of systems."""
    return {
        name: Candidate(
            get_object(node["_target_"]), build({**shrunk(node), "_partial_": True}, "model")
        )
        for name, node in models.items()
    }


def fitting_models(
    kinematics: Kinematics,
    more: frozenset[Trait] = frozenset(),
    models: Mapping[str, Candidate] | None = None,
) -> list[str]:
    """Return the models that can represent the motions of a system, by name.

    ``models`` are all there are; None: those of ``conf/model``.
    """
    models = candidates(dict(options("model"))) if models is None else models
    return [name for name, model in models.items() if model.fits(kinematics, more)]


def shrunk(node: Mapping[str, Any]) -> dict[str, Any]:
    """Return the config of a model that fits what the given one fits, and costs next to nothing."""
    small = {**node, **{name: value for name, value in SMALLEST.items() if name in node}}
    if isinstance(member := node.get("member"), Mapping):
        small["member"] = shrunk(member)
    return small


def _check_motion(model: Dynamics, integrator: Integrator) -> None:
    """Refuse an integrator that the model cannot be judged with, before the model is trained."""
    try:
        with torch.no_grad():
            integrator.integrate(model, torch.zeros(1, model.spec.size), torch.tensor([0.0, 1e-3]))
    except IntegrationError:
        pass  # the pair fits: what an untrained model makes of this state says nothing


def complete(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which what the system leaves to the data (null) is read from them.

    Raises:
        ValueError: if the data do not tell it.
    """
    system = settings["system"]
    missing = [name for name, value in system.items() if value is None]
    if missing:
        described = build(settings["data"], "data").describe()
        target = get_object(system["_target_"])
        unknown = [n for n in missing if n not in described and not takes_null(target, n)]
        if unknown:
            raise ValueError(
                f"system.{unknown[0]} must be given: data of this kind do not tell it. "
                f"Recordings do: data=files data.path=<file>."
            )
        system = system | {name: described[name] for name in missing if name in described}
    outside = ("resume", "cache", "allow_external_targets", "sweep")
    kept = {key: value for key, value in settings.items() if key not in outside}
    data = _anchored(_anchored(settings["data"]), "judged_on")
    if isinstance(data.get("signal"), dict):
        data = data | {"signal": _anchored(data["signal"])}
    if "model" in settings:
        kept |= {"model": with_member(settings["model"])}
    return kept | {"system": system, "data": data}


def _anchored(read: dict[str, Any], key: str = "path") -> dict[str, Any]:
    """Return the settings of what is read from files with whole paths.

    A run is judged again from anywhere.
    """
    path = read.get(key)
    if path is None:
        return read
    paths = [path] if isinstance(path, str) else path
    whole = [str(Path(one).expanduser().absolute()) for one in paths]
    return read | {key: whole[0] if isinstance(path, str) else whole}
