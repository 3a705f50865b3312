"""What a user reads when a command could not run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from hydra.errors import HydraException, InstantiationException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

FULL = "Set HYDRA_FULL_ERROR=1 to see the traceback."


def explain(error: BaseException, config_name: str) -> str:
    """Return one message for an error: what must hold, what was got, the closest valid name."""
    if isinstance(error, InstantiationException) and error.__cause__ is not None:
        return explain(error.__cause__, config_name)
    if isinstance(error, MissingConfigException) and error.options:
        return _unknown_option(error)
    text = _whole(error)
    key = re.search(r"Could not override '([^']+)'", text)
    if key and ("not in struct" in text or re.search(r"Key '[^']+' not in", text)):
        return _unknown_key(key.group(1), config_name)
    text = text.removeprefix("Error merging override ")
    if isinstance(error, HydraException | OmegaConfBaseException):
        return f"Error: {text}"
    if isinstance(error, ValueError | TypeError | OSError | NotImplementedError):
        return f"Error: {error}\n{FULL}"
    return f"Error: {type(error).__name__}: {error}\n{FULL}"


def _whole(error: BaseException) -> str:
    """Hydra keeps the reason in the cause of its own error."""
    parts = [str(error).strip()]
    if isinstance(error.__cause__, OmegaConfBaseException):
        parts.append(str(error.__cause__).strip())
    lines = [line.strip() for part in parts for line in part.splitlines()]
    noise = ("full_key:", "object_type=", "reference_type=", "Config search path", "provider=")
    kept = [line for line in lines if line and not line.startswith(noise)]
    return "\n".join(dict.fromkeys(kept))


def _unknown_option(error: MissingConfigException) -> str:
    group, _, wrong = str(error.missing_cfg_file).rpartition("/")
    options = sorted(error.options or ())
    return (
        f"Error: {group}={wrong} is not an option of the group {group}."
        f"{_did_you_mean(wrong, options, prefix=f'{group}=')} "
        f"There are: {', '.join(options)}."
    )


def _unknown_key(wrong: str, config_name: str) -> str:
    keys = list(_default_keys(config_name))
    # A last name that exists elsewhere (lr for optimizer.lr) beats a similar spelling.
    tails = [key for key in keys if key.rpartition(".")[2] == wrong.rpartition(".")[2]]
    close = tails or difflib.get_close_matches(wrong, keys, n=1, cutoff=0.6)
    close = close or _by_tail(wrong, keys)
    hint = f" Did you mean {' or '.join(close)}?" if close else ""
    return (
        f"Error: there is no key '{wrong}'.{hint} "
        f"All keys: python -m src.{config_name} --cfg job. (A new key is added by +{wrong}=...)"
    )


def _by_tail(wrong: str, keys: list[str]) -> list[str]:
    tails = {key.rpartition(".")[2]: key for key in keys}
    close = difflib.get_close_matches(wrong.rpartition(".")[2], list(tails), n=1, cutoff=0.7)
    return [tails[tail] for tail in close]


def _did_you_mean(wrong: str, options: Iterable[str], prefix: str) -> str:
    close = difflib.get_close_matches(wrong, list(options), n=1, cutoff=0.4)
    return f" Did you mean {prefix}{close[0]}?" if close else ""


def _default_keys(config_name: str) -> Iterator[str]:
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    from .paths import CONF

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose(config_name)
    yield from _flatten(config)


def _flatten(config: DictConfig, path: str = "") -> Iterator[str]:
    for name in config:
        key = f"{path}{name}"
        yield key
        if OmegaConf.is_dict(config) and not OmegaConf.is_missing(config, name):
            value: Any = config._get_node(name)
            if isinstance(value, DictConfig) and not value._is_none():
                yield from _flatten(value, f"{key}.")
