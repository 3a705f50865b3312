"""Paths as a user would type them."""

from __future__ import annotations

from pathlib import Path


def shown(path: Path) -> str:
    """Return a path from the working directory on, if it lies inside."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
