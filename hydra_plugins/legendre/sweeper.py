"""Hydra's way into our sweeps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class LegendreSweeper(Sweeper):
    """Leads any sweep: which jobs it has says the option of the group ``sweep``.

    Args:
        params: what is swept over beside the command line, by key, in the grammar of overrides.
    """

    def __init__(self, params: Mapping[str, Any] | None = None) -> None:
        self.params = dict(params or {})

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Take what Hydra gives, and make the launcher."""
        from src.config.launcher import make_launcher

        self.hydra_context = hydra_context
        self.config = config
        self.launcher = make_launcher(hydra_context, task_function, config)

    def sweep(self, arguments: list[str]) -> None:
        """Run the sweep to its end."""
        from src.config.build import build
        from src.config.launching import Launches
        from src.config.sweep import Grid, Search, Sweep, lead
        from src.reporting.ledger import Ledger

        assert self.hydra_context is not None
        assert self.config is not None, "setup comes first"
        loader = self.hydra_context.config_loader
        words = [*(f"{key}={value}" for key, value in self.params.items()), *arguments]
        overrides = OverridesParser.create(config_loader=loader).parse_overrides(words)
        folder = Path(self.config.hydra.sweep.dir).absolute()
        ledger = Ledger(folder)
        node = self.config.get("sweep")
        search = Grid() if node is None else build(node, "sweep")
        assert isinstance(search, Search)
        load = partial(loader.load_sweep_config, self.config)
        sweep = Sweep(folder, ledger, Launches(self.launcher, ledger), self.config, load)
        lead(search, sweep, overrides, sys.argv[1:])
