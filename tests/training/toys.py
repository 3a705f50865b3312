"""A training of half a second, without the config."""

import random

import numpy as np
import pytorch_lightning as pl
import torch

from src.data.simulated import SimulatedData
from src.integrators.ode_solver import ODESolver
from src.losses.derivative import DerivativeLoss
from src.models.hnn import HNN
from src.systems.mass_spring import MassSpring
from src.training.callbacks import FiniteGradients
from src.training.datamodule import TrajectoryData
from src.training.fit import Training
from src.training.kinds import module_for
from src.training.schedules import constant


def toy_training(
    folder,
    cache,
    loss=None,
    patience=3,
    epochs=3,
    schedule=constant,
    resume=False,
    kind=HNN,
    callbacks=(),
    steps_at_once=2,
    **trainer,
):
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    system = MassSpring()
    source = SimulatedData(trajectories=8, horizon=2.0, batch_size=16)
    model = kind(system.spec, **({"width": 8} if issubclass(kind, HNN) else {}))
    loss = loss or DerivativeLoss()
    module = module_for(model)(
        model,
        loss,
        ODESolver("dopri5"),
        lambda parameters: torch.optim.Adam(parameters, lr=1e-3),
        schedule,
        {"format": 1, "config": {}, "choices": {}, "versions": {}},
    )
    data = TrajectoryData(source, system, model.spec, loss.window, seed=0, cache=cache)

    def make(**given):
        settings = {"max_epochs": epochs, "accelerator": "cpu", "check_val_every_n_epoch": 1}
        return pl.Trainer(**settings | trainer | given)

    watching = [FiniteGradients(patience), *callbacks]
    return Training(module, data, make, watching, folder, resume, steps_at_once=steps_at_once)
