"""The options of a config group: what a user may name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from .paths import CONF


def options(group: str, config_dir: str | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the config of every option of a group, the user's own folder included.

    Without the defaults lists, in which options choose among other groups.
    """
    folders = [CONF, *([Path(config_dir)] if config_dir else [])]
    files = {file.stem: file for folder in folders for file in (folder / group).glob("*.yaml")}
    for name, file in sorted(files.items()):
        node = OmegaConf.to_container(OmegaConf.load(file))
        if isinstance(node, dict) and "_target_" in node:
            yield name, {str(key): value for key, value in node.items() if key != "defaults"}
