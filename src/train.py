"""Train one model on one system: ``python -m src.train model=hnn system=mass_spring``."""

from __future__ import annotations

from typing import Any

from .config.command import command


def _train(config: Any) -> None:
    from .config.runs import train  # torch and Lightning are not needed for --help

    train(config)


main = command("train", _train)

if __name__ == "__main__":
    main()
