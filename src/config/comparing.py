"""Runs side by side, told apart by their configs too: each ``optimizer.lr`` has a row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..reporting.page.collection import Configs
from ..reporting.publish import publish_comparison
from . import stored

RECORDED = ("seed", "evaluation.", "logger.", "performance.")
"""What differs from run to run by nature, or stands in the record anyway."""
RECORDED_DATA = ("data.seed", "data.trajectories", "data.noise", "data.step", "data.horizon")


class StoredConfigs(Configs):
    """The configurations that runs keep beside their records."""

    def settings(self, folders: Sequence[Path]) -> dict[Path, dict[str, Any]]:
        """Return what the configs of run folders say beyond their records, by dotted key.

        Only keys that all runs of the same system and model have, as others say which option was
        chosen, and that is in the record; and those of penalties, which a run may do without.
        """
        read = {folder: found for folder in folders if (found := _read(folder)) is not None}
        kinds = {f: tuple(read[f][0].get(group) for group in ("system", "model")) for f in read}
        common = {
            kind: set.intersection(*(set(read[f][1]) for f in read if kinds[f] == kind))
            for kind in set(kinds.values())
        }
        return {
            f: {
                key: value
                for key, value in read[f][1].items()
                if key in common[kinds[f]] or key.startswith("penalty.")
            }
            for f in read
        }

    def choices(self, folder: Path) -> dict[str, str]:
        """Return the options that were chosen for a run; none where that is not known (yet)."""
        found = _read(folder)
        return {} if found is None else found[0]


def compare_runs(runs: Sequence[Path], folder: Path) -> None:
    """Compare all runs found below some folders, and write the comparison into ``folder``.

    Raises:
        ValueError: if there is nothing to compare.
    """
    publish_comparison(runs, folder, StoredConfigs().settings)


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str]] | None:
    """Return choices and settings of a run; None where it keeps no config."""
    file = folder / stored.FILE
    try:
        return _parsed(folder, file.stat().st_mtime_ns)
    except (OSError, ValueError):  # not there, deleted meanwhile, or foreign
        return None


@lru_cache(maxsize=4096)
def _parsed(folder: Path, written: int) -> tuple[dict[str, str], dict[str, str]]:
    choices, settings = stored.read(folder)
    return choices, _leaves(settings)


def _leaves(node: dict[str, Any], path: str = "") -> dict[str, str]:
    leaves: dict[str, str] = {}
    for name, value in node.items():
        key = f"{path}{name}"
        if isinstance(value, dict):
            leaves |= _leaves(value, f"{key}.")
        elif not (name.startswith("_") or key.startswith(RECORDED) or key in RECORDED_DATA):
            leaves[key] = str(value)
    return leaves
