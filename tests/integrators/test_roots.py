"""Zeros of functions, many at once."""

import torch

from src.integrators.roots import falling_zero


def test_zeros_are_found_each_in_its_own_interval_and_none_is_left_in_an_empty_one():
    roots = torch.tensor([0.0, 0.3, 2.0], dtype=torch.float64)
    end = torch.tensor([0.0, 1.0, 7.0], dtype=torch.float64)

    def height(t):
        return (roots - t) * (1 + t)

    found = falling_zero(height, end, height(end), 1e-12 * end)
    torch.testing.assert_close(found, roots, atol=1e-10, rtol=0.0)
