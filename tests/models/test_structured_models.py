"""Mass matrices, explicit constraints and forces: what is special in models made of them."""

import pytest
import torch

from src.integrators.leapfrog import Leapfrog
from src.losses.inverse_dynamics import InverseDynamicsLoss
from src.mechanics.constraints import constrained_field
from src.mechanics.hamiltonian import energy_gradient
from src.mechanics.lagrangian import velocity_blocks
from src.mechanics.state import StateSpec, split_state
from src.models.chnn import CHNN
from src.models.clnn import CLNN
from src.models.clnn_weight import CLNNWeight
from src.models.delan import DeLaN
from src.models.mass_matrix_hnn import MassMatrixHNN
from src.systems.arm_2r import Arm2R
from src.systems.double_pendulum import DoublePendulum
from src.systems.four_bar import FourBar
from src.systems.n_link_cartesian import NLinkCartesian

TIME = torch.zeros(())
NO_STEP = Leapfrog(step=1.0)
CHAIN, LINKAGE = NLinkCartesian(number=3), FourBar()
BOUND = pytest.mark.parametrize("system", [CHAIN, LINKAGE], ids=["chain", "linkage"])


def moving(system, count=6):
    """Draw states on the manifold that move."""
    generator = torch.Generator().manual_seed(0)
    x = system.sample_initial(count, generator)
    p = 0.3 * torch.randn(x[:, system.spec.dof :].shape, generator=generator).double()
    return system.project(torch.cat((split_state(x)[0], p), dim=-1))


def fitted(kind, system, x, driven=False):
    """Build a model with the scales of these states, and weights away from their initial ones."""
    torch.manual_seed(0)
    spec = system.model_spec if driven else system.model_spec.left_alone()
    model = kind(spec, width=8).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    u = torch.randn(len(x), len(spec.inputs)).double() if driven else None
    model.fit_scaling(x, 3 * torch.randn_like(x), u)
    return model


class Known(torch.nn.Module):
    """The true kinetic energy or potential of a system, in the place of a net."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x, t=None):
        return self.function(x)

    def gradient(self, x, t=None):
        return energy_gradient(lambda x, t=None: self.function(x), x)

    def velocity_blocks(self, x, t=None):
        return velocity_blocks(lambda x, t=None: self.function(x), x)

    def matrix(self, q):
        """Return the second derivatives by y: those of a form that is quadratic in it."""
        x = torch.cat((q, torch.zeros_like(q)), dim=-1)
        return self.velocity_blocks(x).l_vv


def informed(model, system):
    """Give a model the true masses and the true potential."""
    energy = model.hamiltonian if model.learns == "hamiltonian" else model.net

    def potential(q):
        return system.potential(q)

    def kinetic(x):
        truth = system.hamiltonian if energy.sign == 1 else system.lagrangian
        return truth(x) - energy.sign * system.potential(split_state(x)[0])

    energy.kinetic, energy.potential = Known(kinetic), Known(potential)
    return model


@pytest.mark.parametrize("kind", [CHNN, CLNN])
@BOUND
def test_bound_models_with_the_true_energy_move_truly(kind, system):
    x = moving(system)
    model = informed(fitted(kind, system, x), system)
    rate = system.vector_field(x)
    if model.coordinates == "velocity":
        x, rate = system.to_velocity(x), system.velocity_rate(x, rate)
    torch.testing.assert_close(model(TIME, x), rate, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("kind", [MassMatrixHNN, DeLaN])
def test_free_models_with_the_true_energy_move_truly(kind):
    system = DoublePendulum()
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).double()
    model = informed(fitted(kind, system, x), system)
    if model.coordinates == "velocity":
        y = system.to_velocity(x)
        truth = system.velocity_rate(x, system.vector_field(x))
        torch.testing.assert_close(model(TIME, y), truth, atol=1e-10, rtol=1e-10)
    else:
        torch.testing.assert_close(model(TIME, x), system.vector_field(x))


@BOUND
def test_a_bracket_keeps_energy_and_constraints_even_beside_the_manifold(system):
    x = moving(system)
    model = fitted(CHNN, system, x)
    x = x + 0.05 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1)).double()
    rate = model(TIME, x)
    gradient = energy_gradient(model.hamiltonian, x)
    size = gradient.norm(dim=-1) * rate.norm(dim=-1)
    assert ((gradient * rate).sum(-1).abs() <= 1e-10 * size).all()
    kept = torch.func.jvp(model._kept, (x,), (rate,))[1]
    free = model.hamiltonian.gradient(x)
    change = torch.func.jvp(model._kept, (x,), (free,))[1]
    assert (kept.abs().amax(-1) <= 1e-9 * change.abs().amax(-1)).all()


@BOUND
def test_on_the_learned_manifold_bracket_and_multipliers_agree(system):
    x = moving(system)
    model = fitted(CHNN, system, x)
    q, p = split_state(x)
    # Momenta of the learned masses for velocities that keep the constraints.
    v = split_state(system.to_velocity(x))[1]
    p = torch.linalg.solve(model.hamiltonian.kinetic.matrix(q), v)
    x = torch.cat((q, p), dim=-1)
    expected = constrained_field(model.hamiltonian, system.constraints, x)
    torch.testing.assert_close(model(TIME, x), expected, atol=1e-8, rtol=1e-8)


@BOUND
def test_accelerations_of_velocities_keep_constraints_and_energy(system):
    x = system.to_velocity(moving(system))
    model = fitted(CLNN, system, x)
    rate = model(TIME, x)

    def constraint_rate(y):
        q, v = split_state(y)
        return torch.func.jvp(system.constraints, (q,), (v,))[1]

    bending = torch.func.jvp(constraint_rate, (x,), (rate,))[1]
    free = torch.cat((split_state(x)[1], torch.zeros_like(split_state(x)[1])), dim=-1)
    assert (
        bending.abs().max() < 1e-9 * torch.func.jvp(constraint_rate, (x,), (free,))[1].abs().max()
    )
    gradient = energy_gradient(lambda x, t=None: model.energy(x), x)
    size = gradient.norm(dim=-1) * rate.norm(dim=-1)
    assert ((gradient * rate).sum(-1).abs() < 1e-10 * size).all()


def test_forces_and_constraints_apart_are_the_same_motion():
    x = moving(CHAIN)
    model = fitted(CHNN, CHAIN, x)
    problem = model.constrained()
    q, p = split_state(x)
    velocity, pull = split_state(model.hamiltonian.gradient(x))[::-1]
    torch.testing.assert_close(problem.velocity(p), velocity)
    torch.testing.assert_close(problem.force(q), -pull)
    torch.testing.assert_close(problem.phi_q(q), CHAIN.constraint_jacobian(q))
    with pytest.raises(ValueError, match=r"integrator=rattle needs constant masses"):
        fitted(CHNN, LINKAGE, moving(LINKAGE)).constrained()
    with pytest.raises(ValueError, match=r"Use model=chnn"):
        fitted(CLNN, CHAIN, x).constrained()


@pytest.mark.parametrize("kind", [CHNN, CLNN])
def test_constraints_must_be_known(kind):
    with pytest.raises(ValueError, match=r"needs constraints phi\(q\) = 0"):
        kind(StateSpec(("x", "y"), (False, False)))


def test_forces_are_those_that_make_the_motion():
    system = Arm2R()
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)).double()
    model = fitted(DeLaN, system, x, driven=True)
    u = torch.linspace(-2, 2, 12).reshape(6, 2).double()
    acceleration = split_state(model(TIME, x, u))[1]
    torch.testing.assert_close(model.forces(x, acceleration), system.actuation(x[:, :2], u))
    supplied = torch.func.jvp(model.energy, (x,), (model(TIME, x, u),))[1]
    torch.testing.assert_close(supplied, model.power(x, acceleration))
    loss = InverseDynamicsLoss()
    loss.check(model, NO_STEP)
    own = model(TIME, x, u)[:, None]
    assert loss(model, NO_STEP, torch.zeros(6, 1), x[:, None], own, u[:, None]) < 1e-20
    assert loss(model, NO_STEP, torch.zeros(6, 1), x[:, None], own, 2 * u[:, None]) > 1e-3


def test_how_inputs_act_must_be_known():
    with pytest.raises(ValueError, match=r"model=delan needs a system that tells how inputs act"):
        DeLaN(StateSpec(("q",), (False,), inputs=("u",)))


def test_a_learned_action_of_inputs_supplies_their_work_and_nothing_else():
    spec = StateSpec(("a", "b"), (True, False), inputs=("u",))
    torch.manual_seed(0)
    model = DeLaN(spec, width=8, actuation="learned").double()
    x = torch.randn(6, 4).double()
    u = torch.full((6, 1), 0.7).double()
    model.fit_scaling(x, 3 * x, u)
    acceleration = split_state(model(TIME, x, u))[1]
    torch.testing.assert_close(model.forces(x, acceleration), model.applied(x, u))
    torch.testing.assert_close(model.applied(x, 2 * u), 2 * model.applied(x, u))
    assert model.applied(x, u).abs().min() > 0


def test_a_slope_of_the_potential_is_a_weight():
    """Unfitted masses are 1, as those of the chain, and its net is zero."""
    model = CLNNWeight(CHAIN.model_spec.left_alone(), width=8).double()
    with torch.no_grad():
        model.net.potential.slope[1::2] = CHAIN.gravity
    x = moving(CHAIN)
    expected = CHAIN.velocity_rate(x, CHAIN.vector_field(x))
    torch.testing.assert_close(model(TIME, CHAIN.to_velocity(x)), expected)
    gradient = torch.func.grad(lambda y: model.energy(y).sum())(CHAIN.to_velocity(x))
    assert gradient[:, 1].tolist() == pytest.approx([CHAIN.gravity] * len(x))
    with pytest.raises(ValueError, match="model=clnn_weight needs Cartesian positions"):
        CLNNWeight(LINKAGE.model_spec.left_alone())
