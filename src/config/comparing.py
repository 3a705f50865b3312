"""Runs side by side, told apart by their configs too: each ``optimizer.lr`` has a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..reporting.publish import publish_comparison
from . import stored

RECORDED = ("seed", "evaluation.", "logger.", "performance.")
"""What differs from run to run by nature, or stands in the record anyway."""
RECORDED_DATA = ("data.seed", "data.trajectories", "data.noise", "data.step", "data.horizon")


def compare_runs(runs: Sequence[Path], folder: Path) -> None:
    """Compare all runs found below some folders, and write the comparison into ``folder``.

    Raises:
        ValueError: if there is nothing to compare.
    """
    publish_comparison(runs, folder, configured)


def configured(folders: Sequence[Path]) -> dict[Path, dict[str, Any]]:
    """Return what the configs of run folders say beyond their records, by dotted key.

    Only keys that all runs of the same system and model have: others say which option was chosen,
    and that is in the record.
    """
    flat: dict[Path, dict[str, Any]] = {}
    kinds: dict[Path, tuple[str | None, ...]] = {}
    for folder in folders:
        if (folder / stored.FILE).is_file():
            choices, settings = stored.read(folder)
            kinds[folder] = tuple(choices.get(group) for group in ("system", "model"))
            flat[folder] = _leaves(settings)
    common = {
        kind: set.intersection(*(set(flat[f]) for f in flat if kinds[f] == kind))
        for kind in set(kinds.values())
    }
    return {f: {k: v for k, v in flat[f].items() if k in common[kinds[f]]} for f in flat}


def _leaves(node: dict[str, Any], path: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in node.items():
        key = f"{path}{name}"
        if isinstance(value, dict):
            leaves |= _leaves(value, f"{key}.")
        elif not (name.startswith("_") or key.startswith(RECORDED) or key in RECORDED_DATA):
            leaves[key] = str(value)
    return leaves
