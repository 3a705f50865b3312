"""Judge a trained model again: ``python -m src.evaluate checkpoint=<run folder>``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _evaluate(config: Any) -> None:
    from .config.tasks import evaluate  # heavy imports are not needed for --help

    evaluate(config)


main = command("evaluate", _evaluate)

if __name__ == "__main__":
    main()
