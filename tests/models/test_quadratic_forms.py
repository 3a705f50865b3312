"""Quadratic forms whose matrix is learned: masses, their inverse, the noise of diffusions."""

from functools import partial

import pytest
import torch

from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.lagrangian import velocity_blocks
from src.models.mass_net import ConstantMass, MassNet
from src.models.noise_net import FLOOR, NoiseNet, reciprocals

FORMS = {
    "constant": lambda *_: ConstantMass(3),
    "net": MassNet,
    "noise": NoiseNet,
    "inverse noise": partial(NoiseNet, pivots=reciprocals),
}
"""Quadratic forms of three positions, the last two of them angles."""


@pytest.mark.parametrize("size", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("name", FORMS)
def test_masses_are_positive_whatever_the_weights(name, size):
    torch.manual_seed(0)
    masses = FORMS[name]([False, True, True], 8, 2, "tanh").double()
    with torch.no_grad():
        for parameter in masses.parameters():
            parameter.copy_(size * torch.randn_like(parameter))
    q = torch.randn(20, 3).double()
    matrix = masses.matrix(q)
    torch.testing.assert_close(matrix, matrix.mT)
    assert (torch.linalg.cholesky_ex(matrix).info == 0).all()
    y = torch.randn(20, 3).double()
    x = torch.cat((q, y), dim=-1)
    assert (masses(x) > 0).all()
    torch.testing.assert_close(masses(x), torch.einsum("bi,bij,bj->b", y, matrix, y) / 2)


@pytest.mark.parametrize("name", FORMS)
def test_closed_forms_of_a_kinetic_energy(name):
    torch.manual_seed(1)
    masses = FORMS[name]([False, True, True], 8, 2, "silu").double()
    with torch.no_grad():
        for parameter in masses.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    one = torch.ones(3).double()
    masses.fit(0.3 * one, torch.tensor([2.0, 0.7, 0.9]), torch.tensor([0.5, 2.0, 3.0]))

    def hidden(x, t=None):
        return masses(x)

    for x in (torch.randn(4, 6).double(), torch.randn(6).double()):
        expected = energy_gradient(hidden, x)
        torch.testing.assert_close(masses.gradient(x), expected, atol=1e-12, rtol=1e-10)
        blocks = velocity_blocks(hidden, x)
        for ours, theirs in zip(masses.velocity_blocks(x), blocks, strict=True):
            assert ours.shape == theirs.shape
            torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-10)


@pytest.mark.parametrize("name", ["noise", "inverse noise"])
def test_a_noise_in_proportion_to_a_position_is_a_line_of_entries(name):
    form = FORMS[name]([False] * 3, 8, 1, "tanh").double()
    shape = torch.tensor([[1.0, 0, 0], [-0.7, 1, 0], [0.3, 0.2, 1]], dtype=torch.float64)
    form.entries = Affine(slope=[1, 0, 1, 0, 0, 1], level=[0, -0.7, 0, 0.3, 0.2, 0])
    q = torch.tensor([-0.95, -0.5, 0.0, 3.0], dtype=torch.float64)
    rate = (1 + q) ** (1 if name == "noise" else -1)
    expected = rate[:, None, None] * (shape @ shape.mT)
    matrix = form.matrix(q[:, None].expand(-1, 3))
    torch.testing.assert_close(matrix[2], expected[2], atol=1e-14, rtol=0)
    away = (matrix / expected - 1).abs().amax((1, 2))
    assert (away <= FLOOR**2 * (1 + 1 / (1 + q)) / (1 + q) + 1e-14).all()


class Affine(torch.nn.Module):
    """Entries on lines, in the place of a net."""

    def __init__(self, slope, level):
        super().__init__()
        self.slope = torch.tensor(slope, dtype=torch.float64)
        self.level = torch.tensor(level, dtype=torch.float64)

    def forward(self, features):
        return self.level + features[..., :1] * self.slope
