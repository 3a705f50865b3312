from pathlib import Path

import pytest
import torch
from hydra.utils import instantiate
from omegaconf import OmegaConf

from src.systems.recorded import Recorded

STATES = torch.tensor([[0.5, -1.0, 2.0, 4.0]], dtype=torch.float64)


def test_one_position_without_a_mass_takes_its_velocity_for_its_momentum():
    recorded = Recorded(positions=("o",), angular=(True,))
    assert recorded.coordinates == recorded.spec.coordinates == "canonical"
    assert recorded.momentum_is_velocity
    x = STATES[:, :2]
    assert torch.equal(recorded.to_canonical(x), x)
    assert torch.equal(recorded.to_velocity(x), x)


def test_masses_make_momenta():
    recorded = Recorded(positions=("a", "b"), angular=(False, True), masses=(2.0, 3.0))
    assert recorded.coordinates == "canonical"
    assert not recorded.momentum_is_velocity
    assert recorded.spec.angular == (False, True)
    assert recorded.to_canonical(STATES).tolist() == [[0.5, -1.0, 4.0, 12.0]]
    assert torch.equal(recorded.to_velocity(recorded.to_canonical(STATES)), STATES)
    assert recorded.velocity_rate(STATES, STATES).tolist() == [[0.5, -1.0, 1.0, 4.0 / 3.0]]


def test_a_known_mass_of_one_position_is_no_stand_in():
    recorded = Recorded(positions=("x",), masses=(2.0,))
    assert not recorded.momentum_is_velocity
    assert recorded.to_canonical(STATES[:, :2]).tolist() == [[0.5, -2.0]]


def test_several_positions_without_masses_stay_in_velocities():
    recorded = Recorded(positions=("a", "b"))
    assert recorded.coordinates == recorded.spec.coordinates == "velocity"
    assert not recorded.momentum_is_velocity
    assert recorded.spec.names == ("a", "b", "v_a", "v_b")


@pytest.mark.parametrize("direction", ["to_canonical", "to_velocity"])
def test_momenta_of_several_positions_without_masses_are_refused(direction):
    recorded = Recorded(positions=("a", "b"))
    with pytest.raises(
        ValueError,
        match=r"momenta need masses.*a, b.*data.mass=\[..., ...\].*system=<name>.*model=lnn.*"
        r"model=baseline model.coordinates=velocity",
    ):
        getattr(recorded, direction)(STATES)


def test_no_position_is_refused():
    with pytest.raises(ValueError, match=r"names of its positions.*data=files data.path=<file>"):
        Recorded(positions=None)


@pytest.mark.parametrize("masses", [(1.0,), (1.0, -2.0), (1.0, float("nan"))])
def test_masses_that_do_not_fit_are_refused(masses):
    with pytest.raises(ValueError, match=r"data.mass must hold one positive value per position"):
        Recorded(positions=("a", "b"), masses=masses)


def test_angles_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="one flag per position; got 1 flags for the 2 positions"):
        Recorded(positions=("a", "b"), angular=(True,))


def test_lists_of_a_config_become_tuples():
    config = OmegaConf.load(Path(__file__).parents[2] / "conf" / "system" / "recorded.yaml")
    filled = OmegaConf.merge(config, {"positions": ["a"], "angular": [True], "masses": [2]})
    recorded = instantiate(filled)
    assert recorded == Recorded(positions=("a",), angular=(True,), masses=(2.0,))
    assert hash(recorded) == hash(Recorded(positions=("a",), angular=(True,), masses=(2.0,)))
