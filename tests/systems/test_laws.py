"""What must hold for every system in conf/system: a new file is tested by tests that exist."""

import dataclasses
import itertools
import math
from functools import cache, partial

import pytest
import torch
from hydra.utils import instantiate
from shipped import CONFIGS, SHIPPED

from src.mechanics import legendre
from src.mechanics.constraints import (
    combine,
    constrained_field,
    constrained_lagrangian_field,
    constraint_rate,
    solve,
)
from src.mechanics.hamiltonian import energy_gradient, hamiltonian_field
from src.mechanics.lagrangian import (
    action_variation,
    lagrangian_energy,
    lagrangian_field,
    velocity_blocks,
)
from src.mechanics.poisson import jacobi_defect, modular_field, poisson_field
from src.mechanics.state import split_state
from src.mechanics.symplectic import divergence, jacobian, symplectic_form
from src.systems.constrained import ConstrainedMasses, ConstrainedSystem
from src.systems.natural import ConstantMassSystem, NaturalSystem
from src.systems.poisson import PoissonSystem


def with_uneven_parameters(system):
    """Masses and lengths of one hide where they are forgotten: change every number by its own."""
    factors = itertools.cycle((1.3, 0.7, 1.6, 0.9, 1.1))
    numbers = {field.name: getattr(system, field.name) for field in dataclasses.fields(system)}
    scaled = {
        name: value * next(factors) for name, value in numbers.items() if isinstance(value, float)
    }
    return dataclasses.replace(system, **scaled)


SYSTEMS = {name: with_uneven_parameters(system) for name, system in SHIPPED.items()}

every_system = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS.keys())
every_shipped_system = pytest.mark.parametrize("system", SHIPPED.values(), ids=SHIPPED.keys())


def those(condition):
    """The systems that promise something more."""
    kept = {name: system for name, system in SYSTEMS.items() if condition(system)}
    return pytest.mark.parametrize("system", kept.values(), ids=kept.keys())


def is_separable(system):
    """Whether H(q, p) + H(q', p') = H(q, p') + H(q', p): no mixed term for any pair of states.

    Positions that are bound leave no pairs to choose, and some states have none.
    """
    if is_bound(system) or system.coordinates != "canonical":
        return False
    x = moving_states(system)
    (q, p), other = split_state(x), x.roll(1, 0)
    far_q, far_p = split_state(other)
    crossed = torch.cat((q, far_p), dim=-1), torch.cat((far_q, p), dim=-1)
    straight = system.hamiltonian(x) + system.hamiltonian(other)
    mixed = straight - sum(map(system.hamiltonian, crossed))
    return bool((mixed.abs() <= 1e-12 * system.hamiltonian(x).abs().amax()).all())


def is_bound(system):
    """Whether constraints bind the positions: motions, and all laws of them, lie on a manifold."""
    return isinstance(system, ConstrainedSystem)


def field_of(hamiltonian, system, x):
    """The field of an energy, under the constraints of the system if it has any."""
    if is_bound(system):
        return constrained_field(hamiltonian, system.constraints, x)
    return hamiltonian_field(hamiltonian, x)


def field_of_lagrangian(lagrangian, system, x):
    if is_bound(system):
        return constrained_lagrangian_field(lagrangian, system.constraint_jacobian, x)
    return lagrangian_field(lagrangian, x)


every_regular_system = those(lambda system: system.regular)
every_canonical_system = those(lambda system: system.coordinates == "canonical")
every_poisson_system = those(lambda system: isinstance(system, PoissonSystem))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@cache
def moving_states(system, count=12, dtype=torch.float64):
    """States of the training distribution, their momenta changed as much as forces change them.

    Momenta and not velocities: every momentum is possible, whatever the largest velocity. States
    that are no pairs have none, and are mixed with each other: every state is possible there.
    """
    x = system.sample_initial(count, generator(1))
    if isinstance(system, PoissonSystem):
        return (x + 0.5 * system.sample_initial(count, generator(2))).to(dtype)
    (q, p), (_, force) = split_state(x), split_state(system.vector_field(x))
    change = force.square().mean(0).sqrt() * system.time_scale / (2 * math.pi)
    p = p + change * torch.randn(p.shape, generator=generator(2), dtype=p.dtype)
    x = torch.cat((q, p), dim=-1)
    return (system.project(x) if is_bound(system) else x).to(dtype)


def assert_close(actual, expected, precision=1e-10, dtype=torch.float64):
    """Compare up to a fraction of the largest value, component by component.

    A component that is zero, or cancels, keeps the rounding of the others that it is made from.
    """
    rounding = 4 * torch.finfo(dtype).eps * expected.abs().amax()
    assert actual.shape == expected.shape
    assert ((actual - expected).abs() <= precision * expected.abs().amax(0) + rounding).all()


def functions(system, x):
    """Every map of states that the system offers, each with states of its own kind."""
    offered = [(system.hamiltonian, x), (system.vector_field, x)]
    if system.regular:
        velocity = system.to_velocity(x)
        offered += [(system.lagrangian, velocity), (system.to_canonical, velocity)]
        offered += [(system.to_velocity, x)]
    return offered


@every_system
def test_the_spec_names_every_component_of_the_state_once(system):
    x = system.sample_initial(2, generator())
    assert system.spec.size == x.shape[-1]
    assert len(set(system.spec.names)) == system.spec.size
    assert system.spec.coordinates == system.coordinates
    own_kind = isinstance(system, PoissonSystem)
    assert system.coordinates == ("poisson" if own_kind else "canonical")
    assert ("poisson" in system.traits) == own_kind


@every_system
def test_samples_do_not_mix_and_any_batch_shape_will_do(system):
    states = moving_states(system, 6)
    invariants = [
        (lambda y, name=name: system.invariants(y)[name], states)
        for name in system.invariants(states)
    ]
    for function, x in functions(system, states) + invariants:
        together = function(x)
        alone = torch.stack([function(sample) for sample in x])
        stacked = function(x.reshape(2, 3, -1))
        assert_close(together, alone, 1e-13)
        assert_close(stacked.reshape(together.shape), alone, 1e-13)


@every_system
def test_float32_stays_float32_and_agrees_with_float64(system):
    for function, x in functions(system, moving_states(system)):
        single = function(x.float())
        assert single.dtype == torch.float32
        assert_close(single.double(), function(x), 1e-4, torch.float32)


@every_system
def test_the_field_is_the_same_without_gradients(system):
    x = moving_states(system)
    expected = system.vector_field(x)
    with torch.no_grad():
        assert torch.equal(system.vector_field(x), expected)
    with torch.inference_mode():
        assert torch.equal(system.vector_field(x), expected)


@every_canonical_system
def test_a_system_is_regular_where_its_energy_is_convex_in_the_momenta(system):
    curvature = velocity_blocks(system.hamiltonian, moving_states(system)).l_vv
    eigenvalues = torch.linalg.eigvalsh(curvature)
    assert system.regular == bool((eigenvalues > 1e-9 * eigenvalues.abs().amax()).all())


@those(lambda system: system.coordinates == "canonical" and not system.regular)
def test_velocities_that_do_not_determine_momenta_are_refused_with_what_fits(system):
    x = system.sample_initial(2, generator())
    needs_velocities = (system.to_velocity, system.to_canonical, system.lagrangian)
    for refused in (
        *(partial(f, x) for f in needs_velocities),
        partial(system.check_coordinates, "velocity"),
    ):
        with pytest.raises(ValueError, match=f"{type(system).__name__} has none.*model=hnn"):
            refused()
    system.check_coordinates("canonical")


@every_regular_system
def test_velocities_and_momenta_are_inverse_maps(system):
    x = moving_states(system)
    assert_close(system.to_canonical(system.to_velocity(x)), x)
    dx = system.vector_field(x)
    there = system.velocity_rate(x, dx)
    assert_close(system.canonical_rate(system.to_velocity(x), there), dx)


@every_regular_system
def test_momenta_and_velocities_are_the_derivatives_of_the_energies(system):
    x = moving_states(system)
    velocity = system.to_velocity(x)
    assert_close(legendre.to_canonical(system.lagrangian, velocity), system.to_canonical(velocity))
    assert_close(legendre.to_velocity(system.hamiltonian, x), velocity)


@every_regular_system
def test_the_field_of_the_lagrangian_is_that_of_the_hamiltonian(system):
    x = moving_states(system)
    expected = system.velocity_rate(x, system.vector_field(x))
    assert_close(field_of_lagrangian(system.lagrangian, system, system.to_velocity(x)), expected)


@every_regular_system
def test_the_energy_of_the_lagrangian_is_the_hamiltonian(system):
    x = moving_states(system)
    assert_close(lagrangian_energy(system.lagrangian, system.to_velocity(x)), system.hamiltonian(x))


@every_regular_system
def test_the_legendre_transform_of_the_lagrangian_is_the_hamiltonian(system):
    x = moving_states(system)
    assert_close(legendre.HamiltonianOf(system.lagrangian)(x), system.hamiltonian(x))


@every_regular_system
def test_the_field_of_the_transformed_lagrangian_is_the_field(system):
    x = moving_states(system)
    hamiltonian = legendre.HamiltonianOf(system.lagrangian)
    assert_close(field_of(hamiltonian, system, x), system.vector_field(x))


@every_regular_system
def test_the_legendre_transform_of_the_hamiltonian_is_the_lagrangian(system):
    velocity = system.to_velocity(moving_states(system))
    lagrangian = legendre.LagrangianOf(system.hamiltonian)
    assert_close(lagrangian(velocity), system.lagrangian(velocity))


@every_system
def test_energy_is_conserved_along_the_field(system):
    x = moving_states(system)
    slope, rate = energy_gradient(system.hamiltonian, x), system.vector_field(x)
    power = (slope * rate).sum(-1).abs()
    assert (power <= 1e-14 * slope.norm(dim=-1) * rate.norm(dim=-1)).all()


@those(lambda system: system.invariants(moving_states(system)))
def test_invariants_commute_with_the_energy(system):
    x = moving_states(system)
    rate = system.vector_field(x)
    for name in system.invariants(x):
        slope = energy_gradient(lambda y, t=None, name=name: system.invariants(y)[name], x)
        bracket = (slope * rate).sum(-1).abs()
        assert (slope.norm(dim=-1) > 0).all()
        assert (bracket <= 1e-12 * slope.norm(dim=-1) * rate.norm(dim=-1)).all()


@those(lambda system: system.coordinates == "canonical" and not is_bound(system))
def test_the_flow_keeps_volume(system):
    x = moving_states(system)
    size = torch.linalg.matrix_norm(jacobian(system.vector_field, x))
    assert (divergence(system.vector_field, x).abs() <= 1e-12 * size).all()


@those(is_bound)
def test_the_flow_of_a_constrained_system_keeps_the_form_on_its_manifold(system):
    """To first order: ``w(Df a, b) + w(a, Df b) = 0`` for all a, b tangent to the manifold."""
    x = moving_states(system)
    size = x.shape[-1] // 2
    slopes = jacobian(lambda y: torch.cat(tuple(system.violations(y).values()), dim=-1), x)
    _, singular, right = torch.linalg.svd(slopes)
    constraints = singular.shape[-1]
    assert (singular[:, -1] > 1e-6 * singular[:, 0]).all(), "constraints are independent"
    tangents = right[:, constraints:].mT
    derivative, form = jacobian(system.vector_field, x), symplectic_form(size)
    change = derivative.mT @ form + form @ derivative
    on_manifold = torch.linalg.matrix_norm(tangents.mT @ change @ tangents)
    assert (on_manifold <= 1e-12 * torch.linalg.matrix_norm(derivative)).all()
    assert (torch.linalg.matrix_norm(change) > 1e-3 * torch.linalg.matrix_norm(derivative)).any()


@those(is_bound)
def test_constrained_motions_start_and_stay_on_their_manifold(system):
    drawn = (system.sample_initial, system.sample_higher_energy)
    for x in (*(draw(50, generator()) for draw in drawn), moving_states(system)):
        for residual in system.violations(x).values():
            assert residual.abs().max() < 1e-13
        rates = jacobian(lambda y: torch.cat(tuple(system.violations(y).values()), -1), x)
        rate = combine(rates, system.vector_field(x)).abs()
        size = torch.linalg.matrix_norm(rates) * system.vector_field(x).norm(dim=-1)
        assert (rate <= 1e-13 * size.unsqueeze(-1)).all()


@those(is_bound)
def test_constraint_derivatives_in_closed_form_are_those_of_the_constraints(system):
    x = moving_states(system)
    q, _ = split_state(x)
    assert_close(system.constraint_jacobian(q), jacobian(system.constraints, q), 1e-13)
    beside = x + 0.1 * torch.randn(x.shape, generator=generator(3), dtype=x.dtype) * x.std(0)
    expected = constraint_rate(system.hamiltonian, system.constraints, beside)
    assert_close(system.constraint_rate(beside), expected)
    assert_close(
        system.vector_field(beside),
        constrained_field(system.hamiltonian, system.constraints, beside),
    )


@those(is_bound)
def test_a_projection_leaves_the_manifold_alone_and_reaches_it_from_beside(system):
    x = moving_states(system)
    assert_close(system.project(x), x, 1e-13)
    beside = x + 0.01 * torch.randn(x.shape, generator=generator(3), dtype=x.dtype) * x.std(0)
    before, after = system.violations(beside), system.violations(system.project(beside))
    for name in before:
        assert after[name].abs().max() < 1e-13
        assert before[name].abs().max() > 1e-4


@every_poisson_system
def test_the_flow_changes_volume_as_its_structure_does(system):
    """Not for every structure is volume kept: ``div (J grad H) = sum_ij dJ_ij/dx_i dH/dx_j``."""
    x = moving_states(system)
    size = torch.linalg.matrix_norm(jacobian(system.vector_field, x))
    slope = energy_gradient(system.hamiltonian, x)
    expected = (modular_field(system.structure, x) * slope).sum(-1)
    assert ((divergence(system.vector_field, x) - expected).abs() <= 1e-12 * size).all()


@every_poisson_system
def test_brackets_are_skew_and_satisfy_the_identity_of_jacobi(system):
    x = moving_states(system, 4)
    matrix = system.structure(x)
    size = matrix.abs().amax()
    assert size > 0
    assert ((matrix + matrix.mT).abs() <= 1e-14 * size).all()
    assert (jacobi_defect(system.structure, x) <= 1e-12).all()


@every_poisson_system
def test_the_field_is_the_structure_times_the_slope_of_the_energy(system):
    x = moving_states(system)
    assert_close(system.vector_field(x), poisson_field(system.hamiltonian, system.structure, x))


@every_poisson_system
def test_casimir_functions_span_the_kernel_of_the_structure_and_are_invariants(system):
    x = moving_states(system)
    matrix, names = system.structure(x), list(system.casimirs(x))
    assert set(names) <= set(system.invariants(x))
    sizes = torch.linalg.svdvals(matrix)
    lost = (sizes <= 1e-10 * sizes[:, :1]).sum(-1)
    assert (lost == len(names)).all()
    if not names:
        return  # J has an inverse
    slopes = torch.stack([energy_gradient(system.invariant(name), x) for name in names], dim=-1)
    assert (torch.linalg.matrix_rank(slopes) == len(names)).all()
    assert ((matrix @ slopes).abs() <= 1e-12 * sizes[:, :1, None] * slopes.abs().amax()).all()


@every_poisson_system
def test_pairs_are_refused_with_what_fits(system):
    x = system.sample_initial(2, generator())
    asked = (system.to_velocity, system.to_canonical, system.lagrangian)
    for refused in (
        *(partial(f, x) for f in asked),
        *(partial(system.check_coordinates, pairs) for pairs in ("canonical", "velocity")),
    ):
        with pytest.raises(ValueError, match=f"{type(system).__name__}.* are no pairs.*=baseline"):
            refused()
    system.check_coordinates("poisson")


@every_canonical_system
def test_reversed_momenta_have_the_same_energy_where_that_is_claimed(system):
    x = moving_states(system)
    q, p = split_state(x)
    mirrored = system.hamiltonian(torch.cat((q, -p), dim=-1))
    alike = torch.allclose(mirrored, system.hamiltonian(x), rtol=1e-12)
    assert system.reversible == (alike and "dissipation" not in system.traits)


@every_system
def test_every_integrator_is_offered_the_same_motion(system):
    x, t = moving_states(system), torch.zeros((), dtype=torch.float64)
    canonical = system.canonical()
    assert torch.equal(system.field().f(t, x), system.rate(x))
    assert torch.equal(canonical.leave(canonical.f(t, canonical.enter(x))), system.rate(x))


@those(lambda system: system.traits == frozenset())
def test_without_traits_the_motion_is_that_of_the_energy_alone(system):
    x = moving_states(system)
    assert torch.equal(system.rate(x), system.vector_field(x))
    assert (system.power(x) == 0).all()


@those(lambda system: is_separable(system) and system.traits == frozenset())
def test_the_two_flows_of_a_separable_energy_make_up_the_field(system):
    x = moving_states(system)
    q, p = split_state(x)
    split = system.split()
    assert_close(torch.cat((split.velocity(p), split.force(q)), dim=-1), system.vector_field(x))


@those(lambda system: not is_separable(system))
def test_an_energy_that_is_not_separable_offers_no_split(system):
    remedy = "rattle" if is_bound(system) else "implicit_midpoint"
    with pytest.raises(ValueError, match=f"separable.*{type(system).__name__}.*{remedy}"):
        system.split()


@those(lambda system: isinstance(system, ConstrainedMasses))
def test_forces_and_constraints_of_constant_masses_make_up_the_field(system):
    x = moving_states(system)
    q, p = split_state(x)
    bound = system.constrained()
    rows = bound.phi_q(q)
    rate = torch.cat((bound.velocity(p), bound.force(q)), dim=-1)
    beyond = system.vector_field(x) - rate
    along = torch.linalg.lstsq(rows.mT, split_state(beyond)[1].unsqueeze(-1)).solution
    assert_close(beyond, torch.cat((0 * q, combine(rows.mT, along.squeeze(-1))), dim=-1))
    assert torch.equal(bound.phi(q), system.constraints(q))
    assert_close(rows, system.constraint_jacobian(q))


@those(lambda system: not isinstance(system, ConstrainedMasses))
def test_motions_that_rattle_does_not_follow_are_refused_with_what_fits(system):
    reason = (
        "constant masses.*data.integrator" if is_bound(system) else "bound by constraints.*free"
    )
    with pytest.raises(ValueError, match=f"{reason}.*integrator="):
        system.constrained()


@those(lambda system: isinstance(system, NaturalSystem))
def test_the_mass_matrix_is_symmetric_and_positive(system):
    q, _ = split_state(moving_states(system))
    mass = system.mass_matrix(q)
    assert torch.equal(mass, mass.mT)
    assert (torch.linalg.eigvalsh(mass) > 0).all()


@those(lambda system: system.exact_flow(moving_states(system), torch.zeros(1).double()) is not None)
def test_the_exact_flow_solves_the_field_and_keeps_every_invariant(system):
    x0 = moving_states(system)
    t = torch.tensor([0.0, 0.3, 7.1], dtype=torch.float64) * system.time_scale
    path, rate = torch.func.jvp(lambda s: system.exact_flow(x0, s), (t,), (torch.ones_like(t),))
    assert_close(path[0], x0)
    assert_close(rate, system.vector_field(path))
    assert_close(system.hamiltonian(path), system.hamiltonian(x0).expand(3, -1))
    for name, value in system.invariants(x0).items():
        assert_close(system.invariants(path)[name], value.expand(3, -1))


@every_regular_system
def test_the_action_is_stationary_for_the_motion_and_not_at_another_pace(system):
    x = moving_states(system, 4)
    steps = 64
    t = torch.linspace(0, system.time_scale / 16, steps + 1, dtype=torch.float64)
    path = [x]
    for _ in range(steps):
        path.append(runge_kutta_4(system.vector_field, path[-1], float(t[1])))
    q, _ = split_state(torch.stack(path))
    bump = (math.pi * t / t[-1]).sin().square()
    direction = torch.randn(q[0].shape, generator=generator(3), dtype=q.dtype) * q.std((0, 1))
    variation = bump[:, None, None] * admissible(system, q, direction)
    motion = action_variation(system.lagrangian, t, q, variation)
    # Ever slower: an even pace would not do, since geodesics are motions at every pace.
    later = t * (1 + 0.2 * t / t[-1])
    slower = action_variation(system.lagrangian, later, q, variation)
    assert motion.abs().max() < 1e-2 * slower.abs().max()


def admissible(system, q, direction):
    """The part of a variation that the constraints allow, along the path."""
    if not is_bound(system):
        return direction
    rows = system.constraint_jacobian(q)
    broken = solve(rows @ rows.mT, combine(rows, direction.expand_as(q)))
    return direction - combine(rows.mT, broken)


def runge_kutta_4(field, x, step):
    k1 = field(x)
    k2 = field(x + step / 2 * k1)
    k3 = field(x + step / 2 * k2)
    k4 = field(x + step * k3)
    return x + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


@every_system
def test_draws_are_repeatable_and_double(system):
    for draw in (system.sample_initial, system.sample_higher_energy):
        first, again, other = draw(7, generator(5)), draw(7, generator(5)), draw(7, generator(6))
        assert first.dtype == torch.float64
        assert first.shape == (7, system.spec.size)
        assert torch.equal(first, again)
        assert not torch.equal(first, other)


@every_shipped_system
def test_the_energy_scale_is_that_of_the_training_motions(system):
    energy = system.hamiltonian(system.sample_initial(400, generator())).abs()
    assert system.time_scale > 0
    assert system.energy_scale / 4 < energy.mean() < 1.5 * system.energy_scale
    assert energy.max() < 4 * system.energy_scale


@every_shipped_system
def test_higher_energies_lie_just_above_those_of_training(system):
    training = system.hamiltonian(system.sample_initial(1000, generator()))
    higher = system.hamiltonian(system.sample_higher_energy(1000, generator()))
    assert higher.min() > training.quantile(0.97)
    assert higher.median() > training.max()
    assert higher.max() < training.max() + system.energy_scale


@every_system
def test_a_system_is_a_value(system):
    twin = type(system)(**{f.name: getattr(system, f.name) for f in dataclasses.fields(system)})
    assert twin == system
    assert hash(twin) == hash(system)
    with pytest.raises(dataclasses.FrozenInstanceError):
        system.time = 0.0


@pytest.mark.parametrize("name", SHIPPED)
def test_the_yaml_lists_every_parameter_and_can_be_read_twice(name):
    parameters = {field.name for field in dataclasses.fields(SHIPPED[name])}
    assert set(CONFIGS[name]) - {"_target_"} == parameters
    again = instantiate(CONFIGS[name])
    assert again == SHIPPED[name]
    assert hash(again) == hash(SHIPPED[name])
    assert type(SHIPPED[name])() == SHIPPED[name], "the defaults of the class and of the yaml"


@every_shipped_system
def test_a_sketch_holds_parts_that_are_joined_or_fixed(system):
    x = moving_states(system).unflatten(0, (3, 4))
    sketch = system.sketch(x)
    count = sketch.points.shape[-2]
    assert sketch.points.shape == (3, 4, count, 2)
    assert torch.isfinite(sketch.points).all()
    assert all(0 <= i < count for link in sketch.links for i in link)
    for i in sketch.fixed:
        assert (sketch.points[..., i, :] == sketch.points[0, 0, i]).all()
    free = [i for i in range(count) if i not in sketch.fixed]
    assert (sketch.points[..., free, :].flatten(end_dim=1).std(0) > 0).any()


@those(lambda system: isinstance(system, ConstantMassSystem))
def test_forces_are_the_slopes_of_the_potential(system):
    q, _ = split_state(moving_states(system))
    slope = torch.func.grad(lambda y: system.potential(y).sum())(q)
    torch.testing.assert_close(
        system.force(q), -slope, rtol=1e-10, atol=1e-12 * float(slope.abs().max())
    )
