"""From a composed config to the objects that it names."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from ..data.source import Source
from ..integrators.base import Integrator
from ..models.base import Dynamics
from ..systems.base import Kinematics


@dataclass(frozen=True)
class Experiment:
    """What one run is about: a source of motions of a system, a model and how it moves."""

    kinematics: Kinematics
    source: Source
    model: Dynamics
    integrator: Integrator
    loss: Any


def plain(node: Any) -> Any:
    """Return a config node as plain dicts and lists, resolved."""
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def build(node: Any, key: str, **filled: Any) -> Any:
    """Instantiate ``node``, the config at ``key``, after checking its values against the target.

    Raises:
        ValueError: if a value has the wrong type, naming the key, the type and the value.
    """
    node = plain(node)
    _check_types(node, key, filled)
    # Called here, and not by Hydra: it would wrap what the constructor raises, and copy `filled`.
    factory = instantiate({**node, "_partial_": True}, _convert_="all")
    return factory if node.get("_partial_") else factory(**filled)


def build_experiment(settings: Mapping[str, Any]) -> Experiment:
    """Build all parts of a run from complete settings; the model has fresh weights.

    Raises:
        ValueError: if parts do not fit together, with the reason and what would fit.
    """
    source = build(settings["data"], "data")
    kinematics = build(settings["system"], "system")
    model = build(settings["model"], "model", spec=kinematics.spec)
    integrator = build(settings["integrator"], "integrator")
    loss = build(settings["loss"], "loss")
    loss.check(model, integrator)
    return Experiment(kinematics, source, model, integrator, loss)


def complete(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings in which what the system leaves to the data (null) is read from them.

    Raises:
        ValueError: if the data do not tell it.
    """
    system = settings["system"]
    missing = [name for name, value in system.items() if value is None]
    if missing:
        described = build(settings["data"], "data").describe()
        unknown = [name for name in missing if name not in described]
        if unknown:
            raise ValueError(
                f"system.{unknown[0]} must be given: data of this kind do not tell it. "
                f"Recordings do: data=files data.path=<file>."
            )
        system = system | {name: described[name] for name in missing}
    outside = ("resume", "cache")
    return {k: v for k, v in settings.items() if k not in outside} | {"system": system}


def _check_types(node: Mapping[str, Any], key: str, filled: Mapping[str, Any]) -> None:
    """Refuse unknown keys and wrong types before a constructor meets them."""
    target = get_object(node["_target_"])
    parameters = inspect.signature(target).parameters
    hints = _hints(target)
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    for name, value in node.items():
        if name.startswith("_"):
            continue
        if name not in parameters and not open_ended:
            known = ", ".join(p for p in parameters if p not in filled and p != "self")
            raise ValueError(f"there is no key {key}.{name}; {target.__name__} knows: {known}.")
        if isinstance(value, Mapping) and "_target_" in value:
            _check_types(value, f"{key}.{name}", {})
        elif name in hints and not _fits(value, hints[name]):
            raise ValueError(
                f"{key}.{name} must be {_words(hints[name])}; got {value!r} "
                f"({type(value).__name__})."
            )


def _hints(target: Any) -> dict[str, Any]:
    constructor = (
        target.__init__ if inspect.isclass(target) and not is_dataclass(target) else target
    )
    try:
        return get_type_hints(constructor)
    except (NameError, TypeError):  # annotations that only a type checker can resolve
        return {}


def _fits(value: Any, hint: Any) -> bool:
    """Whether a YAML value may stand for a parameter of this type; only plain types are judged."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    plain_types = {float: (int, float), int: (int,), bool: (bool,), str: (str,)}
    if not all(option in (*plain_types, type(None)) for option in options):
        return True
    if value is None:
        return type(None) in options
    if isinstance(value, bool):
        return bool in options
    return any(
        option in plain_types and isinstance(value, plain_types[option]) for option in options
    )


def _words(hint: Any) -> str:
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return " or ".join(words.get(option, "null") for option in options)
