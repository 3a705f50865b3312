"""What must hold for every system that friction or inputs exchange energy with."""

import dataclasses

import pytest
import torch

from src.data.simulation import simulate, simulate_driven
from src.evaluation.balance import true_work
from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.lagrangian import velocity_blocks
from src.mechanics.state import split_state
from src.signals.open_loop import SumOfSines
from src.systems.port_poisson import PortPoissonSystem
from src.systems.ports import OpenSystem, PortSystem

from .test_laws import SYSTEMS, assert_close, generator, moving_states

FRICTION = {
    "damping": 0.3,
    "damper": 700.0,
    "cart_damping": 0.3,
    "pivot_damping": 0.02,
    "wheel_damping": 0.1,
    "dry_friction": 0.02,
}
"""Parameters that turn on the friction of systems that are shipped without."""
ACTIVE = {"van_der_pol"}
"""Systems whose friction feeds some motions: that is what they are about."""


def with_friction(system):
    names = {field.name for field in dataclasses.fields(system)}
    if not system.frictionless:
        return system
    return dataclasses.replace(system, **{k: v for k, v in FRICTION.items() if k in names})


PORTS = {
    name: with_friction(system)
    for name, system in SYSTEMS.items()
    if isinstance(system, OpenSystem)
}


def those(kind):
    kept = {name: system for name, system in PORTS.items() if isinstance(system, kind)}
    return pytest.mark.parametrize("system", kept.values(), ids=kept.keys())


every_port = those(OpenSystem)
every_mechanical_port = those(PortSystem)
every_poisson_port = those(PortPoissonSystem)


def states_and_inputs(system):
    x = moving_states(system)
    size = torch.tensor(system.input_scale, dtype=x.dtype)
    return x, size * torch.randn(
        len(x), len(system.spec.inputs), generator=generator(4), dtype=x.dtype
    )


@every_port
def test_the_energy_changes_by_the_power_of_friction_and_inputs(system):
    x, u = states_and_inputs(system)
    slope = energy_gradient(system.hamiltonian, x)
    for inputs in (u, None):
        expected = (slope * system.rate(x, inputs)).sum(-1)
        assert_close(system.power(x, inputs), expected, 1e-11)


@every_port
def test_inputs_supply_the_product_with_their_outputs(system):
    x, u = states_and_inputs(system)
    supplied = system.power(x, u) - system.power(x)
    assert_close(supplied, (system.output(x) * u).sum(-1), 1e-11)


@every_port
def test_friction_is_turned_on_and_takes_energy(system, request):
    assert not system.frictionless
    assert "dissipation" in system.traits
    lost = -system.power(moving_states(system))
    if request.node.callspec.id in ACTIVE:
        assert lost.min() < 0 < lost.max()
    else:
        assert (lost > -1e-15 * lost.abs().max()).all()
        assert lost.mean() > 0


@every_mechanical_port
def test_friction_and_inputs_are_forces_in_the_equation_of_euler_and_lagrange(system):
    x, u = states_and_inputs(system)
    velocity = system.to_velocity(x)
    q, v = split_state(velocity)
    _, a = split_state(system.velocity_rate(x, system.rate(x, u)))
    blocks = velocity_blocks(system.lagrangian, velocity)
    inertial = (blocks.l_vv @ a.unsqueeze(-1)).squeeze(-1) + blocks.l_vq_v
    force = system.friction(q, v) + system.actuation(q, u)
    scale = inertial.abs().amax()
    assert ((inertial - blocks.l_q - force).abs() <= 1e-10 * scale).all()


@every_mechanical_port
def test_without_friction_and_inputs_the_energy_alone_makes_the_motion(system):
    x = moving_states(system)
    q, p = split_state(system.vector_field(x))
    force = system.friction(*split_state(system.to_velocity(x)))
    assert_close(system.rate(x), torch.cat((q, p + force), dim=-1), 1e-13)
    still = torch.zeros(len(x), len(system.spec.inputs), dtype=x.dtype)
    assert torch.equal(system.rate(x, still), system.rate(x))


@every_poisson_port
def test_efforts_make_the_motion_through_the_matrices_of_structure_and_dissipation(system):
    x, u = states_and_inputs(system)
    slope = energy_gradient(system.hamiltonian, x)
    assert_close(system.efforts(x), slope)
    lost = system.dissipation(x)
    assert torch.equal(lost, lost.mT)
    eigenvalues = torch.linalg.eigvalsh(lost)
    assert (eigenvalues >= -1e-14 * eigenvalues.abs().amax()).all()
    routed = ((system.structure(x) - lost) @ slope.unsqueeze(-1)).squeeze(-1)
    assert_close(system.rate(x), routed)
    assert_close(system.rate(x, u), routed + system.actuation(x, u))


@every_port
def test_a_flow_in_closed_form_knows_of_friction(system):
    x0, t = moving_states(system), torch.tensor([0.3], dtype=torch.float64) * system.time_scale
    path = system.exact_flow(x0, t)
    if path is not None:
        one = (torch.ones_like(t),)
        rate = torch.func.jvp(lambda s: system.exact_flow(x0, s), (t,), one)[1]
        assert_close(rate, system.rate(path))


@every_port
def test_energy_less_work_is_constant_along_true_motions(system):
    x0 = system.sample_initial(2, generator())
    # Between samples a motion is interpolated, to the sixth power of their spacing.
    t = torch.linspace(0, system.time_scale / 8, 31, dtype=torch.float64)
    law = SumOfSines().draw(system, 2, generator(1))
    driven, u = simulate_driven(system, x0, t, "reference", law)
    for x, inputs in ((simulate(system, x0, t, "reference"), None), (driven, u)):
        energy = system.hamiltonian(x)
        change = energy - energy[:, :1]
        balance = change - true_work(system, t, x, inputs)
        assert change.abs().max() > 1e-4 * system.energy_scale
        assert balance.abs().max() < 2e-5 * change.abs().max()
