"""The page itself: a template, words, a library, data and scripts in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from ..comparison_table import curve_errors_sheet
from ..verdict import judge
from .collection import Collected
from .tables import failures_html, runs_html, settings_html
from .verdict_words import verdict_html

ASSETS = Path(__file__).parent / "assets"
LIBRARY = Path(__file__).parent / "library"
SCRIPTS = ("data", "state", "figure", "plots", "motion", "table", "live", "main")
"""In this order, as one script."""


def document(collected: Collected, title: str, live: int | None = None) -> str:
    """Return the whole page; it needs no network and no other file.

    ``live`` is the version that a served page starts from; None for a page that stays as it is.
    """
    scripts = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    library = (LIBRARY / "echarts.min.js").read_text(encoding="utf-8")
    return filled(
        "page",
        title=escape(title),
        style=(ASSETS / "style.css").read_text(encoding="utf-8"),
        connect="'none'" if live is None else "'self'",
        **fragments(collected),
        data=embedded(data(collected) | {"live": live}),
        library=library.replace("</script", "<\\/script"),
        licences=escape((LIBRARY / "LICENSES.txt").read_text(encoding="utf-8")),
        script=f'"use strict";\n(() => {{\n{scripts}\n}})();',
    )


def filled(template: str, **parts: str) -> str:
    """Return a template of ``assets/`` with its parts; what a part holds is never a template."""
    pieces = (ASSETS / f"{template}.html").read_text(encoding="utf-8").split("{{")
    whole = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        whole += [parts[name.strip()], rest]
    return "".join(whole)


def fragments(collected: Collected) -> dict[str, str]:
    """Return what the page says without any script, by the place where it stands."""
    comparison = collected.comparison
    verdict = None if comparison is None else judge(comparison)
    return {
        "verdict": verdict_html(verdict, comparison) + _curves(collected),
        "runs": runs_html(collected),
        "settings": settings_html(collected),
        "failures": failures_html(collected),
        "counts": _counts(collected),
    }


def _curves(collected: Collected) -> str:
    """Return the errors of what follows from energies, where any run has such curves."""
    sheet = None if collected.comparison is None else curve_errors_sheet(collected.comparison)
    return sheet.to_html() if sheet is not None and sheet.rows else ""


def data(collected: Collected) -> dict[str, Any]:
    """Return what the scripts draw."""
    return {
        "systems": collected.systems,
        "groups": collected.groups,
        "runs": collected.runs,
        "truths": collected.truths,
        "unfinished": {one.name: {"training": one.training} for one in collected.unfinished},
    }


def embedded(content: Mapping[str, Any]) -> str:
    """Return JSON that may stand in a script element, whatever words it holds."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _counts(collected: Collected) -> str:
    systems = {group["system"] for group in collected.groups}
    models = {group["model"] for group in collected.groups}
    words = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in (
            (len(collected.runs), "run"),
            (len(models), "model"),
            (len(systems), "system"),
        )
    ]
    running = len(collected.unfinished)
    return ", ".join(words) + (f"; {running} without a record yet" if running else "")
