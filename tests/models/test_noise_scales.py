"""Noises of diffusions begin near what they are, which is far below the scale of velocities."""

import pytest
import torch
from shipped import SHIPPED

from src.data.simulated import SimulatedData
from src.models.generator_hnn import GeneratorHNN
from src.models.lnn_pinned import LNNPinned
from src.training.datamodule import TrajectoryData


@pytest.mark.parametrize("model", [GeneratorHNN, LNNPinned])
@pytest.mark.parametrize("name", ["vasicek", "cir", "cir_intensity", "defaultable_bond"])
def test_an_untrained_noise_is_near_the_mean_of_the_true_one(model, name, tmp_path):
    system = SHIPPED[name]
    net = model(system.model_spec, width=8)
    data = TrajectoryData(
        SimulatedData(trajectories=50), system, net.spec, 1, 0, tmp_path, torch.float32
    )
    x, dx = data.training_samples()
    net.fit_scaling(x, dx)
    q = x[:, : net.spec.dof].double()
    true = system.covariance(q).diagonal(dim1=-2, dim2=-1).mean(0)
    form = (net.hamiltonian if model is GeneratorHNN else net.net).quadratic.double()
    matrix = form.matrix(q)
    learned = (matrix if model is GeneratorHNN else matrix.inverse()).diagonal(dim1=-2, dim2=-1)
    assert ((learned.mean(0) / true).log().abs() < 0.5).all()
