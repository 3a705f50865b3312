"""The options of a config group: what a user may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from .paths import CONF


def options(group: str, config_dir: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the config of every option of a group, the user's own folder included.

    Without the defaults lists, in which options choose among other groups.
    """
    for name, file in sorted(_files(group, config_dir).items()):
        node = OmegaConf.to_container(OmegaConf.load(file))
        if isinstance(node, dict) and "_target_" in node:
            yield name, with_member(_own(node), config_dir)


def with_member(model: dict[str, Any], config_dir: str | None = None) -> dict[str, Any]:
    """Return the config of a model whose ``member`` is no longer a name, but the option itself.

    Raises:
        ValueError: if there is no model of that name.
    """
    name = model.get("member")
    if not isinstance(name, str):
        return model
    files = _files("model", config_dir)
    member = OmegaConf.to_container(OmegaConf.load(files[name])) if name in files else None
    if not isinstance(member, dict) or "member" in member:
        raise ValueError(
            f"model.member must name a model that has no members itself, such as hnn, lnn or "
            f"baseline; got {name}."
        )
    return model | {"member": _own(member) | {"_partial_": True}}


def _own(node: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a file says of its own option, and not of others."""
    return {str(key): value for key, value in node.items() if key != "defaults"}


def _files(group: str, config_dir: str | None) -> dict[str, Path]:
    """Return the files of a group by the names of their options; one's own go before ours."""
    folders = [CONF, *([Path(config_dir)] if config_dir else [])]
    return {file.stem: file for folder in folders for file in (folder / group).glob("*.yaml")}
