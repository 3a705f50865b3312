"""Files that are held: by one process, for as long as it lives, and it says who it is."""

import errno
import fcntl
import os
import socket
import subprocess
import sys
import threading

import pytest
from running import ROOT

from src.reporting import held
from src.reporting.held import hold, is_held


def test_a_file_is_held_once_and_gone_afterwards(tmp_path):
    file = tmp_path / "lock"
    assert not is_held(file)
    with hold(file):
        assert is_held(file)
        named = f"process {os.getpid()} on {socket.gethostname()}"
        with pytest.raises(BlockingIOError, match=named), hold(file):
            pass
        assert is_held(file)
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_process_held_is_free(tmp_path):
    file = tmp_path / "lock"
    code = (
        "import pathlib, sys\n"
        "from src.reporting.held import hold\n"
        "with hold(pathlib.Path(sys.argv[1])): input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code, str(file)], cwd=ROOT, **pipes) as child:
        while not is_held(file):
            assert child.poll() is None, child.stderr.read()
        child.kill()
    assert file.read_text() == f"process {child.pid} on {socket.gethostname()}"
    with hold(file):
        assert file.read_text().startswith(f"process {os.getpid()} ")


def test_one_of_many_at_once_holds_it(tmp_path, monkeypatch):
    monkeypatch.setattr(held, "TRIES", 1000)
    file, at_once, most = tmp_path / "lock", [], []

    def work():
        for _ in range(20):
            with hold(file):
                at_once.append(1)
                most.append(len(at_once))
                at_once.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 80


def test_whoever_only_looks_is_in_nobodys_way(tmp_path):
    file = tmp_path / "lock"
    file.write_text("left by a killed one")
    with file.open("rb") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        threading.Timer(0.05, lambda: fcntl.flock(looking, fcntl.LOCK_UN)).start()
        with hold(file):
            pass


def test_a_folder_that_knows_no_locks(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with hold(tmp_path / "lock"):
        assert not is_held(tmp_path / "lock")
