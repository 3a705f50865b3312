"""Ctrl-C ends a command with the code of shells, wherever it meets it."""

import subprocess
import sys

from running import ROOT

MODULE = """
import signal, sys
from src.config.stop import Stopped, terminable

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
INTERRUPT = "import os, signal; os.kill(os.getpid(), signal.SIGINT)" + 10**5 * "; 1"

try:
    with terminable():
        exec(INTERRUPT)  # as dataclasses do
except Stopped as stop:
    print(stop)
    sys.exit(stop.code)
"""


def test_a_class_in_the_making_can_be_interrupted(tmp_path):
    """Python ends by the signal itself where KeyboardInterrupt is raised there, even if caught."""
    (tmp_path / "command.py").write_text(MODULE)
    path = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    words = [sys.executable, "-m", "command"]
    done = subprocess.run(words, env=path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "Stopped.\n")
