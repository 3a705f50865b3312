"""Custom charts in Vega-Lite, where W&B's own do not serve."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wandb import Api

FOLDER = Path(__file__).parent / "vega"


def charts() -> dict[str, str]:
    """Return the definitions by name."""
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.json"))}


def name_of(chart: str) -> str:
    """Return what W&B calls a chart: a name stays what it was, so that a change needs another."""
    digest = hashlib.sha256(charts()[chart].encode()).hexdigest()[:8]
    return f"legendre-{chart}-{digest}"


def define(api: Api, entity: str) -> list[str]:
    """Give W&B our charts, and return words about those that it did not take.

    It has no way to ask which it has: that one is there already is an error, too.
    """
    refused = []
    for chart, text in charts().items():
        try:
            api.create_custom_chart(
                entity, name_of(chart), f"Legendre {chart}", "vega2", "private", text
            )
        except Exception as error:  # of a private class
            if "exist" not in str(error).lower():
                refused.append(f"W&B refused the chart {chart}; its panels stay empty: {error}")
    return refused
