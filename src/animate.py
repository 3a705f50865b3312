"""Film truth and models side by side: ``python -m src.animate run=<folder>``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _animate(config: Any) -> None:
    from .config.tasks import animate  # heavy imports are not needed for --help

    animate(config)


main = command("animate", _animate)

if __name__ == "__main__":
    main()
