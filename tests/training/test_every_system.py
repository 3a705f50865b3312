"""Every system trains with every model that fits it."""

import pytest
import torch

from src.config.build import build
from src.config.experiment import fitting_models
from src.config.options import options
from src.data.simulated import SimulatedData
from src.integrators.ode_solver import ODESolver
from src.losses.derivative import DerivativeLoss
from src.losses.euler_lagrange import EulerLagrangeLoss
from src.signals.open_loop import SumOfSines, Zero
from src.training.datamodule import TrajectoryData

SYSTEMS = {name: node for name, node in options("system") if name != "recorded"}
MODELS = dict(options("model"))
STEPS = 3


def train(model, data):
    """Take a few steps, and return the losses before each and after the last."""
    lagrangian = model.learns == "lagrangian"
    loss = EulerLagrangeLoss() if lagrangian else DerivativeLoss()
    model.fit_scaling(*data.training_samples())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batch = next(iter(data.train_dataloader()))
    losses = []
    for _ in range(STEPS + 1):
        value = loss(model, ODESolver(method="rk4"), *batch)
        losses.append(float(value.detach()))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return losses


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_few_steps_make_the_loss_of_every_fitting_model_smaller(name, tmp_path):
    system = build(SYSTEMS[name], "system")
    for signal in (Zero(), SumOfSines()) if system.spec.inputs else (Zero(),):
        source = SimulatedData(
            trajectories=4, horizon=system.time_scale / 5, noise=0.01, signal=signal
        )
        traits = source.traits(system)
        spec = system.spec if signal.driven else system.spec.left_alone()
        fitting = fitting_models(system, traits)
        assert "baseline" in fitting
        for kind in fitting:
            torch.manual_seed(0)
            model = build(MODELS[kind] | {"width": 8}, "model", spec=spec).double()
            data = TrajectoryData(source, system, model.spec, 1, 0, tmp_path, torch.float64)
            losses = train(model, data)
            assert losses[-1] < losses[0], (kind, losses)
