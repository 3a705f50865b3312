"""Paths as a user would type them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console


def shown(path: Path) -> str:
    """Return a path from the working directory on, if it lies inside."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def name_files(folder: Path, files: Sequence[Path]) -> None:
    """Print which files a command has written into its folder."""
    console = Console()
    console.print(f"\nWritten to {shown(folder)}:", highlight=False, soft_wrap=True)
    for file in files:
        console.print(f"  {file.relative_to(folder)}", highlight=False, soft_wrap=True)
