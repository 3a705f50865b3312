"""Arms of uniform rods: what their masses are, how motors and friction act, how they are held."""

import math

import numpy as np
import pytest
import torch

from src.data.simulation import simulate_driven
from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.signals.feedback import Regulation
from src.signals.linear_quadratic import LinearQuadratic
from src.systems.acrobot import Acrobot
from src.systems.acrobot_gym import AcrobotGym
from src.systems.arm_2r import Arm2R
from src.systems.arm_n_link import ArmNLink
from src.systems.pendulum import Pendulum

MASSES, LENGTHS = (0.7, 1.9, 0.4, 1.2), (1.3, 0.6, 0.9, 1.7)
TWO = {"mass_1": 0.7, "mass_2": 1.9, "length_1": 1.3, "length_2": 0.6, "gravity": 3.7}


def uneven(number, **parameters):
    return ArmNLink(mass=MASSES[:number], length=LENGTHS[:number], gravity=3.7, **parameters)


def anywhere(number, count=7, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(count, 2 * number, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_energies_are_those_of_all_parts_of_the_rods(number):
    """Two points of each rod followed in the plane: Gauss's rule adds up a uniform rod exactly."""
    system = uneven(number)
    q, v = anywhere(number, 1)[0].chunk(2)
    mass, length = (torch.tensor(it[:number], dtype=torch.float64) for it in (MASSES, LENGTHS))

    def parts(joints):
        angles = joints.cumsum(-1)
        rods = length * torch.stack((angles.sin(), -angles.cos()))
        starts = rods.cumsum(-1) - rods
        return torch.stack([starts + (1 + at / math.sqrt(3)) / 2 * rods for at in (-1, 1)])

    places, speeds = torch.func.jvp(parts, (q,), (v,))
    kinetic = (mass / 2 * speeds.square().sum((0, 1))).sum() / 2
    torch.testing.assert_close(v @ system.mass_matrix(q) @ v / 2, kinetic)
    rise = (places - parts(torch.zeros_like(q)))[:, 1].sum(0)
    torch.testing.assert_close(system.potential(q), 3.7 * (mass / 2 * rise).sum())


def test_the_mass_matrix_of_two_rods_is_the_textbook_formula():
    m1, m2, l1, l2, g = TWO.values()
    q, _ = split_state(anywhere(2))
    c1, c2, i1, i2 = l1 / 2, l2 / 2, m1 * l1**2 / 12, m2 * l2**2 / 12
    a = i1 + i2 + m1 * c1**2 + m2 * (l1**2 + c2**2)
    b, d, cos = m2 * l1 * c2, i2 + m2 * c2**2, q[:, 1].cos()
    rows = (a + 2 * b * cos, d + b * cos, d + b * cos, torch.full_like(cos, d))
    expected = torch.stack(rows, dim=-1).unflatten(-1, (2, 2))
    torch.testing.assert_close(Arm2R(**TWO).mass_matrix(q), expected)
    height = -(m1 * c1 + m2 * l1) * g * q[:, 0].cos() - m2 * g * c2 * q.sum(-1).cos()
    lowest = -(m1 * c1 + m2 * l1) * g - m2 * g * c2
    torch.testing.assert_close(Arm2R(**TWO).potential(q), height - lowest)


def test_the_acrobot_of_gym_moves_as_its_code_says():
    """The accelerations of Sutton's appendix, with unit masses, lengths and moments of inertia."""
    system, g = AcrobotGym(gravity=9.8), 9.8
    x, u = anywhere(2), anywhere(1, seed=2)[:, :1]
    (q1, q2), (v1, v2) = (part.unbind(-1) for part in split_state(x))
    d1, d2 = 0.25 + (1.25 + q2.cos()) + 2, 0.25 + q2.cos() / 2 + 1
    phi2 = g / 2 * (q1 + q2).sin()
    phi1 = -q2.sin() * (v2**2 / 2 + v1 * v2) + 1.5 * g * q1.sin() + phi2
    force = u[:, 0] + d2 / d1 * phi1 - v1**2 * q2.sin() / 2 - phi2
    a2 = force / (1.25 - d2**2 / d1)
    a1 = -(d2 * a2 + phi1) / d1
    canonical = system.to_canonical(x)
    rates = system.velocity_rate(canonical, system.rate(canonical, u))
    torch.testing.assert_close(split_state(rates)[1], torch.stack((a1, a2), dim=-1))


def test_two_links_are_the_arm_with_two_joints():
    both, arm = (
        uneven(2, damping=0.2, dry_friction=0.1),
        Arm2R(**TWO, damping=0.2, dry_friction=0.1),
    )
    x, u = anywhere(2), anywhere(1, seed=2)
    torch.testing.assert_close(both.hamiltonian(x), arm.hamiltonian(x))
    torch.testing.assert_close(both.rate(x, u), arm.rate(x, u), rtol=1e-12, atol=1e-12)
    assert both.frequencies == pytest.approx(arm.frequencies, rel=1e-13)
    assert both.input_scale == pytest.approx(arm.input_scale, rel=1e-14)
    draws = [s.sample_initial(5, torch.Generator().manual_seed(0)) for s in (both, arm)]
    assert torch.equal(*draws)


def test_one_link_is_a_pendulum_of_two_thirds_of_its_length():
    rod, bob = uneven(1), Pendulum(mass=0.7 * 3 / 4, length=1.3 * 2 / 3, gravity=3.7)
    x = anywhere(1)
    torch.testing.assert_close(rod.vector_field(x), bob.vector_field(x))


@pytest.mark.parametrize("number", [1, 4])
def test_the_closed_form_of_the_field_is_the_derivative_of_the_energy(number):
    system, x = uneven(number), anywhere(number)
    expected = hamiltonian_field(system.hamiltonian, x)
    torch.testing.assert_close(system.vector_field(x), expected, rtol=1e-9, atol=1e-9)


def test_small_oscillations_have_the_frequencies_of_the_linear_equations():
    system = uneven(3)
    rest = torch.zeros(6, dtype=torch.float64)
    rates = torch.linalg.eigvals(jacobian(system.vector_field, rest)).imag.sort().values[3:]
    assert rates.tolist() == pytest.approx(system.frequencies, rel=1e-10)
    assert system.time_scale == pytest.approx(2 * math.pi / float(rates[-1]))


def test_joints_have_viscous_and_dry_friction():
    system = Arm2R(damping=0.3, dry_friction=0.2)
    _, v = split_state(anywhere(2))
    torch.testing.assert_close(system.friction(v, v), -0.3 * v - 0.2 * (v / 0.05).tanh())
    fast = torch.tensor([[-1.0, 1.0]], dtype=torch.float64)
    assert system.friction(fast, fast).tolist() == [pytest.approx([0.5, -0.5])]
    assert not Arm2R(dry_friction=0.1).frictionless


@pytest.mark.parametrize("system", [Arm2R(**TWO), uneven(3, damping=0.1)], ids=["2r", "3 links"])
def test_held_by_springs_the_shaped_energy_falls_by_dampers_and_friction(system):
    signal = Regulation(stiffness=0.7, damping=0.4, target=0.6)
    count = system.spec.dof
    law = signal.draw(system, 7, torch.Generator())
    x, scale = anywhere(count), torch.tensor(system.input_scale, dtype=torch.float64)

    def shaped(y):
        q, v = split_state(system.to_velocity(y))
        moving = (split_state(y)[1] * v).sum(-1)
        return (moving + (0.7 * scale * (q - 0.6).square()).sum(-1)) / 2

    rate = torch.func.jvp(shaped, (x,), (system.rate(x, law(0.0, x)),))[1]
    _, v = split_state(system.to_velocity(x))
    damper = 0.4 * scale * system.time_scale / (2 * math.pi) + system.damping
    torch.testing.assert_close(rate, -(damper * v.square()).sum(-1), rtol=1e-11, atol=1e-11)


def test_the_acrobot_is_the_arm_without_a_motor_at_the_bar():
    acrobot, arm = Acrobot(**TWO), Arm2R(**TWO)
    x, u = anywhere(2), anywhere(1, seed=2)[:, :1]
    torque = torch.cat((0 * u, u), dim=-1)
    torch.testing.assert_close(acrobot.rate(x, u), arm.rate(x, torque))
    assert acrobot.input_scale == arm.input_scale[1:]
    state, held = acrobot.balance
    upright = torch.tensor(state, dtype=torch.float64)
    still = acrobot.rate(upright, torch.tensor(held, dtype=torch.float64))
    assert still.tolist() == pytest.approx([0] * 4, abs=1e-14)
    assert float(acrobot.hamiltonian(upright)) == pytest.approx(2 * sum(acrobot.weights))


@pytest.mark.slow
def test_linear_feedback_balances_the_acrobot():
    system = Acrobot()
    x0 = torch.tensor(system.balance[0], dtype=torch.float64).repeat(4, 1)
    x0[:, 0] += torch.linspace(-0.03, 0.03, 4, dtype=torch.float64)
    t = torch.arange(361, dtype=torch.float64) * system.time_scale / 30
    law = LinearQuadratic(cost=0.1).draw(system, 4, torch.Generator())
    x, _ = simulate_driven(system, x0, t, "reference", law)
    assert (x[:, -1, 0] - math.pi).abs().max() < 1e-3
    assert x[:, -1, 1].abs().max() < 1e-3


def test_the_dynamics_are_those_of_mujoco():
    """An engine of its own: masses, and the forces that keep constant joint velocities."""
    mujoco = pytest.importorskip("mujoco")
    system, model = uneven(3), mujoco.MjModel.from_xml_string(_xml(3))
    data = mujoco.MjData(model)
    for state in system.to_velocity(anywhere(3)):
        q, v = split_state(state)
        data.qpos[:], data.qvel[:] = q, v
        mujoco.mj_forward(model, data)
        mass, units = np.zeros((3, 3)), np.eye(3)
        for row, unit in zip(mass, units, strict=True):
            mujoco.mj_mulM(model, data, row, unit)
        torch.testing.assert_close(system.mass_matrix(q), torch.from_numpy(mass))
        x = system.to_canonical(state)
        _, a = split_state(system.velocity_rate(x, system.vector_field(x)))
        bias = torch.tensor(data.qfrc_bias)
        torch.testing.assert_close(-(system.mass_matrix(q) @ a), bias, rtol=1e-9, atol=1e-9)


def _xml(number):
    body, close = "", ""
    for i in range(number):
        mass, length = MASSES[i], LENGTHS[i]
        inertia = mass * length**2 / 12
        place = f"0 0 {-LENGTHS[i - 1] if i else 0}"
        body += (
            f'<body pos="{place}"><joint axis="0 -1 0"/><inertial mass="{mass}" '
            f'pos="0 0 {-length / 2}" diaginertia="{inertia} {inertia} 1e-6"/>'
        )
        close += "</body>"
    option = '<compiler angle="radian"/><option gravity="0 0 -3.7"/>'
    return f"<mujoco>{option}<worldbody>{body}{close}</worldbody></mujoco>"


@pytest.mark.parametrize("system", [Arm2R, Acrobot, ArmNLink])
def test_angles_that_would_pass_upright_are_refused(system):
    with pytest.raises(ValueError, match=r"system.angle must be at most 2.5133 rad.*got 2.6 rad"):
        system(angle=2.6)


def test_masses_and_lengths_of_different_numbers_are_refused():
    with pytest.raises(ValueError, match=r"as many values.*got 2 masses.*kg and 3 lengths.*m\."):
        ArmNLink(mass=(1.0, 2.0))
    assert hash(ArmNLink(mass=[1, 2], length=[3, 4])) == hash(ArmNLink(mass=(1, 2), length=(3, 4)))
