import pytest
import torch

from src.mechanics.state import StateSpec, split_state


def test_names_follow_the_coordinates():
    spec = StateSpec(positions=("r", "theta"), angular=(False, True))
    assert spec.names == ("r", "theta", "p_r", "p_theta")
    assert spec.expressed_in("velocity").names == ("r", "theta", "v_r", "v_theta")
    assert (spec.dof, spec.size) == (2, 4)


def test_a_state_is_split_in_halves():
    q, p = split_state(torch.arange(8.0).reshape(2, 4))
    assert q.tolist() == [[0, 1], [4, 5]]
    assert p.tolist() == [[2, 3], [6, 7]]


def test_an_odd_state_is_refused():
    with pytest.raises(ValueError, match=r"even size; got shape \(5, 3\)"):
        split_state(torch.zeros(5, 3))


def test_angular_flags_must_match_the_positions():
    with pytest.raises(ValueError, match="one flag per position; got 2 flags for the 1 positions"):
        StateSpec(positions=("q",), angular=(True, False))


def test_unknown_coordinates_are_refused():
    # The checker of the tests would refuse the wrong literal before the class does.
    spec = object.__new__(StateSpec)
    for name, value in {"positions": ("q",), "angular": (False,), "coordinates": "polar"}.items():
        object.__setattr__(spec, name, value)
    with pytest.raises(ValueError, match=r"coordinates must be one of .*canonical.*got 'polar'"):
        spec.__post_init__()


def test_a_state_without_pairs_is_all_named_and_may_be_odd():
    spec = StateSpec(("a", "b", "c"), (False, True, False), coordinates="poisson")
    assert spec.names == ("a", "b", "c")
    assert (spec.dof, spec.size, spec.paired) == (1, 3, False)
    assert spec.angles == (False, True, False)
    assert spec.planes == ((0, 1), (1, 2), (2, 0))
    assert spec.expressed_in("poisson") == spec


def test_the_angles_and_planes_of_pairs_leave_momenta_out():
    spec = StateSpec(("r", "theta"), (False, True))
    assert spec.angles == (False, True, False, False)
    assert spec.planes == ((0, 2), (1, 3))


@pytest.mark.parametrize(
    ("present", "wanted"),
    [("poisson", "canonical"), ("poisson", "velocity"), ("canonical", "poisson")],
)
def test_pairs_cannot_be_made_of_what_has_none(present, wanted):
    spec = StateSpec(("a", "b"), (False, False), coordinates=present)
    with pytest.raises(ValueError, match=f"got {present} .* and {wanted}.*model=baseline"):
        spec.expressed_in(wanted)
