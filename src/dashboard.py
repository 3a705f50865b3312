"""Dashboards in W&B, as code: ``python -m src.dashboard project=<name>``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _dashboard(config: Any) -> None:
    from .config.tasks import dashboard  # heavy imports are not needed for --help

    dashboard(config)


main = command("dashboard", _dashboard)

if __name__ == "__main__":
    main()
