"""Every model of conf/model on small state spaces, with weights and scales as after training."""

from collections.abc import Callable

import pytest
import torch
from homes import HOMES, PAIRS, Home, make, states

from src.models.base import Dynamics


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0]}-{pair[1]}", name="pair")
def _pair(request) -> tuple[str, str]:
    return request.param


@pytest.fixture(name="home")
def _home(pair) -> Home:
    return HOMES[pair[1]]


@pytest.fixture(name="spec")
def _spec(home):
    return home.spec


@pytest.fixture(name="build")
def _build(pair, home) -> Callable[..., Dynamics]:
    """Build the model of the pair again, in another dtype or with other settings."""

    def build(dtype: torch.dtype = torch.float64, **changes) -> Dynamics:
        return make(pair[0], home, dtype, **changes)

    return build


@pytest.fixture(name="model")
def _model(build) -> Dynamics:
    return build()


@pytest.fixture(name="x")
def _x(home):
    return home.states(7, seed=2)


@pytest.fixture(name="u")
def _u(spec):
    return states(len(spec.inputs), 7, seed=4) if spec.inputs else None
