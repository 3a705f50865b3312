"""What energies are worth to who steers by them: the true one, and wrong ones."""

import pytest
import torch

from src.applications.curves import curves
from src.applications.laws import swinging
from src.systems.acrobot import Acrobot
from src.systems.arm_n_link import ArmNLink
from src.systems.pendulum_swingup import PendulumSwingup


def test_an_arm_that_gets_the_torques_makes_the_motion():
    arm = ArmNLink()
    found = curves(arm)
    t = found["torque_1"].points
    u = torch.stack([curve.exact for curve in found.values()], dim=-1)
    q, v, a = swinging(arm, t)
    x = arm.to_canonical(torch.cat((q, v), dim=-1))
    _, got = arm.velocity_rate(x, arm.rate(x, u)).chunk(2, dim=-1)
    torch.testing.assert_close(got, a, atol=1e-9, rtol=0)


def test_an_energy_of_twice_the_size_asks_for_twice_the_torque():
    arm = ArmNLink()
    curve = curves(arm)["torque_2"]
    doubled = curve.of(lambda x, t=None: 2 * arm.hamiltonian(_halved(x)))
    torch.testing.assert_close(doubled, 2 * curve.exact)
    assert curve.errors(doubled).abs().max() == pytest.approx(100)


def _halved(x):
    """Return the momenta that the true arm has where one of twice the mass has these."""
    q, p = x.chunk(2, dim=-1)
    return torch.cat((q, p / 2), dim=-1)


def test_an_arm_with_too_few_motors_has_no_torques():
    assert curves(Acrobot()) == {}


def test_a_pendulum_stands_by_its_energy_whatever_the_zero_and_not_by_a_wrong_one():
    system = PendulumSwingup()
    curve = curves(system)["swing_up"]
    assert curve.exact.isfinite().all()
    torch.testing.assert_close(curve.of(lambda x, t=None: system.hamiltonian(x) + 7), curve.exact)
    assert curve.of(lambda x, t=None: -system.hamiltonian(x)).isnan().all()
