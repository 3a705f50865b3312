import math

import pytest
import torch

from src.integrators.reference import reference_motion
from src.mechanics.symplectic import jacobian
from src.systems.henon_heiles import HenonHeiles

SYSTEM = HenonHeiles(mass=0.7, stiffness=1.9, coupling=1.3)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def inside(system, q):
    """Whether places lie between the lines y = -1/2 and y = 1 -+ sqrt(3) x, over lambda."""
    x, y = (system.coupling * q).unbind(-1)
    return (y > -0.5) & (y < 1 - math.sqrt(3) * x) & (y < 1 + math.sqrt(3) * x)


def test_in_natural_units_it_is_the_textbook_energy():
    x = torch.randn(9, 4, generator=generator(), dtype=torch.float64)
    q1, q2, p1, p2 = x.unbind(-1)
    energy = (p1**2 + p2**2) / 2 + (q1**2 + q2**2) / 2 + q1**2 * q2 - q2**3 / 3
    torch.testing.assert_close(HenonHeiles().hamiltonian(x), energy)


def test_three_saddles_at_the_energy_of_escape():
    corners = torch.tensor(SYSTEM.landmarks, dtype=torch.float64)
    assert HenonHeiles().escape_energy == pytest.approx(1 / 6, rel=1e-15)
    assert SYSTEM.potential(corners).tolist() == pytest.approx([1.9 / (6 * 1.3**2)] * 3, rel=1e-14)
    assert float(SYSTEM.force(corners).abs().max()) < 1e-14
    curvatures = torch.linalg.eigvalsh(-jacobian(SYSTEM.force, corners))
    torch.testing.assert_close(
        curvatures, torch.tensor([-1.9, 3 * 1.9], dtype=torch.float64).expand(3, 2)
    )


def test_the_sides_of_the_triangle_have_the_energy_of_escape():
    a, b, c = torch.tensor(SYSTEM.landmarks, dtype=torch.float64)
    along = torch.linspace(0, 1, 21, dtype=torch.float64)[:, None]
    for start, end in ((a, b), (b, c), (c, a)):
        energy = SYSTEM.potential(start + along * (end - start))
        torch.testing.assert_close(energy, torch.full_like(energy, SYSTEM.escape_energy))


def test_a_third_of_a_turn_changes_nothing():
    x = SYSTEM.sample_initial(20, generator())
    cos, sin = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
    turn = torch.tensor([[cos, -sin], [sin, cos]], dtype=torch.float64)
    both = torch.block_diag(turn, turn)
    torch.testing.assert_close(SYSTEM.hamiltonian(x @ both.mT), SYSTEM.hamiltonian(x))
    torch.testing.assert_close(SYSTEM.vector_field(x @ both.mT), SYSTEM.vector_field(x) @ both.mT)


@pytest.mark.parametrize("energy", [(0.25, 0.75), (0.1, 0.5), (0.9, 0.999)])
def test_starts_lie_inside_the_triangle_at_their_energies(energy):
    system = HenonHeiles(mass=0.7, stiffness=1.9, coupling=1.3, energy=energy)
    for draw, (low, high) in (
        (system.sample_initial, energy),
        (system.sample_higher_energy, (energy[1], (energy[1] + 1) / 2)),
    ):
        x = draw(4000, generator())
        share = system.hamiltonian(x) / system.escape_energy
        assert inside(system, x[:, :2]).all()
        assert low <= float(share.min()) * (1 + 1e-12)
        assert float(share.max()) <= high * (1 + 1e-12)
        assert float(share.mean()) == pytest.approx((low + high) / 2, abs=0.02 * (high - low))


def test_motions_just_below_escape_stay_and_those_above_may_leave():
    """At 0.96 of it, E = 0.16 in the literature, and at twice the energy of escape."""
    system = HenonHeiles(energy=(0.959, 0.961))
    x = system.sample_initial(6, generator())
    t = torch.linspace(0, 100, 201, dtype=torch.float64)
    assert inside(system, reference_motion(system.field().f, x, t)[..., :2]).all()
    upwards = torch.tensor([[0.0, 0.0, 0.0, math.sqrt(2 / 3)]], dtype=torch.float64)
    early = reference_motion(system.field().f, upwards, t[:6])
    assert not inside(system, early[-1, :, :2]).any()


def test_energies_that_escape_are_refused():
    with pytest.raises(
        ValueError, match=r"system\.energy must stay below 1.*got 1\.0 of the energy of escape"
    ):
        HenonHeiles(energy=(0.5, 1.0))
