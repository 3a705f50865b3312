"""What a page over a running sweep shows just now, and what changed since it was last asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from .collection import Collected, Collector
from .document import data, document, fragments

PAUSE = 1.0
"""Seconds between two looks at the folders, however many pages ask."""


class Following:
    """Looks at the folders when asked, and counts a version whenever something has changed there.

    Versions count on from the clock, so that those of an earlier server are all older.
    """

    def __init__(
        self, collector: Collector, title: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._collector = collector
        self._title = title
        self._clock = clock
        self._lock = threading.Lock()
        self._version = int(time.time())
        self._changed: dict[str, tuple[int, str]] = {}
        """By run: the version of its last change, and what it was then."""
        self._rest = ""
        self._collected: Collected | None = None
        self._looked = 0.0

    def page(self) -> str:
        """Return the whole page."""
        with self._lock:
            return document(self._look(), self._title, live=self._version)

    def since(self, version: int) -> dict[str, Any]:
        """Return what a page needs that knows a version: all but the runs that stayed as they were.

        Nothing but the version where that is still the latest.
        """
        with self._lock:
            collected = self._look()
            if version == self._version:
                return {"version": version}
            runs = {k: v for k, v in collected.runs.items() if self._changed[k][0] > version}
            needed = {run.get("truth") for run in runs.values()}
            truths = {k: v for k, v in collected.truths.items() if k in needed}
            parts = fragments(collected)
            return {
                "version": self._version,
                "names": list(collected.runs),
                "data": data(collected) | {"runs": runs, "truths": truths},
                "table": parts.pop("runs"),
                "fragments": parts,
            }

    def _look(self) -> Collected:
        if self._collected is not None and self._clock() - self._looked < PAUSE:
            return self._collected
        collected = self._collector.collect()
        runs = {name: json.dumps(run) for name, run in collected.runs.items()}
        rest = json.dumps([data(collected) | {"runs": list(runs)}, fragments(collected)])
        if rest != self._rest or runs != {name: text for name, (_, text) in self._changed.items()}:
            self._version += 1
            before, self._rest = self._changed, rest
            self._changed = {
                name: before[name]
                if name in before and before[name][1] == text
                else (self._version, text)
                for name, text in runs.items()
            }
        self._collected, self._looked = collected, self._clock()
        return collected
