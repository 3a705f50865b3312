"""A learned map of a time step that remembers the motion."""

import torch
from homes import PLAIN, make

from src.integrators.iterate import Iterate

HOME = PLAIN["angle and length"]


def test_a_rollout_carries_the_memory_along_and_starts_without_one():
    model, x = make("step_gru", HOME), HOME.states(5)
    path = Iterate().integrate(model, x, torch.tensor([0.0, 0.1, 0.2]).double()).x
    first = model.step(x)
    torch.testing.assert_close(path[1], first)
    forgetful = model.step(first)
    assert ((path[2] - forgetful) / model.x_scale).norm(dim=-1).min() > 1e-3


def test_a_unit_whose_gates_keep_its_memory_empty_stands_still():
    model, x = make("step_gru", HOME), HOME.states(5)
    with torch.no_grad():
        model.output.bias.zero_()
        model.gates.bias[: model.width] = 1e3
    torch.testing.assert_close(model.step(x), x)
