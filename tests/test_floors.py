"""Which room may import which: the contracts stand in pyproject.toml."""

import logging

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from running import ROOT


@pytest.fixture(autouse=True)
def _other_loggers():
    """Import-linter's own settings silence every logger that is there already."""
    yield
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.disabled = False


def test_every_room_knows_only_the_floors_below_it(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename="pyproject.toml", cache_dir=None)
    assert status == EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_foreign_libraries_stay_in_their_rooms():
    """One foreign library, one room; what a file imports, not what its imports do."""
    rooms = {
        "wandb": ("reporting/wandb/",),
        "wandb_workspaces": ("reporting/wandb/dashboard.py",),
        "optuna": ("config/optuna.py",),
        "joblib": ("config/launcher.py",),
        "torchdiffeq": ("integrators/ode_solver.py",),
        "matplotlib": ("reporting/",),
        "rich": ("reporting/", "training/progress.py", "config/listing.py"),
        "scipy": (
            "applications/",
            "boundary/",
            "data/",
            "evaluation/",
            "integrators/dormand_prince.py",
            "metrics/",
            "reporting/",
        ),
        "pytorch_lightning": ("training/", "config/runs.py", "config/trust.py"),
        "lightning_fabric": ("training/",),
        "pysindy": ("models/sindy.py",),
        "hydra": ("config/", "notebook.py"),
        "omegaconf": ("config/",),
    }
    for file in (ROOT / "src").rglob("*.py"):
        place = file.relative_to(ROOT / "src").as_posix()
        for line in file.read_text().splitlines():
            words = line.split()
            if words[:1] not in (["import"], ["from"]):
                continue
            library = words[1].partition(".")[0]
            assert place.startswith(rooms.get(library, ("",))), f"{place}: {line.strip()}"
