"""From a composed config to the objects that it names."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import is_dataclass
from enum import Enum
from functools import partial
from pathlib import PurePath
from types import NoneType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hydra.utils import get_object, instantiate
from omegaconf import OmegaConf

from .messages import did_you_mean

PLAIN = {float: (int, float), int: (int,), bool: (bool,), str: (str,)}
"""What YAML may give for a parameter of a plain type."""


def plain(node: Any) -> Any:
    """Return a config node as plain dicts and lists, resolved.

    Raises:
        MissingMandatoryValue: if a key that must be given has no value.
    """
    if not OmegaConf.is_config(node):
        return node
    return OmegaConf.to_container(node, resolve=True, throw_on_missing=True)


def build(node: Any, key: str, **filled: Any) -> Any:
    """Instantiate ``node``, the config at ``key``, after checking its values against the target.

    Raises:
        ValueError: if a value has the wrong type, naming the key, the type and the value; or if
            the target refuses it.
    """
    node = plain(node)
    _check_types(node, key, filled)
    # Called here, and not by Hydra: it would wrap what constructors raise, and copy `filled`.
    parts = {name: value for name, value in node.items() if _names_target(value)}
    filled |= {name: build(value, name) for name, value in parts.items()}
    own = {name: value for name, value in node.items() if name not in parts}
    factory = instantiate({**own, "_partial_": True}, _convert_="all")
    return (
        partial(_called, key, factory, **filled)
        if node.get("_partial_")
        else _called(key, factory, **filled)
    )


def _names_target(value: Any) -> bool:
    return isinstance(value, Mapping) and "_target_" in value


def _called(key: str, factory: Any, *arguments: Any, **filled: Any) -> Any:
    """Return what ``factory``, built from the config at ``key``, makes.

    Raises:
        ValueError: if it refuses. Our own parts name the key at fault; those of other libraries do
            not, so it is put before their words.
    """
    try:
        return factory(*arguments, **filled)
    except Exception as error:
        if isinstance(error, ValueError) and re.search(rf"\b{re.escape(key)}\b", str(error)):
            raise
        raise ValueError(f"{key}: {error}") from error


def takes_null(target: Any, name: str) -> bool:
    """Whether null may stand for this parameter of a target, as far as can be told."""
    return _fits(None, _hints(target).get(name, Any))


def _check_types(node: Mapping[str, Any], key: str, filled: Mapping[str, Any]) -> None:
    """Refuse unknown keys and wrong types before a constructor meets them."""
    target = get_object(node["_target_"])
    parameters = inspect.signature(target).parameters
    hints = _hints(target)
    open_ended = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    names = [name for name in parameters if name not in filled and name != "self"]
    for name, value in node.items():
        if name.startswith("_"):
            continue
        if name not in parameters and not open_ended:
            raise ValueError(
                f"there is no key {key}.{name}.{did_you_mean(name, names, prefix=f'{key}.')} "
                f"{target.__name__} knows: {', '.join(names)}."
            )
        if _names_target(value):
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
    """Whether a YAML value may stand for a parameter of this type, as far as can be told."""
    options = _options(hint)
    if isinstance(value, str):
        return any(_takes_text(option) for option in options)
    if isinstance(value, int | float | None) and all(_is_list(option) for option in options):
        return False
    if not all(option in (*PLAIN, type(None)) for option in options):
        return True
    if value is None:
        return type(None) in options
    if isinstance(value, bool):
        return bool in options
    return any(option in PLAIN and isinstance(value, PLAIN[option]) for option in options)


def _options(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def _takes_text(option: Any) -> bool:
    """Whether a word may stand for this: not for a number, a tensor or a list of numbers."""
    if option in (Any, object) or get_origin(option) in (Literal, Annotated):
        return True
    if _is_list(option):
        return str in get_args(option)
    return not inspect.isclass(option) or issubclass(option, str | PurePath | Enum)


def _is_list(option: Any) -> bool:
    origin = get_origin(option)
    return inspect.isclass(origin) and issubclass(origin, Sequence)


def _words(hint: Any) -> str:
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "a word"}
    known = [
        "a list" if _is_list(option) else words.get(option, "null" if option is NoneType else "")
        for option in _options(hint)
    ]
    return " or ".join(dict.fromkeys(word for word in known if word)) or str(hint)
