"""What all tests share: shapes checked at run time, one thread, reproducible property tests."""

import os
import shutil
from pathlib import Path

os.environ.setdefault("WANDB_MODE", "offline")

import matplotlib
import pytest
import torch
from hypothesis import settings
from jaxtyping import install_import_hook
from running import SMALL, only_run, run
from shapes import Tests

# Every public shape annotation is checked while the tests run.
install_import_hook("src", "shapes.first_calls")


SLOW = Path(__file__).with_name("slow.txt").read_text().splitlines()
"""Cases of contracts that take longer than 0.3 s: those of `make test-all`."""


def pytest_collection_modifyitems(items):
    """Mark the slow ones."""
    found = {item.nodeid: item for item in items}
    for name in SLOW:
        if name in found:
            found[name].add_marker(pytest.mark.slow)


def pytest_runtest_setup():
    """Check shapes anew in every test, and compute in torch until a command or a test wants more.

    A kernel that an earlier command left would move models by other roundings.
    """
    from src.kernels.kernel import Kernel

    Tests.begun += 1
    Kernel.leave()


# torch compiles and allocates on its first call: Hypothesis' deadline would call that a failure.
settings.register_profile("house", deadline=None, max_examples=20, derandomize=True)
settings.load_profile("house")
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def cache(tmp_path_factory):
    """The one cache that commands of all tests share, as those of a user do."""
    folder = tmp_path_factory.mktemp("cache")
    (folder / "matplotlib").mkdir()
    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*"):  # seconds to make anew
        shutil.copy(fonts, folder / "matplotlib")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory, cache):
    """The folder of a small HNN that was trained and judged, with its figures. Only to be read."""
    folder = tmp_path_factory.mktemp("trained")
    outcome = run("train", *SMALL, folder=folder, cache=cache, figures=True)
    assert outcome.code == 0, outcome.err
    (folder / "printed.txt").write_text(outcome.out)
    return only_run(folder)
