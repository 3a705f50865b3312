import math

import numpy as np
import pytest
import torch

from src.mechanics.hamiltonian import hamiltonian_field
from src.systems.lagrange_top import POLES, LagrangeTop

from .motions import motion

TOP = LagrangeTop()


def starts(system, count=200):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def state(system, *values):
    """The canonical state of angles and their velocities."""
    return system.to_canonical(torch.tensor(values, dtype=torch.float64))


def steady(system, tilt, spin):
    """A state that precesses at the rate in closed form, and that rate."""
    rate = system.steady_precession(tilt, spin)
    return state(system, tilt, 0.0, 0.0, 0.0, rate, spin - rate * math.cos(tilt)), rate


def test_steady_precession():
    """At a tilt of 0.6: 0.417868 rad/s, and M g l / I_3 omega_3 of a fast top."""
    x, rate = steady(TOP, 0.6, 60.0)
    assert rate == pytest.approx(0.417868, abs=5e-7)
    assert pytest.approx(0.416667, abs=5e-7) == 0.5 / (0.02 * 60.0)
    assert float(x[5]) == pytest.approx(0.02 * 60.0)
    assert float(TOP.vector_field(x)[3]) == pytest.approx(0, abs=1e-13)
    end = motion(TOP, x, 2.0).y[:, -1]
    assert end[0] == pytest.approx(0.6, abs=1e-8)
    assert end[1] == pytest.approx(2 * rate, abs=1e-7)


@pytest.mark.parametrize("tilt", [0.6, math.pi / 2, 2.2])
def test_precession_is_a_root_whatever_the_side_of_the_horizon(tilt):
    system = LagrangeTop(inertia_1=0.013, inertia_3=0.017, weight=0.4)
    x, rate = steady(system, tilt, 31.0)
    root = 0.013 * rate**2 * math.cos(tilt) - 0.017 * 31.0 * rate + 0.4
    assert root == pytest.approx(0, abs=1e-14)
    assert system.vector_field(x)[[0, 3, 4, 5]].abs().max() < 1e-13


def test_the_slowest_top_that_precesses_steadily():
    slowest = math.sqrt(4 * 0.01 * 0.5 * math.cos(0.6)) / 0.02
    assert TOP.steady_precession(0.6, 1.000001 * slowest) > 0
    with pytest.raises(ValueError, match=r"must spin faster to precess steadily; got 6\.3"):
        TOP.steady_precession(0.6, 6.3)


def test_the_kinetic_energy_is_that_of_a_turning_body():
    """From the rotation Rz(phi) Rx(theta) Rz(psi) and its rate alone."""

    def rotation(angles):
        theta, phi, psi = angles.unbind(-1)
        zero, one = torch.zeros(()).double(), torch.ones(()).double()

        def about(first, second, angle):
            axis = 3 - first - second
            rows = [[zero] * 3 for _ in range(3)]
            rows[axis][axis] = one
            rows[first][first] = rows[second][second] = angle.cos()
            rows[first][second], rows[second][first] = -angle.sin(), angle.sin()
            return torch.stack([torch.stack(row) for row in rows])

        return about(0, 1, phi) @ about(1, 2, theta) @ about(0, 1, psi)

    inertia = torch.tensor([0.01, 0.01, 0.02], dtype=torch.float64)
    for x in starts(TOP, 5):
        q, v = TOP.to_velocity(x).chunk(2)
        turned, rate = torch.func.jvp(rotation, (q,), (v,))
        spin = turned.mT @ rate
        omega = torch.stack((spin[2, 1], spin[0, 2], spin[1, 0]))
        kinetic = (inertia * omega.square()).sum() / 2
        torch.testing.assert_close(kinetic + TOP.potential(q), TOP.hamiltonian(x))
        torch.testing.assert_close(0.02 * omega[2], TOP.invariants(x)["p_psi"])
        momentum = turned @ (inertia * omega)
        torch.testing.assert_close(momentum[2], TOP.invariants(x)["p_phi"])


def test_the_closed_field_is_that_of_the_energy():
    x = starts(TOP)
    torch.testing.assert_close(TOP.vector_field(x), hamiltonian_field(TOP.hamiltonian, x))


def test_without_weight_the_axis_runs_around_the_angular_momentum():
    """Around a circle of the radius that was asked for, with the frequency |l| / I_1."""
    system = LagrangeTop(weight=1e-12, nutation=(0.15, 0.15001))
    x = starts(system, 1)[0]
    period = 2 * math.pi * 0.01 * math.cos(0.15) / float(x[5])
    path = motion(system, x, period)
    assert path.y[[0, 3], -1] == pytest.approx(x[[0, 3]].numpy(), abs=1e-4)
    assert np.ptp(path.y[0]) > 0.1
    theta, phi = path.y[0], path.y[1]
    axis = np.stack((np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)))
    about = np.linalg.svd(axis - axis.mean(1, keepdims=True))[0][:, 2]
    angle = np.arccos(np.abs(about @ axis))
    assert angle == pytest.approx(np.full(angle.shape, 0.15), abs=1e-4)


def test_the_axis_turns_where_the_energy_leaves_no_more_for_nodding():
    """The roots in u = cos theta of (2 I_1)(E - M g l u)(1 - u^2) = (p_phi - p_psi u)^2."""
    x = starts(TOP, 1)[0]
    energy = float(TOP.hamiltonian(x)) - float(x[5]) ** 2 / (2 * 0.02)
    side, along = float(x[4]), float(x[5])
    poly = np.polynomial.Polynomial
    cubic = 0.02 * poly([energy, -0.5]) * poly([1, 0, -1]) - poly([side, -along]) ** 2
    turning = np.sort([float(u.real) for u in cubic.roots() if abs(u) <= 1])
    path = motion(TOP, x, 3 * TOP.time_scale * 60 / 30)
    theta = path.y[0]
    assert [np.cos(theta.max()), np.cos(theta.min())] == pytest.approx(turning, abs=2e-3)
    assert turning[0] - 1e-9 < np.cos(theta).min()
    assert np.cos(theta).max() < turning[1] + 1e-9


@pytest.mark.parametrize(
    "system",
    [TOP, LagrangeTop(spin=(15.0, 20.0), nutation=(0.01, 0.05))],
    ids=["fast", "slow"],
)
def test_motions_stay_away_from_the_poles_as_far_as_promised(system):
    """All turning points at once, as roots of the cubic; bisected on both sides of the start."""
    generator = torch.Generator().manual_seed(3)
    x = torch.cat(
        (system.sample_initial(2000, generator), system.sample_higher_energy(2000, generator))
    )
    start, _, _, _, p_phi, p_psi = x.unbind(-1)
    energy = system.hamiltonian(x) - p_psi.square() / (2 * system.inertia_3)

    def left(theta):
        sideways = (p_phi - p_psi * theta.cos()).square() / (2 * system.inertia_1)
        return energy - system.weight * theta.cos() - sideways / theta.sin().square()

    for side in (-1, 1):
        beyond = start + side * system.swing
        assert (left(beyond) < 0).all()
        assert POLES[0] < float(beyond.min()) < float(beyond.max()) < POLES[1]
    assert (left(start) >= -1e-12 * energy.abs()).all()


def test_the_sketch_is_a_rod_of_one_length_in_space():
    """Upright, the tip is right above the foot; lying towards the right, beside it."""
    upright, right = (
        TOP.sketch(state(TOP, 1e-6, 0.3, 0, 0, 0, 1)),
        TOP.sketch(state(TOP, math.pi / 2, 0, 0, 0, 0, 1)),
    )
    assert float(upright.points[1, 0]) == pytest.approx(0, abs=1e-5)
    assert float(upright.points[1, 1]) > 0.9
    assert right.points[1].tolist() == pytest.approx([1, 0], abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tilt": (0.5, 1.8)}, "system.tilt must keep 0.4278 rad, .* got .0.5, 1.8. rad"),
        ({"tilt": (0.8, 2.6)}, "system.tilt must keep 0.4278 rad"),
        ({"nutation": (0.1, 0.4)}, "Use smaller system.nutation, or a faster system.spin"),
        ({"spin": (10.0, 60.0)}, "system.tilt must keep 0.65 rad"),
    ],
)
def test_tops_that_could_nod_to_a_pole_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        LagrangeTop(**changes)
