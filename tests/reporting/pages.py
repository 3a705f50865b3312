"""Pages taken apart, and folders of runs to make them of."""

import base64
import json
import os
import shutil
from html.parser import HTMLParser

import numpy as np

from src.config.comparing import StoredConfigs
from src.reporting.page.collection import Collector
from src.reporting.page.document import document


class Page(HTMLParser):
    """The elements of a page, the text of each script, and the rows of its tables."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.tags, self.scripts, self.rows = [], [], []
        self._inside = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._inside = None if tag in ("script", "td", "th", "tr") else self._inside

    def handle_data(self, text):
        if self._inside == "script":
            self.scripts[-1] += text
        elif self._inside in ("td", "th") and self.rows:
            self.rows[-1][-1] += text

    @property
    def data(self):
        return json.loads(self.scripts[0])


def page_of(*folders):
    return Page(document(Collector(folders, StoredConfigs()).collect(), "runs"))


def floats(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


def copies(run, folder, count, **changed):
    """Lay ``count`` runs beside each other that differ in their seeds, made of a real one."""
    summary = json.loads((run / "summary.json").read_text())
    for k in range(count):
        copy = folder / f"{k:03d}"
        copy.mkdir(parents=True)
        for name in ("rollouts.npz", "views.npz", "metrics.csv", "config.yaml"):
            if (run / name).is_file():
                os.link(run / name, copy / name)
        own = {**summary, "run": {**summary["run"], "seed": k, **changed}}
        (copy / "summary.json").write_text(json.dumps(own))
    return folder


def copy(run, folder, **changed):
    """Copy a run, with some words of its record changed."""
    shutil.copytree(run, folder, ignore=shutil.ignore_patterns("checkpoints", "figures"))
    file = folder / "summary.json"
    summary = json.loads(file.read_text())
    summary["run"] |= changed
    file.write_text(json.dumps(summary))
    return folder
