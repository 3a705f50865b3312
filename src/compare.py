"""Compare runs in one table and figure: ``python -m src.compare runs=<folder>``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _compare(config: Any) -> None:
    from .config.tasks import compare  # heavy imports are not needed for --help

    compare(config)


main = command("compare", _compare)

if __name__ == "__main__":
    main()
