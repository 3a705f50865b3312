"""A dashboard, written down, and pushed where somebody is logged in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ..atomic import write_text
from ..places import name_files
from .login import resolve_mode, stage

DASHBOARD = "dashboard.json"
HOW_TO_PUSH = (
    "",
    "Nobody is logged in to W&B, so that nothing was sent. To push runs and dashboard:",
    "  wandb login",
    "  wandb sync <run folder>/wandb/offline-run-*    # of every run",
    "and the same command again.",
)


def publish_dashboard(
    folder: Path,
    project: str,
    entity: str | None,
    filters: Mapping[str, Sequence[str]],
    cache: Path,
) -> None:
    """Write down a workspace and a report of W&B, and push them if somebody is logged in.

    Raises:
        ValueError: if what makes them is not installed, or W&B refuses them, with the reason.
    """
    os.environ.setdefault("WANDB_SILENT", "true")  # addresses are printed below
    stage(cache)
    try:
        from .dashboard import Dashboard, logged_in
    except ModuleNotFoundError as missing:
        raise ValueError(
            f"a dashboard needs {missing.name}, which is not installed: pip install "
            f"'legendre-nn[dashboard]', or in a checkout: pip install -e '.[dashboard]'"
        ) from missing
    online = resolve_mode("auto") == "online"
    made = Dashboard(project, entity or (logged_in() if online else ""), filters)
    text = json.dumps(made.definition(), indent=2) + "\n"
    write_text(folder / DASHBOARD, text)
    name_files(folder, [folder / DASHBOARD])
    words = ["", "In W&B:", *(f"  {line}" for line in made.push())] if online else HOW_TO_PUSH
    Console().print("\n".join(words), highlight=False, soft_wrap=True)
