"""Models of alike parts: what follows from their sums, and what of them holds for other numbers."""

import re

import pytest
import torch
from homes import HOMES, Home, make, states

from src.mechanics.known import Known, Lattice, Particles
from src.mechanics.lagrangian import velocity_blocks
from src.mechanics.pairs import gaps
from src.mechanics.state import StateSpec, split_state
from src.models.lattice import Windows
from src.systems.kdv import KdV
from src.systems.lennard_jones import LennardJones
from src.systems.spring_chain import SpringChain
from src.systems.wave_1d import Wave1D

TIME = torch.zeros(())
LATTICES = ["lattice_hnn", "lattice_lnn"]


def bodies(masses, dimensions=2, box=None):
    """Return a space of bodies that no system fills."""
    names = tuple(f"{axis}{i}" for i in range(len(masses)) for axis in "xyz"[:dimensions])
    known = Known(particles=Particles(len(masses), dimensions, masses, box))
    return Home(StateSpec(names, (False,) * len(names), known=known))


def ring(model, sites=6, ends="periodic"):
    return make(model, home_of(SpringChain(number=sites, boundary=ends)))


def home_of(system):
    return Home(system.model_spec, system)


def shaped(x, dimensions):
    """Return positions and momenta of each body, ``[batch, bodies, dimensions]``."""
    return (half.unflatten(-1, (-1, dimensions)) for half in split_state(x))


@pytest.mark.parametrize("box", [None, 1.5])
def test_equal_bodies_may_trade_places(box):
    home = bodies((1.0, 2.0, 1.0, 2.0), box=box)
    model, x = make("pairwise_hnn", home), home.states(5, seed=2)
    swap = [2, 3, 0, 1]
    traded = torch.cat([half[:, swap].flatten(1) for half in shaped(x, 2)], dim=-1)
    torch.testing.assert_close(model.energy(traded), model.energy(x), atol=1e-12, rtol=1e-12)
    unequal = torch.cat([half[:, [1, 0, 2, 3]].flatten(1) for half in shaped(x, 2)], dim=-1)
    assert (model.energy(unequal) - model.energy(x)).abs().min() > 1e-6


@pytest.mark.parametrize("name", ["pairwise_hnn", "lattice_hnn", "lattice_poisson_hnn"])
def test_samples_may_be_more_exact_than_weights_are_yet(name):
    """As at the start of a training with ``trainer.precision=64-true``."""
    home = {
        "pairwise_hnn": bodies((1.0, 2.0, 1.0)),
        "lattice_hnn": HOMES["lattice"],
        "lattice_poisson_hnn": HOMES["field"],
    }[name]
    x, dx = home.states(50, seed=2), home.states(50, seed=3)
    model = make(name, home).float()
    model.fit_scaling(x, dx)
    found = {key: value.clone() for key, value in model.state_dict().items()}
    model.fit_scaling(x.float(), dx.float())
    torch.testing.assert_close(found, dict(model.state_dict()))
    assert {value.dtype for value in found.values()} == {torch.float32}


@pytest.mark.parametrize(("dimensions", "box"), [(2, None), (3, None), (2, 1.5)])
def test_momentum_is_conserved_and_angular_momentum_in_open_space(dimensions, box):
    home = bodies((1.0, 2.0, 0.5, 1.0), dimensions, box)
    model, x = make("pairwise_hnn", home), home.states(5, seed=2)
    _, force = shaped(model(TIME, x), dimensions)
    position, _ = shaped(x, dimensions)
    size = force.abs().sum((1, 2))
    assert size.min() > 1e-3
    assert (force.sum(1).abs().amax(-1) <= 1e-13 * size).all()
    torque = (position[..., 0] * force[..., 1] - position[..., 1] * force[..., 0]).sum(1).abs()
    if box is None:
        assert (torque <= 1e-13 * size * position.abs().amax((1, 2))).all()
    else:
        assert (torque > 1e-6 * size).any()


def test_in_a_box_only_the_nearest_image_counts():
    home = bodies((1.0,) * 3, box=1.5)
    model, x = make("pairwise_hnn", home), home.states(5, seed=2)
    assert gaps(x[:, :6].unflatten(-1, (3, 2)), 1.5).abs().max() <= 0.75
    moved = x.clone()
    moved[:, 2] += 3.0
    torch.testing.assert_close(model(TIME, moved), model(TIME, x), atol=1e-10, rtol=1e-10)


def test_far_apart_groups_have_the_sum_of_their_energies():
    few, many = (home_of(LennardJones(particles=count)) for count in (4, 8))
    model, larger = make("pairwise_hnn", few), make("pairwise_hnn", many)
    larger.adopt(model)
    q, p = (half.unflatten(-1, (4, 2)) for half in split_state(few.states(6, seed=2)))
    apart = q[:3] + torch.tensor([1e7, 0.0])
    both = torch.cat((torch.cat((apart, q[3:]), 1), torch.cat((p[:3], p[3:]), 1)), -1)
    x = torch.cat([half.flatten(1) for half in both.split(2, -1)], -1)
    parts = model.energy(few.states(6, seed=2)).unflatten(0, (2, 3)).sum(0)
    torch.testing.assert_close(larger.energy(x), parts, atol=1e-5, rtol=1e-5)


def test_the_energy_of_a_pair_changes_with_the_units_of_the_data():
    system = LennardJones(particles=4)
    big = LennardJones(particles=4, mass=7.0, size=3.0, depth=5.0)
    time = (7.0 * 9.0 / 5.0) ** 0.5
    units = torch.cat((torch.full((8,), 3.0), torch.full((8,), 7.0 * 3.0 / time))).double()
    x, model, other = (
        home_of(system).states(40),
        *(make("pairwise_hnn", home_of(s)) for s in (system, big)),
    )
    for one, unit, rate in ((model, 1.0, 1.0), (other, units, units / time)):
        one.fit_scaling(x * unit, system.vector_field(x) * rate)
    torch.testing.assert_close(
        other(TIME, x * units), model(TIME, x) * units / time, atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize("reach", [1, 2, 5])
@pytest.mark.parametrize("ends", ["periodic", "fixed", "free"])
def test_the_pull_is_the_transpose_of_the_windows(ends, reach):
    windows = Windows(Lattice(6, ends, 1.0), reach)
    q = states(6, 3)
    rows = torch.func.jacrev(windows.of)(q[0])
    cotangent = states(rows[..., 0].numel(), 3).unflatten(-1, rows.shape[:2])
    expected = torch.einsum("bws,wsi->bi", cotangent, rows)
    torch.testing.assert_close(windows.pull(cotangent), expected)


@pytest.mark.parametrize("ends", ["periodic", "fixed", "free"])
def test_windows_know_the_bonds_of_a_chain(ends):
    chain = SpringChain(number=6, boundary=ends)
    q = states(6, 3)
    windows = Windows(chain.model_spec.known.lattice, 1).of(q)
    torch.testing.assert_close(chain.bond_energy(windows[..., 1]).sum(-1), chain.potential(q))


@pytest.mark.parametrize("ends", ["periodic", "fixed", "free"])
def test_blocks_of_the_lattice_lagrangian_are_its_derivatives(ends):
    model, x = ring("lattice_lnn", 5, ends), states(10, 3)
    expected = velocity_blocks(lambda y, t=None: model.net(y), x)
    for ours, theirs in zip(model.net.velocity_blocks(x), expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("name", LATTICES)
def test_motions_of_a_ring_commute_with_shifts(name):
    model, x = ring(name), states(12, 4)
    shift = torch.arange(6).roll(2)
    order = torch.cat((shift, 6 + shift))
    rates = model(TIME, x)
    torch.testing.assert_close(model(TIME, x[:, order]), rates[:, order], atol=1e-12, rtol=1e-12)
    assert (model(TIME, x.flip(-1)) - rates.flip(-1)).abs().max() > 1e-3


def test_motions_of_a_field_with_brackets_commute_with_shifts():
    home = HOMES["field"]
    x = home.states(3)
    ours, free = (make(name, home) for name in ("lattice_poisson_hnn", "poisson_hnn"))
    moved, shifted = (model(TIME, x.roll(5, -1)) for model in (ours, free))
    torch.testing.assert_close(moved, ours(TIME, x).roll(5, -1), atol=1e-11, rtol=1e-11)
    assert (shifted - free(TIME, x).roll(5, -1)).abs().max() > 1e-3


def test_a_chain_of_pairs_has_no_brackets_to_be_given():
    with pytest.raises(ValueError, match=r"model=lattice_poisson_hnn needs brackets J\(x\)"):
        make("lattice_poisson_hnn", HOMES["lattice"])


def test_a_density_of_a_field_holds_for_a_longer_ring():
    few, many = KdV(points=65), KdV(points=195, length=120.0)
    one, other = (make("lattice_poisson_hnn", home_of(system)) for system in (few, many))
    other.adopt(one)
    x = few.sample_initial(3, torch.Generator().manual_seed(1))
    thrice = x.repeat(1, 3)
    torch.testing.assert_close(other.energy(thrice), 3 * one.energy(x))
    torch.testing.assert_close(other(TIME, thrice), one(TIME, x).repeat(1, 3))


@pytest.mark.parametrize("name", LATTICES)
def test_what_is_learned_on_few_sites_holds_on_many(name):
    few, many = ring(name, 6), ring(name, 12)
    many.adopt(few)
    x = states(12, 4)
    twice = torch.cat([half.repeat(1, 2) for half in split_state(x)], dim=-1)
    again = torch.cat([half.repeat(1, 2) for half in split_state(few(TIME, x))], dim=-1)
    torch.testing.assert_close(many(TIME, twice), again, atol=1e-12, rtol=1e-12)
    torch.testing.assert_close(many.energy(twice), 2 * few.energy(x))
    assert many.x_scale.shape == (24,)
    assert many.x_scale[0] == few.x_scale[:6].square().mean().sqrt()


REFUSED = [
    ("hnn", LennardJones(particles=2), LennardJones(particles=3), r"trained on, \(x1, y1, x2, y2"),
    ("pairwise_hnn", LennardJones(), LennardJones(mass=2.0), r"from 1 to 1: .* got 2 to 2"),
    ("lattice_hnn", Wave1D(points=8, waves=2), Wave1D(points=16, waves=2), r"0\.125 apart"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "one", "other", "reason"), REFUSED)
def test_weights_that_do_not_fit_are_refused(name, one, other, reason):
    with pytest.raises(ValueError, match=rf"model={name}|the masses must") as refusal:
        make(name, home_of(other)).adopt(make(name, home_of(one)))
    assert re.search(reason, str(refusal.value))


def test_any_model_may_be_judged_on_other_parameters_of_its_system():
    one, other = (make("hnn", home_of(SpringChain(stiffness=k))) for k in (1.0, 2.0))
    with torch.no_grad():
        one.hamiltonian.net.output.weight.mul_(2.0)
    other.adopt(one)
    x = states(10, 3)
    assert torch.equal(other(TIME, x), one(TIME, x))


@pytest.mark.parametrize("reach", [0, 6])
def test_a_reach_beyond_the_lattice_is_refused(reach):
    with pytest.raises(ValueError, match=rf"from 1 to 5, .*; got {reach}"):
        make("lattice_hnn", HOMES["lattice"], reach=reach)
