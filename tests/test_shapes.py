"""Shapes are checked in the first calls of every test, and whatever came before it."""

import pytest
import torch
from jaxtyping import TypeCheckError
from shapes import CALLS

from src.mechanics.hamiltonian import motion_of

WHOLE = torch.zeros(2, dtype=torch.int64)  # where floating-point numbers are asked for


@pytest.mark.parametrize("time", ["once", "again"])
def test_the_last_of_the_first_calls_is_still_checked(time):
    for _ in range(CALLS - 1):
        motion_of(torch.zeros(2))
    with pytest.raises(TypeCheckError, match="motion_of"):
        motion_of(WHOLE)
