"""What all tests share: shapes checked at run time, one thread, reproducible property tests."""

import os

os.environ.setdefault("WANDB_MODE", "offline")

import torch
from hypothesis import settings
from jaxtyping import install_import_hook

# Every public shape annotation is checked while the tests run. An int serves as a float (PEP 484):
# system.mass=2 arrives as one.
install_import_hook("src", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

# torch compiles and allocates on its first call: Hypothesis' deadline would call that a failure.
settings.register_profile("house", deadline=None, max_examples=20, derandomize=True)
settings.load_profile("house")
torch.set_num_threads(1)
