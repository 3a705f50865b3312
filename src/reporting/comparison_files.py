"""What a comparison leaves on disk."""

from __future__ import annotations

import json
from pathlib import Path

from .atomic import write_text
from .comparison_table import comparison_sheets
from .drift import panels
from .group import Comparison


def write_comparison(comparison: Comparison, folder: Path) -> tuple[dict[str, Path], list[str]]:
    """Write ``comparison.json``, ``comparison.md`` and, where energies are known, the figure.

    Earlier files of the same names are replaced. Returns the paths by kind (``json``,
    ``markdown``, ``figure``; ``data_efficiency`` where runs differ in the number of motions), and
    a line for each run that the figure had to do without.
    """
    from .plots.drift import energy_drift  # matplotlib takes a while: only who draws waits
    from .plots.efficiency import AMOUNT, efficiency
    from .plots.style import save

    folder.mkdir(parents=True, exist_ok=True)
    files = {"json": folder / "comparison.json", "markdown": folder / "comparison.md"}
    write_text(files["json"], json.dumps(comparison.to_json(), indent=2) + "\n")
    drawn, left_out = panels(comparison)
    text = "\n".join(sheet.to_markdown() for sheet in comparison_sheets(comparison))
    if drawn:
        files["figure"] = save(energy_drift(drawn), folder / "energy_drift.png")
        text += f"\n![Energy error over time]({files['figure'].name})\n"
    if AMOUNT in comparison.varying:
        file = folder / "data_efficiency.png"
        files["data_efficiency"] = save(efficiency(comparison), file)
        text += f"\n![Drift and error by the number of motions]({file.name})\n"
    write_text(files["markdown"], text)
    return files, left_out
