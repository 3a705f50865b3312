"""A table of words, shown in a terminal, in Markdown, or as JSON."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape as escape_html
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_WIDE = 10_000
"""Columns of an endless terminal."""
_PADDING = 3
"""Blanks between two columns."""

_PROSE = 25
"""Words longer than this are prose."""


@dataclass(frozen=True)
class Sheet:
    """A title, named columns, rows of words, and remarks below."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    numeric: frozenset[str] = field(default_factory=frozenset)
    """Columns set flush right."""

    def to_rich(self, width: int | None = None) -> Table:
        """Return a table for a rich console of ``width`` columns; None for as many as it needs."""
        table = Table(
            title=escape(self.title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False
        )
        for name, room in zip(self.columns, self._widths(width), strict=True):
            justify = "right" if name in self.numeric else "left"
            table.add_column(escape(name), justify=justify, width=room)
        for row in self.rows:
            table.add_row(*map(escape, row))
        if self.notes:
            table.caption = escape("\n".join(self.notes))
            table.caption_justify = "left"
        return table

    def to_terminal(self, width: int | None = None) -> str:
        """Return plain text without colours, as wide as it needs to be or ``width`` columns.

        No number is ever cut: a narrower width than the numbers need is not kept.
        """
        # Rich would rather cut what it cannot fold, so it is always given room enough.
        console = Console(file=io.StringIO(), width=_WIDE, color_system=None)
        with console.capture() as capture:
            console.print(self.to_rich(width))
        return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"

    def _widths(self, width: int | None) -> list[int]:
        """Return the columns' widths: headers and prose are folded where they must be."""
        texts = list(zip(self.columns, *self.rows, strict=True))
        natural = [max(map(len, words)) for words in texts]
        frame = _PADDING * len(self.columns)
        if width is None or sum(natural) + frame <= width:
            return natural
        prose = [max(map(len, words[1:]), default=0) > _PROSE for words in texts]
        least = [
            _PROSE if long else max(map(len, [*words[0].split(), *words[1:]]))
            for long, words in zip(prose, texts, strict=True)
        ]
        spare = max(0, width - frame - sum(least)) // max(1, sum(prose))
        return [have + spare * long for have, long in zip(least, prose, strict=True)]

    def to_markdown(self) -> str:
        """Return a table in the Markdown of GitHub."""
        rules = ["---:" if name in self.numeric else "---" for name in self.columns]
        lines = [self.columns, rules, *self.rows]
        body = "\n".join(f"| {' | '.join(_cell(word) for word in line)} |" for line in lines)
        notes = "".join(f"\n- {note}" for note in self.notes)
        return f"**{self.title}**\n\n{body}\n" + (f"{notes}\n" if notes else "")

    def to_html(self) -> str:
        """Return a table in HTML; words are words, whatever they hold."""
        names = "".join(
            f'<th scope="col"{self._side(n)}>{escape_html(n)}</th>' for n in self.columns
        )
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td{self._side(name)}>{escape_html(word)}</td>"
                for name, word in zip(self.columns, row, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        notes = "".join(f"<p class=note>{escape_html(note)}</p>" for note in self.notes)
        return (
            f'<div class=scroll tabindex=0 role=region aria-label="{escape_html(self.title)}">'
            f"<table><caption>{escape_html(self.title)}</caption><thead><tr>{names}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div>{notes}"
        )

    def _side(self, column: str) -> str:
        return " class=number" if column in self.numeric else ""

    def to_json(self) -> list[dict[str, Any]]:
        """Return one object per row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def show(self, console: Console) -> None:
        """Print to a console; where that is no terminal, as wide as the table needs.

        A log file has no width, and 80 columns would fold what a reader could scroll.
        """
        width = console.width if console.is_terminal else None
        console.file.write(self.to_terminal(width))


def number(value: float | None, digits: int = 3) -> str:
    """Return a few significant digits; a dash for null."""
    if value is None:
        return "-"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def _cell(word: str) -> str:
    return word.strip().replace("|", "\\|")
