"""Steps of one's own: as scipy takes them, whatever the others of the batch need."""

import numpy as np
import pytest
import torch
from motions import Driven, grid, pendulum, spring
from scipy.integrate import solve_ivp

from src.integrators.base import IntegrationError, integrate_surviving
from src.integrators.dop853 import DOP853

EASY = torch.tensor([[1.0, 0.0], [0.5, 0.3], [-2.0, 0.1]], dtype=torch.float64)


def fast_and_slow(rates):
    """Springs whose frequency is part of the state, ``(q, p, w, 0)``."""

    def rate(t, x):
        q, p, w, _ = x.unbind(-1)
        return torch.stack((p, -(w**2) * q, 0 * w, 0 * w), dim=-1)

    states = [[1.0, 0.0, w, 0.0] for w in rates]
    return Driven(rate), torch.tensor(states, dtype=torch.float64)


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("tolerance", [1e-4, 1e-9])
def test_each_sample_goes_as_scipy_goes_alone(tolerance, back):
    t = grid(9.0, 40) * (-1 if back else 1)
    motion = pendulum()
    path = DOP853(rtol=tolerance, atol=tolerance).integrate(motion, EASY, t)

    def rate(time, y):
        return np.array([y[1], -np.sin(y[0])])

    calls = []
    for row, start in enumerate(EASY):
        alone = solve_ivp(
            rate,
            (0.0, float(t[-1])),
            start.numpy(),
            method="DOP853",
            t_eval=t.numpy(),
            rtol=tolerance,
            atol=tolerance,
        )
        np.testing.assert_allclose(path.x[:, row].numpy(), alone.y.T, rtol=0, atol=1e-9)
        # Without output times scipy calls for its steps alone; three calls interpolate here.
        steps_alone = solve_ivp(
            rate,
            (0.0, float(t[-1])),
            start.numpy(),
            method="DOP853",
            rtol=tolerance,
            atol=tolerance,
        )
        calls.append(steps_alone.nfev + 3)
    assert path.field_evaluations == max(calls)


def test_a_hard_sample_neither_slows_nor_spoils_the_others():
    t = grid(6.0, 5)
    motion, x0 = fast_and_slow([1.0] * 20 + [30.0])
    solver = DOP853(rtol=1e-8, atol=1e-8)
    together, alone = (solver.integrate(motion, x, t) for x in (x0, x0[:20]))
    hard = solver.integrate(motion, x0[20:], t)
    torch.testing.assert_close(together.x[:, :20], alone.x, rtol=0, atol=1e-14)
    torch.testing.assert_close(together.x[:, 20:], hard.x, rtol=0, atol=1e-14)
    assert together.field_evaluations == hard.field_evaluations
    exact = torch.cos(x0[:, 2] * t[-1])
    assert (together.x[-1, :, 0] - exact).abs().max() < 1e-6


def test_samples_that_cannot_go_on_are_named_and_the_others_go_on():
    def field(t, x):  # not a number beyond x = 1
        return torch.where(x > 1, torch.nan, torch.ones_like(x))

    x0 = torch.tensor([[0.85, 0.85], [-5.0, -5.0]], dtype=torch.float64)
    with pytest.raises(IntegrationError, match=r"integrator\.max_num_steps") as error:
        DOP853().integrate(Driven(field), x0, grid(0.3, 4))
    assert error.value.failed.tolist() == [True, False]
    path = integrate_surviving(DOP853(), Driven(field), x0, grid(0.3, 4))
    assert torch.isfinite(path.x[:2]).all()
    assert torch.isnan(path.x[2:, 0]).all()
    assert torch.allclose(path.x[-1, 1], x0[1] + 0.3)


def test_a_sample_may_end_ahead_of_one_that_is_still_on_its_way():
    """Ended early, while a fast one has hardly left: no state may be made up for that one."""
    motion, x0 = fast_and_slow([1.0, 300.0])

    def wall(t, x):
        beyond = (x[..., 2:3] == 1.0) & (x[..., 1:2] < -0.95)
        return torch.where(beyond, torch.nan, motion.f(t, x))

    t = grid(1.5, 16)
    with pytest.raises(IntegrationError) as error:
        DOP853(rtol=1e-8, atol=1e-8).integrate(Driven(wall), x0, t)
    reached = error.value.path
    exact = torch.cos(x0[:, 2] * reached.t[:, None])
    assert (reached.x[..., 0] - exact).abs().max() < 1e-4
    path = integrate_surviving(DOP853(rtol=1e-8, atol=1e-8), Driven(wall), x0, t)
    assert torch.isnan(path.x[-1, 0]).all()
    assert (path.x[:, 1, 0] - torch.cos(300 * t)).abs().max() < 1e-4


def test_steps_are_bounded():
    with pytest.raises(IntegrationError, match=r"max_num_steps \(now 5\)"):
        DOP853(max_num_steps=5).integrate(spring(1e8), EASY, grid(1.0, 3))


@pytest.mark.parametrize("setting", ["rtol", "atol", "max_num_steps"])
def test_settings_are_checked(setting):
    with pytest.raises(ValueError, match=f"integrator.{setting} must be positive; got -1"):
        DOP853(**{setting: -1})
