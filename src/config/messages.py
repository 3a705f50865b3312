"""What a user reads when a command could not run."""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

FULL = "Set HYDRA_FULL_ERROR=1 to see the traceback."
KINDS = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false"}


def explain(error: BaseException, config_name: str) -> str:
    """Return one message for an error: what must hold, what was got, the closest valid name."""
    if isinstance(error, MissingConfigException) and error.options:
        return _unknown_option(error)
    text = _whole(error)
    key = re.search(r"Could not override '([^']+)'", text)
    if key and ("not in struct" in text or re.search(r"Key '[^']+' not in", text)):
        return _unknown_key(key.group(1), config_name)
    if isinstance(error, MissingMandatoryValue):
        return _missing(error, config_name)
    if isinstance(error, OverrideParseException):
        return f"Error: {error.override!r} cannot be read: an override is key=value."
    if isinstance(error, HydraException | OmegaConfBaseException):
        return f"Error: {_reworded(text)}"
    if isinstance(error, ValueError | OSError):
        return f"Error: {error}\n{FULL}"
    return f"Error: {type(error).__name__}: {error}\n{FULL}"


def did_you_mean(wrong: str, options: Iterable[str], prefix: str = "") -> str:
    """Return `` Did you mean <the closest option>?``, or nothing if none is close."""
    close = difflib.get_close_matches(wrong, list(options), n=1, cutoff=0.55)
    return f" Did you mean {prefix}{close[0]}?" if close else ""


def _whole(error: BaseException) -> str:
    """Hydra keeps the reason in the cause of its own error."""
    parts = [str(error).strip()]
    if isinstance(error.__cause__, OmegaConfBaseException):
        parts.append(str(error.__cause__).strip())
    lines = [line.strip() for part in parts for line in part.splitlines()]
    noise = ("full_key:", "object_type=", "reference_type=", "Config search path", "provider=")
    kept = [line for line in lines if line and not line.startswith(noise)]
    return "\n".join(dict.fromkeys(kept))


def _reworded(text: str) -> str:
    """Say in our words what Hydra says of the mistakes that are made most."""
    wrong = re.search(r"override (\S+?)=.*\nValue '(.*)' of type '.*' .*converted to (\w+)", text)
    if wrong:
        key, value, kind = wrong.groups()
        return f"{key} must be {KINDS.get(kind, kind)}; got {value!r}."
    null = re.search(r"override (\S+?)=.*\nfield '.*' is not Optional", text)
    if null:
        return f"{null.group(1)} must have a value; got null."
    twice = re.search(r"Multiple values for (\S+?)\. .*'override \S+ (\S+)'", text)
    if twice:
        group, option = twice.groups()
        return f"the group {group} is there already: write {group}={option}, without a +."
    return text.removeprefix("Error merging override ")


def _missing(error: MissingMandatoryValue, config_name: str) -> str:
    key = error.full_key or str(error).rpartition(" ")[2]
    return (
        f"Error: {key} must be given: {key}=<value>. "
        f"What it stands for: python -m src.{config_name} --help"
    )


def _unknown_option(error: MissingConfigException) -> str:
    group, _, wrong = str(error.missing_cfg_file).rpartition("/")
    options = sorted(error.options or ())
    return (
        f"Error: {group}={wrong} is not an option of the group {group}."
        f"{did_you_mean(wrong, options, prefix=f'{group}=')} "
        f"There are: {', '.join(options)}."
    )


def _unknown_key(wrong: str, config_name: str) -> str:
    keys = list(_keys(config_name))
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


def _keys(config_name: str) -> Iterator[str]:
    """Yield the keys that there are with the options that the command line chooses."""
    from hydra import compose, initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra

    from .paths import CONF

    chosen = [word for word in sys.argv[1:] if (CONF / word.partition("=")[0]).is_dir()]
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        try:
            config = compose(config_name, overrides=chosen)
        except HydraException:  # options of the user's own, or several for a sweep
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
