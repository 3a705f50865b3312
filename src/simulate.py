"""Make a data set and its figure: ``python -m src.simulate system=double_pendulum``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _simulate(config: Any) -> None:
    from .config.tasks import simulate  # heavy imports are not needed for --help

    simulate(config)


main = command("simulate", _simulate)

if __name__ == "__main__":
    main()
