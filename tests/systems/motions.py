"""Motions of known systems by an integrator that is not ours."""

import torch
from scipy.integrate import solve_ivp


def motion(system, x0, t, precision=1e-10):
    """Follow the system's own field with DOP853 from 0 to t; returns scipy's solution."""

    def field(_, x):
        return system.vector_field(torch.from_numpy(x)).numpy()

    start = torch.as_tensor(x0, dtype=torch.float64).numpy()
    span = (0.0, float(t))
    return solve_ivp(field, span, start, method="DOP853", rtol=precision, atol=precision)
