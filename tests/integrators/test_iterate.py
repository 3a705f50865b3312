"""Learned maps of one time step."""

import pytest
import torch
from motions import grid, spring

from src.integrators.iterate import Iterate
from src.mechanics.problem import Steps


class Turn:
    """A quarter turn of the plane in one unit of time, with a memory of how often it was made."""

    coordinates = "canonical"

    def __init__(self, invertible=True, interval=1.0):
        self.invertible = invertible
        self.interval = interval

    def steps(self):
        def turn(z):
            q, p, count = z.unbind(-1)
            return torch.stack((p, -q, count + 1), dim=-1)

        def back(z):
            q, p, count = z.unbind(-1)
            return torch.stack((-p, q, count - 1), dim=-1)

        return Steps(
            turn,
            back if self.invertible else None,
            self.interval,
            enter=lambda x: torch.cat((x, torch.zeros_like(x[..., :1])), dim=-1),
            leave=lambda z: z[..., :2],
        )

    def field(self):
        raise NotImplementedError

    canonical = split = constrained = field


X0 = torch.tensor([[1.0, 0.0], [2.0, 1.0]], dtype=torch.float64)


def test_states_are_those_after_whole_steps():
    path = Iterate().integrate(Turn(), X0, torch.tensor([0.0, 1.0, 3.0, 4.0]).double())
    assert path.field_evaluations == 4
    torch.testing.assert_close(path.x[1], torch.tensor([[0.0, -1.0], [1.0, -2.0]]).double())
    torch.testing.assert_close(path.x[-1], X0)


def test_an_invertible_map_goes_back():
    there = Iterate().integrate(Turn(), X0, grid(3, 4)).x[-1]
    back = Iterate().integrate(Turn(), there, grid(3, 4).flip(0)).x[-1]
    torch.testing.assert_close(back, X0)
    with pytest.raises(ValueError, match=r"cannot be inverted. Maps that can"):
        Iterate().integrate(Turn(invertible=False), there, grid(3, 4).flip(0))


def test_times_between_the_steps_are_refused():
    with pytest.raises(ValueError, match=r"whole steps of 1 apart.* got a gap of 1.5"):
        Iterate().integrate(Turn(), X0, grid(3, 3))
    with pytest.raises(ValueError, match=r"got a gap of 0.3"):
        Iterate().integrate(Turn(), X0, grid(0.3, 2))


def test_before_the_step_is_known_every_interval_is_one():
    path = Iterate().integrate(Turn(interval=None), X0, grid(0.3, 5))
    torch.testing.assert_close(path.x[-1], X0)


def test_fields_are_refused():
    with pytest.raises(ValueError, match="use a field"):
        Iterate().integrate(spring(), X0, grid(1, 2))
