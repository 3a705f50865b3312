import math

import pytest
import torch

from src.metrics.geometry import defect_in_chart, divergence_in_chart, loop_area

STATES = torch.tensor([[0.3, -0.4], [1.2, 0.5]], dtype=torch.float64)


def chart(x):
    """p = (1 + q^2) v: the momentum of a mass that depends on the place."""
    q, v = x.chunk(2, dim=-1)
    return torch.cat((q, (1 + q**2) * v), dim=-1)


def field(x):
    """Euler-Lagrange of L = (1 + q^2) v^2 / 2 - q^2 / 2."""
    q, v = x.chunk(2, dim=-1)
    return torch.cat((v, -(q + q * v**2) / (1 + q**2)), dim=-1)


def identity(x):
    return x


def test_a_hamiltonian_field_has_a_divergence_in_the_wrong_momenta_only():
    q, v = STATES.unbind(-1)
    torch.testing.assert_close(
        divergence_in_chart(field, STATES, chart), torch.zeros(2).double(), atol=1e-12, rtol=0
    )
    torch.testing.assert_close(
        divergence_in_chart(field, STATES, identity), -2 * q * v / (1 + q**2)
    )


def test_the_defect_of_a_damped_oscillator_is_its_loss_of_area():
    decay = torch.diag(torch.tensor([1.0, math.exp(-0.4)], dtype=torch.float64))
    jacobian = decay.expand(2, 2, 2)
    defect = defect_in_chart(jacobian, STATES, STATES, identity)
    torch.testing.assert_close(defect, torch.full((2,), 1 - math.exp(-0.4)).double())


def test_the_chart_is_applied_at_both_ends():
    # A shift of q keeps (q, p) area; written in (q, v) its Jacobian is C'(end)^-1 C'(start).
    start = STATES
    canonical = chart(start)
    q = canonical[:, :1] + 0.5
    end = torch.cat((q, canonical[:, 1:] / (1 + q**2)), dim=-1)
    inner = torch.func.vmap(torch.func.jacrev(chart))
    jacobian = torch.linalg.solve(inner(end), inner(start))
    assert float(defect_in_chart(jacobian, start, end, chart).max()) < 1e-12
    assert float(defect_in_chart(jacobian, start, end, identity).min()) > 0.05


def test_a_singular_chart_gives_no_figure():
    flat = torch.zeros(2, 2, 2, dtype=torch.float64)
    assert defect_in_chart(flat, STATES, STATES, torch.zeros_like).isnan().all()


@pytest.mark.parametrize("dof", [1, 3])
def test_the_loop_area_of_ellipses_is_the_sum_over_planes(dof):
    points = 400
    s = -torch.arange(points, dtype=torch.float64) * 2 * math.pi / points
    axes = torch.arange(1.0, dof + 1, dtype=torch.float64)
    loop = torch.cat((s.cos()[:, None] * axes, s.sin()[:, None] * 2 * axes), dim=-1)
    expected = float((math.pi * 2 * axes**2).sum())
    assert float(loop_area(loop)) == pytest.approx(expected, rel=1e-12)
    assert float(loop_area(loop.flip(0))) == pytest.approx(-expected, rel=1e-12)


@pytest.mark.parametrize("points", [200, 201])
def test_a_loop_that_a_flow_has_folded_keeps_its_area(points):
    """A kick p -> p + 4 sin(3 q) is symplectic."""
    s = -torch.arange(points, dtype=torch.float64) * 2 * math.pi / points
    q, p = 1.3 * s.cos(), s.sin()
    kicked = torch.stack((q, p + 4 * (3 * q).sin()), dim=-1)
    sheared = torch.stack((q + 2 * kicked[:, 1], kicked[:, 1]), dim=-1)
    for loop in (kicked, sheared):
        assert float(loop_area(loop)) == pytest.approx(1.3 * math.pi, rel=1e-12)
