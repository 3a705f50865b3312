"""Show runs in one page: ``python -m src.report runs=<folder>``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _report(config: Any) -> None:
    from .config.tasks import report  # heavy imports are not needed for --help

    report(config)


main = command("report", _report)

if __name__ == "__main__":
    main()
