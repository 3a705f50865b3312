"""What is seen while a model trains: on a terminal, and where there is none."""

import logging
import os
import pty
import re
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
import pytorch_lightning as pl

from src.config.joblog import Terminal

from .test_fit import ignore
from .toys import toy_training

CODES = re.compile(r"\x1b\[(\??\d*)([A-Za-z])")


class Talking(pl.Callback):
    """Says something in the middle of a training, in each of the ways there are."""

    def on_train_epoch_end(self, trainer, module):
        if trainer.current_epoch == 2:
            logging.getLogger("src.talking").warning("a message that is logged")
            print("a line that is printed")
            print("something to be warned of", file=sys.stderr)


@contextmanager
def terminal():
    """Give ``sys.stdout`` and ``sys.stderr`` a terminal of 80 columns; yield what is written."""
    master, slave = pty.openpty()
    written = []

    def read():
        with suppress(OSError):  # the other end is closed
            while data := os.read(master, 65536):
                written.append(data)

    reader = threading.Thread(target=read)
    reader.start()
    with pytest.MonkeyPatch.context() as patch, os.fdopen(slave, "w") as stream:
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", "80")
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        # Alone: other tests may have left some of their own, which would write there, too.
        patch.setattr(logging.getLogger(), "handlers", [Terminal()])
        yield written
    reader.join(10)
    os.close(master)


def screen(text):
    """Return the lines that a terminal shows after all that was written to it."""
    lines, row, column, position = [""], 0, 0, 0
    while position < len(text):
        code = CODES.match(text, position)
        letter = text[position]
        if code:
            position = code.end()
            count = int(code[1]) if code[1].isdigit() else 1
            if code[2] == "A":
                row = max(0, row - count)
            elif code[2] == "K":
                lines[row], column = "", 0
            continue
        position += 1
        if letter == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif letter == "\r":
            column = 0
        else:
            lines[row] = lines[row][:column].ljust(column) + letter + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.strip()]


def test_a_terminal_shows_one_line_below_whatever_is_said(tmp_path, cache):
    looks = {"epochs": 6, "callbacks": [Talking()], "check_val_every_n_epoch": 2}
    with terminal() as written:
        toy_training(tmp_path, cache, **looks).run(ignore)
    text = b"".join(written).decode()
    *said, bar = screen(text)
    assert said == [
        "a message that is logged",
        "a line that is printed",
        "something to be warned of",
    ]
    assert re.match(r"epoch 6/6 ━+ 0:00:00 \d+ steps/s  loss \d\.\d\de[-+]\d\d$", bar)
    assert max(map(len, screen(text))) <= 80


def test_without_a_terminal_there_are_few_lines(tmp_path, cache, capsys):
    toy_training(tmp_path, cache, epochs=35, check_val_every_n_epoch=7).run(ignore)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert 10 <= len(lines) <= 12
    assert all(re.match(r"epoch \d+/35  \d+ s left  \d+ steps/s", line) for line in lines)
    assert "loss" in lines[-1]
    assert "\x1b" not in out + err


def test_a_number_of_steps_tells_how_many_epochs_there_will_be(tmp_path, cache, capsys):
    toy_training(tmp_path, cache, epochs=-1, max_steps=30, steps_at_once=1).run(ignore)
    first, *_, last = capsys.readouterr().out.splitlines()
    done, total = re.match(r"epoch (\d+)/(\d+) ", last).groups()
    assert done == total
    assert f"/{total} " in first
