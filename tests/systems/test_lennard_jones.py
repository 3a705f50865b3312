import math

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.mechanics.hamiltonian import energy_gradient
from src.systems.lennard_jones import LennardJones

UNEVEN = LennardJones(mass=1.3, depth=0.7, size=1.6)
SPACE = LennardJones(particles=27, dimensions=3)


def starts(system, count=100):
    return system.sample_initial(count, torch.Generator().manual_seed(0))


def pair(system, distance):
    return torch.tensor([-distance / 2, 0, distance / 2, 0], dtype=torch.float64)


def test_two_atoms_rest_at_the_sixth_root_of_two():
    two = LennardJones(particles=2, mass=1.3, depth=0.7, size=1.6)
    assert two.distance == pytest.approx(1.6 * 2 ** (1 / 6))
    q = pair(two, two.distance)
    assert float(two.potential(q)) == pytest.approx(-0.7)
    assert torch.func.grad(two.potential)(q).abs().max() < 1e-13
    assert float(two.potential(pair(two, 1.6))) == pytest.approx(0, abs=1e-14)


def test_the_stiffness_of_a_pair_is_57_146():
    two = LennardJones(particles=2)
    assert two.stiffness == pytest.approx(57.146, abs=1e-3)
    curvature = torch.func.hessian(two.potential)(pair(two, two.distance))
    assert float(curvature[0, 0]) == pytest.approx(two.stiffness)


def test_two_argon_atoms_vibrate_at_26_per_centimetre():
    kelvin, unit = 1.380649e-23, 1.66053907e-27
    argon = LennardJones(particles=2, mass=39.948 * unit, depth=119.8 * kelvin, size=3.405e-10)
    time = argon.size * math.sqrt(argon.mass / argon.depth)
    assert time == pytest.approx(2.156e-12, rel=1e-3)
    assert argon.frequency / (2 * math.pi * 299792458 * 100) == pytest.approx(26.3, abs=0.05)


@pytest.mark.parametrize(
    ("atoms", "dimensions", "bonds"), [(3, 2, 3), (4, 2, 5), (7, 2, 12), (4, 3, 6), (6, 3, 12)]
)
def test_small_clusters_have_as_many_bonds_as_can_be(atoms, dimensions, bonds):
    """Triangle, rhombus, hexagon, tetrahedron, octahedron."""
    system = LennardJones(particles=atoms, dimensions=dimensions, energy=(1e-12, 2e-12))
    q = starts(system, 3)[:, : atoms * dimensions].unflatten(-1, (atoms, dimensions))
    gaps = torch.stack([torch.pdist(sample) for sample in q]) / system.distance
    assert ((gaps - 1).abs() < 1e-4).sum(-1).tolist() == [bonds] * 3
    assert gaps.min() > 0.999


@pytest.mark.parametrize("system", [UNEVEN, SPACE, LennardJones(particles=5, dimensions=3)])
def test_starts_have_their_energies_and_rest_about_the_origin(system):
    x = starts(system)
    above = (system.hamiltonian(x) + system.energy_scale) / (system.depth * system.particles)
    assert 0.05 - 1e-9 <= float(above.min()) < 0.06
    assert 0.24 < float(above.max()) <= 0.25 + 1e-9
    kept = system.invariants(x)
    for axis in "xyz"[: system.dimensions]:
        assert kept[f"momentum_{axis}"].abs().max() < 1e-12
    centre = x[:, : system.spec.dof].unflatten(-1, (system.particles, -1)).mean(1)
    assert centre.abs().max() < 1e-12


def test_energy_momentum_and_angular_momentum_of_27_atoms_in_space_are_kept():
    x = starts(SPACE, 4)
    rate = SPACE.vector_field(x)
    kept = SPACE.invariants(x)
    assert set(kept) == {f"{name}momentum_{axis}" for name in ("", "angular_") for axis in "xyz"}
    for name in kept:
        slope = energy_gradient(lambda y, t=None, name=name: SPACE.invariants(y)[name], x)
        assert (slope * rate).sum(-1).abs().max() < 1e-11


def test_the_angular_momenta_are_those_of_the_cross_product():
    x = starts(SPACE, 4)
    q, p = (half.unflatten(-1, (27, 3)) for half in x.chunk(2, dim=-1))
    expected = torch.linalg.cross(q, p).sum(1)
    kept = SPACE.invariants(x)
    found = torch.stack([kept[f"angular_momentum_{axis}"] for axis in "xyz"], dim=-1)
    torch.testing.assert_close(found, expected)


def test_the_energy_error_of_leapfrog_falls_with_the_square_of_the_step():
    x = starts(UNEVEN, 20)
    worst = []
    for steps in (100, 200):
        t = torch.linspace(0, 2 * UNEVEN.time_scale, steps + 1, dtype=torch.float64)
        energy = UNEVEN.hamiltonian(Leapfrog().integrate(UNEVEN, x, t).x)
        worst.append(float((energy - energy[0]).abs().max()))
    assert worst[0] / worst[1] == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize(("atoms", "dimensions"), [(1, 2), (65, 2), (3, 1), (3, 4)])
def test_atoms_and_dimensions_have_bounds(atoms, dimensions):
    with pytest.raises(ValueError, match=r"must be a whole number from 2 to (64|3); got"):
        LennardJones(particles=atoms, dimensions=dimensions)
