"""The checker of shapes that the tests run under."""

import random
from collections.abc import Callable
from functools import wraps
from typing import Any

# beartype draws which items of a list it checks: not from the numbers whose state trainings keep.
random.getrandbits = random.Random(0).getrandbits

from beartype import BeartypeConf, beartype  # noqa: E402

CALLS = 20
"""A test that calls a function more often calls it with the same shapes: checks cost half of it."""
_checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""An int serves as a float (PEP 484): system.mass=2 arrives as one."""


class Tests:
    """How many have begun."""

    begun = 0


def first_calls(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that checks its arguments, in the first calls of every test."""
    check, seen, left = _checked(function), -1, 0

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        nonlocal seen, left
        if seen != Tests.begun:
            seen, left = Tests.begun, CALLS
        if left:
            left -= 1
            check(*args, **kwargs)

    return checked
