"""The config that a run keeps beside its results, and runs made again from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ..reporting.atomic import write_text

FILE = "config.yaml"
CHANGEABLE = ("trainer.", "evaluation.", "performance.", "logger.")


def write(folder: Path, choices: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """Write ``config.yaml``: the chosen options, and every value."""
    content = OmegaConf.create({"choices": dict(choices), **settings})
    write_text(folder / FILE, OmegaConf.to_yaml(content))


def read(folder: Path) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the chosen options and the settings of a run.

    Raises:
        ValueError: if the folder is not that of a run, or its config is damaged.
    """
    file = folder / FILE
    if not file.is_file():
        raise ValueError(
            f"resume must name a run folder, with a {FILE}; there is none in {folder}."
        )
    try:
        content = OmegaConf.to_container(OmegaConf.load(file))
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError, OSError) as error:
        raise ValueError(f"{file} must be whole, and cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("choices"), dict):
        raise ValueError(f"{file} must be the config of a run; it names no choices.")
    choices = content.pop("choices")
    if not all(isinstance(name, str) for name in choices.values()):
        raise ValueError(f"{file} must be the config of a run; its choices are no names.")
    return choices, {str(key): value for key, value in content.items()}


def changed(settings: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """Return the settings of a resumed run with what may be changed on the way.

    Raises:
        ValueError: if an override would make it another run.
    """
    config = OmegaConf.create(settings)
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        key = override.get_key_element().lstrip("+")
        if key in ("resume", "cache", "allow_external_targets"):
            continue
        if not key.startswith(CHANGEABLE):
            raise ValueError(
                f"a resumed run goes on with its own config; {key} cannot change. "
                f"What may: {', '.join(name + '*' for name in CHANGEABLE)}."
            )
        OmegaConf.update(config, key, override.value(), force_add=True)
    result = OmegaConf.to_container(config)
    assert isinstance(result, dict)
    return {str(key): value for key, value in result.items()}
