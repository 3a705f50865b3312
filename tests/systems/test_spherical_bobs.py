import pytest
import torch

from src.mechanics.state import split_state
from src.systems.coupled_pendulums import CoupledPendulums
from src.systems.magnetic_pendulum import MagneticPendulum

ROW = CoupledPendulums(number=4, mass=0.7, length=1.3, stiffness=7.0)


def test_small_oscillations_along_the_row_have_the_modes_of_a_chain():
    """The force of a small displacement along x, over the mass, is -omega^2 times it."""
    size = 1e-6
    tilts = torch.cat((size * torch.eye(4), torch.zeros(4, 4)), -1).double()
    tilts = tilts.unflatten(-1, (2, 4)).mT.flatten(-2)  # a along x, b = 0 across, bob by bob
    x = ROW.from_angles(torch.cat((tilts, torch.zeros_like(tilts)), dim=-1))
    _, force = split_state(ROW.vector_field(x))
    stiffness = -force[:, 0::3] / (ROW.mass * ROW.length * size)
    squares = torch.linalg.eigvalsh((stiffness + stiffness.mT) / 2)
    assert squares.sqrt().tolist() == pytest.approx(ROW.frequencies, rel=1e-5)


def test_bobs_that_swing_alike_feel_no_spring():
    one = MagneticPendulum(mass=0.7, length=1.3, moment=1e-9)
    tilts = torch.tensor([[0.4, -0.3, 0.2, 0.9]], dtype=torch.float64)
    alone = one.vector_field(one.from_angles(tilts))
    angles = torch.cat([part.repeat(1, 4) for part in split_state(tilts)], dim=-1)
    row = ROW.vector_field(ROW.from_angles(angles))
    torch.testing.assert_close(row, torch.cat([p.repeat(1, 4) for p in split_state(alone)], -1))


def test_the_rest_between_two_magnets_is_a_saddle():
    system = MagneticPendulum()

    def height(a, b):
        tilts = torch.tensor([[a, b, 0.0, 0.0]], dtype=torch.float64)
        return system.hamiltonian(system.from_angles(tilts)).item()

    assert height(0.05, 0.0) > height(0.0, 0.0) > height(0.0, 0.05)
    # A hill above each magnet, and little of it half a radian away.
    assert height(0.1, 0.0) > 10 * system.energy_scale
    assert height(0.5, 0.0) == pytest.approx(height(0.0, 0.5), rel=0.1)
    assert height(0.3, 0.1) == pytest.approx(height(-0.3, 0.1), rel=1e-12)
