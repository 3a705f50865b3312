import dataclasses
import math

import pytest
import torch

from src.mechanics.hamiltonian import hamiltonian_field
from src.mechanics.state import split_state
from src.mechanics.symplectic import jacobian
from src.systems.double_pendulum import DoublePendulum
from src.systems.planar_links import PlanarLinks
from src.systems.swing_leg import SwingLeg

from .motions import motion

FREE = SwingLeg(stop=0.0)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_segments_of_a_body_are_those_of_the_tables():
    leg = SwingLeg(body_mass=75.0, height=1.75)
    assert leg.segment_masses == pytest.approx((7.5, 4.575))
    assert leg.lengths[:2] == pytest.approx((0.4287, 0.4305), abs=1e-4)
    assert leg.centres == pytest.approx((0.1856, 0.2609), abs=1e-4)
    assert leg.moments == pytest.approx((0.1438, 0.1467), abs=1e-4)


def test_the_periods_of_small_swings_are_those_of_the_reference():
    assert [2 * math.pi / w for w in FREE.frequencies] == pytest.approx([1.596, 0.699], abs=5e-4)


def test_the_periods_are_those_of_the_linear_field_at_rest():
    at_rest = jacobian(FREE.vector_field, torch.zeros(1, 4, dtype=torch.float64))[0]
    found = sorted(torch.linalg.eigvals(at_rest).imag.tolist())[2:]
    assert found == pytest.approx(FREE.frequencies, rel=1e-12)


def test_the_mass_matrix_is_that_of_two_bodies_by_their_velocities():
    """Twice the kinetic energy: of the centres of mass by finite geometry, and of the turning."""
    q = torch.tensor([0.4, -0.3], dtype=torch.float64)

    def centres(y):
        (thigh, shank), l_t, (c_t, c_s) = y, FREE.lengths[0], FREE.centres
        knee = torch.stack((l_t * thigh.sin(), -l_t * thigh.cos()))
        return torch.stack(
            (
                torch.stack((c_t * thigh.sin(), -c_t * thigh.cos())),
                knee + torch.stack((c_s * shank.sin(), -c_s * shank.cos())),
            )
        )

    slopes = torch.func.jacrev(centres)(q)
    masses = torch.tensor(FREE.segment_masses, dtype=torch.float64)
    moving = torch.einsum("k,kdi,kdj->ij", masses, slopes, slopes)
    expected = moving + torch.diag(torch.tensor(FREE.moments, dtype=torch.float64))
    torch.testing.assert_close(FREE.mass_matrix(q), expected)
    weight = FREE.gravity * (masses * (centres(q) - centres(0 * q))[:, 1]).sum()
    torch.testing.assert_close(FREE.potential(q), weight)


def test_the_closed_field_of_two_links_is_that_of_any_number():
    leg, rods = dataclasses.replace(FREE, shank_mass=2.3), DoublePendulum(mass_2=0.4, length_2=1.7)
    for system in (leg, rods):
        x = torch.randn(20, 4, generator=generator(), dtype=torch.float64)
        torch.testing.assert_close(system.vector_field(x), PlanarLinks.vector_field(system, x))
        torch.testing.assert_close(system.vector_field(x), hamiltonian_field(system.hamiltonian, x))


def test_the_stop_pushes_a_straight_knee_apart_and_no_bent_one():
    leg = SwingLeg()
    for flexion, moment in ((0.0, 9.2), (leg.stop_range, 9.2 / math.e), (1.5, 0.0)):
        x = torch.tensor([0.3, 0.3 - flexion, 0.0, 0.0], dtype=torch.float64)
        _, with_stop = split_state(leg.vector_field(x))
        _, without = split_state(FREE.vector_field(x))
        torque = (with_stop - without).tolist()
        assert torque == pytest.approx([moment, -moment], abs=1e-4)


def test_a_knee_bends_one_way_only_where_it_is_stopped():
    x0 = [-0.5, -1.3, 0.0, 0.0]
    stopped, free = (motion(leg, x0, 1.6).y for leg in (SwingLeg(), FREE))
    bent = [path[0] - path[1] for path in (stopped, free)]
    assert min(bent[1]) < -0.3
    assert -0.2 < min(bent[0]) < 0.0
    energy = SwingLeg().hamiltonian(torch.from_numpy(stopped.T.copy()))
    assert float((energy - energy[0]).abs().max()) < 1e-8


def test_a_prosthesis_changes_the_shank_alone():
    light = dataclasses.replace(FREE, shank_mass=2.0, shank_com=0.2, shank_inertia=0.05)
    assert light.segment_masses == (FREE.segment_masses[0], 2.0)
    assert light.centres == (FREE.centres[0], 0.2)
    assert light.moments == (FREE.moments[0], 0.05)
    natural = dataclasses.replace(
        FREE,
        shank_mass=FREE.segment_masses[1],
        shank_com=FREE.centres[1],
        shank_inertia=FREE.moments[1],
    )
    assert natural.frequencies == FREE.frequencies


def test_a_hip_torque_turns_the_thigh_and_a_knee_torque_both_against_each_other():
    x = torch.zeros(4, dtype=torch.float64)
    for u, force in (([2.0, 0.0], [2.0, 0.0]), ([0.0, 3.0], [-3.0, 3.0])):
        _, pushed = split_state(FREE.rate(x, torch.tensor(u, dtype=torch.float64)))
        assert pushed.tolist() == force


def test_the_damper_takes_energy_by_the_bending_of_the_knee_alone():
    leg = dataclasses.replace(FREE, damping=0.3)
    v = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    x = leg.to_canonical(torch.cat((torch.zeros_like(v), v), dim=-1))
    assert leg.power(x).tolist() == pytest.approx([0.0, -0.3 * 4], abs=1e-12)


@pytest.mark.parametrize("name", ["shank_mass", "shank_com", "shank_inertia"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_a_prosthesis_of_no_mass_or_size_is_refused(name, value):
    with pytest.raises(ValueError, match=rf"system\.{name} must be positive, or null.*got {value}"):
        SwingLeg(**{name: value})


def test_the_sketch_is_a_leg_with_its_toes_in_front():
    x = torch.zeros(1, 4, dtype=torch.float64)
    hip, knee, ankle, toes = SwingLeg().sketch(x).points[0].tolist()
    assert hip == [0, 0]
    assert knee[1] > ankle[1]
    assert toes == pytest.approx([0.152 * 1.75, ankle[1]])
