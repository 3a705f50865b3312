"""Which column is what: by convention where it is clear, by request, or not at all."""

import re

import pytest

from src.data.columns import Columns, assign, named_columns


def roles(names: str, **chosen: object) -> Columns:
    return assign("run.csv", names.split(), named_columns(chosen))


@pytest.mark.parametrize(
    ("names", "q", "v"),
    [
        ("t x", "x", ""),
        ("time theta", "theta", ""),
        ("t x v", "x", "v"),
        ("trial time o v", "o", "v"),
        ("trial time o1 o2 w1 w2", "o1 o2", "w1 w2"),
        ("t x dx", "x", "dx"),
        ("t x y vx vy", "x y", "vx vy"),
        ("t theta theta_dot", "theta", "theta_dot"),
        ("t angle omega", "angle", "omega"),
        ("t x speed", "x", "speed"),
        ("run T x velocity", "x", "velocity"),
        ("t q v", "q", "v"),
        ("t q1 v1 q2 v2", "q1 q2", "v1 v2"),
        ("t q_a q_b v_a v_b", "q_a q_b", "v_a v_b"),
    ],
)
def test_conventions(names, q, v):
    found = roles(names)
    assert (found.q, found.v) == (tuple(q.split()), tuple(v.split()))
    assert found.trial == (names.split()[0] if names.split()[0] in ("trial", "run") else "")
    assert found.time.lower() in ("t", "time")


def test_letters_tell_momenta_accelerations_and_inputs():
    found = roles("t q_x p_x a_x u_x")
    assert (found.q, found.p, found.a, found.u) == (("q_x",), ("p_x",), ("a_x",), ("u_x",))


@pytest.mark.parametrize("names", ["t x y", "t a b c", "t v x", "t x vx y vy", "t q x", "t"])
def test_what_is_not_clear_is_refused(names):
    with pytest.raises(ValueError, match="cannot be told apart") as caught:
        roles(names)
    assert "data.columns.q=[" in str(caught.value)
    assert ", ".join(names.split()[1:]) in str(caught.value)


def test_requests_come_first():
    found = roles("when x y note", time="when", q=["x", "y"])
    assert (found.time, found.q, found.v) == ("when", ("x", "y"), ())
    assert roles("1 2 3", time=1, q=3, v=2).v == ("2",)
    assert roles("t x v", q=None).q == ("x",)


@pytest.mark.parametrize(
    ("names", "chosen", "message"),
    [
        ("t theta", {"q": "thetta"}, "got 'thetta' (did you mean theta?). Columns: t, theta."),
        ("x v", {}, "must have a column of times, called t or time; columns: x, v."),
        (
            "t x y w",
            {"q": ["x", "y"], "v": "w"},
            "one column of v for each of the 2 positions x, y",
        ),
        ("t x", {"mas": "x"}, "data.columns must have keys among trial, time, q, v, p, a, u; got"),
        ("t x", {"tme": "x"}, "got 'tme' (did you mean time?)"),
        ("t x", {"time": ["t", "x"]}, "data.columns.time must be one column; got ['t', 'x']."),
    ],
)
def test_requests_that_do_not_fit(names, chosen, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        roles(names, **chosen)
