"""What a folder of somebody else's may make us do, and what of ours must not get into one.

A config names the classes that are built from it: whoever writes one could have any code run. What
a user composes is their own; what is read back from a run folder or a checkpoint is checked first.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_type_hints

from hydra.utils import get_object
from torch.optim.lr_scheduler import LRScheduler

from ..training.parts import PARTS, TRAINER

OURS = "src"
HOUSES = (OURS, "torch", "pytorch_lightning", "pytorch_optimizer")
"""Whose modules may be imported because a folder names them: importing runs code, too."""
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
LEAST_SECRET = 8
"""Characters of the shortest value that is taken for a secret."""


def check(settings: Mapping[str, Any], origin: Path, allow_external_targets: bool = False) -> None:
    """Refuse settings that were read from ``origin`` if building them could run foreign code.

    Raises:
        ValueError: if they name a target that is neither a class of ours nor a part of a training
            from torch or Lightning, or hold an interpolation, which could read the environment.
    """
    if allow_external_targets:
        return
    for key, value in _leaves(settings):
        if "${" in key or (isinstance(value, str) and "${" in value):
            _refuse(origin, key, f"must be a value; got the interpolation {value}")
        if "_target_" in key.split(".") and not _trusted(key, value):
            _refuse(
                origin,
                key,
                f"must name a class that {OURS} defines, or a module, optimizer, scheduler, "
                f"callback, logger or strategy of {', '.join(HOUSES[1:-1])} or {HOUSES[-1]}; "
                f"got {value}",
            )


def check_overrides(overrides: Sequence[str], origin: Path) -> None:
    """Refuse overrides that were read from ``origin`` if they do more than choose and set values.

    Raises:
        ValueError: if one names a target, interpolates, or sets how jobs are started.
    """
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if "_target_" in override or _computes(override) or re.match(r"hydra[.@]|hydra$|-", key):
            _refuse(origin, key, f"may not be set by a folder; got {value}")


def _computes(override: str) -> bool:
    """Whether a value calls a resolver, such as ``${oc.env:HOME}``; names of other keys do not."""
    return bool(re.search(r"\$\{[^}]*:", override))


def _refuse(origin: Path, key: str, what: str) -> None:
    raise ValueError(
        f"{key} {what}, in {origin}. It could run any code. If you trust whoever made that, say "
        f"allow_external_targets=true."
    )


def _trusted(key: str, target: object) -> bool:
    if not isinstance(target, str) or target.partition(".")[0] not in HOUSES:
        return False
    try:
        found = get_object(target)
    except Exception:  # whatever a wrong name makes of an import
        return False
    if not _defined_in(found, target.partition(".")[0]):
        return False
    if inspect.isclass(found):
        trainer = found is TRAINER and key == "trainer._target_"
        return _defined_in(found, OURS) or issubclass(found, PARTS) or trainer
    return _defined_in(found, OURS) and _makes_schedule(found)


def _defined_in(found: object, house: str) -> bool:
    return str(getattr(found, "__module__", "")).partition(".")[0] == house


def _makes_schedule(found: object) -> bool:
    """Whether this is a function that does no more than make a schedule of an optimizer."""
    if not inspect.isfunction(found):
        return False
    made = get_type_hints(found).get("return")
    return inspect.isclass(made) and issubclass(made, LRScheduler)


def check_secrets(node: Any) -> None:
    """Refuse to write down what the environment holds as a key, a token or a password.

    Raises:
        ValueError: naming the variable, not its value.
    """
    secrets = {
        value: name
        for name, value in os.environ.items()
        if SECRET.search(name) and len(value) >= LEAST_SECRET
    }
    for key, value in _leaves(node):
        held = [name for secret, name in secrets.items() if secret in f"{key}={value}"]
        if held:
            raise ValueError(
                f"{key.partition('=')[0]} must not hold the value of {held[0]}: configs are "
                f"written into run folders. Leave it out; programs read it from the environment."
            )


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value by its dotted key, those in lists included."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            yield from _leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list | tuple):
        for place, value in enumerate(node):
            yield from _leaves(value, f"{path}.{place}" if path else str(place))
    else:
        yield path, node
