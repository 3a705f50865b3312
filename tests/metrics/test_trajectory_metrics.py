import math

import pytest
import torch

from src.mechanics.state import StateSpec
from src.metrics.trajectory import (
    Ruler,
    geometric_mean_relative_error,
    squared_error,
    valid_prediction_time,
)

LINE = Ruler(torch.tensor([False, False]), torch.tensor([1.0, 2.0], dtype=torch.float64))
CIRCLE = Ruler(torch.tensor([True, False]), torch.tensor([1.0, 1.0], dtype=torch.float64))


def path(*states):
    return torch.tensor([list(states)], dtype=torch.float64)


def pairs(*angular, **more):
    return StateSpec(tuple("abcdef"[: len(angular)]), angular, **more)


def plain(*angular, **more):
    return pairs(*angular, coordinates="poisson", **more)


def test_scales_are_deviations_from_the_mean():
    q = torch.tensor([9.0, 11.0] * 10, dtype=torch.float64)
    ruler = Ruler.of(torch.stack((q, 5 * q), dim=-1), pairs(False))
    torch.testing.assert_close(ruler.scale, torch.tensor([1.0, 5.0]).double())


def test_the_scale_of_an_angle_does_not_grow_with_its_turns():
    q = torch.tensor([-0.5, 0.5], dtype=torch.float64).repeat(10)
    turns = 2 * math.pi * torch.arange(20, dtype=torch.float64)
    ruler = Ruler.of(torch.stack((q + turns, q), dim=-1), pairs(True))
    torch.testing.assert_close(ruler.scale, torch.tensor([0.5, 0.5]).double())


def test_a_component_at_rest_takes_the_widest_scale_of_its_half():
    x = torch.tensor([[1.0, 0.0, 4.0, 0.0], [-1.0, 0.0, -4.0, 0.0]], dtype=torch.float64)
    ruler = Ruler.of(x, pairs(False, False))
    torch.testing.assert_close(ruler.scale, torch.tensor([1.0, 1.0, 4.0, 4.0]).double())


def test_a_state_without_pairs_is_one_part_of_any_size():
    x = torch.tensor([[1.0, 0.0, 4.0], [-1.0, 0.0, -4.0]], dtype=torch.float64)
    assert Ruler.of(x, plain(False, False, True)).angular.tolist() == [False, False, True]
    ruler = Ruler.of(x, plain(False, False, False))
    torch.testing.assert_close(ruler.scale, torch.tensor([1.0, 4.0, 4.0]).double())


def test_components_that_are_alike_share_a_scale_with_their_part_of_the_state():
    x = torch.tensor([[3.0, 0.0, 7.0, 1.0], [-3.0, 0.0, -7.0, -1.0]], dtype=torch.float64)
    ruler = Ruler.of(x, pairs(False, False, alike=True))
    torch.testing.assert_close(ruler.scale, torch.tensor([4.5, 4.5, 25.0, 25.0]).double().sqrt())
    whole = Ruler.of(x, plain(*[False] * 4, alike=True))
    torch.testing.assert_close(whole.scale, torch.full((4,), math.sqrt(59 / 4)).double())


def test_states_that_never_vary_have_no_scale():
    with pytest.raises(ValueError, match="true states must vary"):
        Ruler.of(torch.ones(3, 2, dtype=torch.float64), pairs(False))


def test_the_squared_error_is_in_units_of_the_scales():
    error = squared_error(path([0.0, 0.0], [1.0, 2.0]), path([0.0, 0.0], [0.0, 0.0]), LINE)
    assert float(error) == pytest.approx(0.5)


def test_angles_are_compared_on_the_circle():
    error = squared_error(path([math.pi - 0.1, 0.0]), path([0.1 - 5 * math.pi, 0.0]), CIRCLE)
    assert float(error) == pytest.approx(0.2**2 / 2)


def test_the_geometric_mean_weighs_decades_alike():
    truth = path([5.0, 0.0], [1.0, 0.0], [1.0, 0.0])
    model = truth.clone()
    # |x - y| / (|x| + |y|) = 1e-2 and 1e-4 after the start: the geometric mean is 1e-3.
    for sample, ratio in ((1, 1e-2), (2, 1e-4)):
        model[0, sample, 0] = (1 + ratio) / (1 - ratio)
    assert float(geometric_mean_relative_error(model, truth, LINE)) == pytest.approx(1e-3, rel=1e-3)


def test_the_geometric_mean_of_a_perfect_rollout_is_its_floor_and_of_a_rest_too():
    truth = path([1.0, 0.0], [0.5, 0.0], [0.0, 0.0])
    assert float(geometric_mean_relative_error(truth, truth, LINE)) == pytest.approx(1e-8)


def test_a_linear_departure_is_valid_until_a_tenth_of_the_rms_state():
    t = torch.arange(0, 11.0, dtype=torch.float64) + 3
    truth = torch.zeros(2, 11, 2, dtype=torch.float64)
    model = truth.clone()
    model[0, :, 0] = 0.03 * (t - 3)  # scaled rms error 0.03 t / sqrt(2): exceeds 0.1 after t = 4.71
    valid = valid_prediction_time(t, model, truth, LINE)
    assert valid.time.tolist() == [5.0, 10.0]
    assert valid.capped.tolist() == [False, True]


def test_a_rollout_is_valid_until_it_breaks_off():
    t = torch.arange(4.0, dtype=torch.float64)
    truth = torch.zeros(1, 4, 2, dtype=torch.float64)
    model = truth.clone()
    model[0, 2:] = math.nan
    valid = valid_prediction_time(t, model, truth, LINE)
    assert (valid.time.tolist(), valid.capped.tolist()) == ([2.0], [False])
