"""Every model of conf/model on small state spaces, with weights and scales as after training."""

from collections.abc import Callable
from pathlib import Path

import hydra
import pytest
import torch
from omegaconf import OmegaConf

from src.mechanics.state import StateSpec
from src.models.base import Dynamics

MODELS = sorted((Path(__file__).parents[2] / "conf" / "model").glob("*.yaml"))
SPECS = {
    "one angle": StateSpec(("theta",), (True,)),
    "angle and length": StateSpec(("r", "theta"), (False, True)),
}


@pytest.fixture(params=SPECS, name="spec")
def _spec(request):
    return SPECS[request.param]


@pytest.fixture(params=MODELS, ids=lambda path: path.stem, name="build")
def _build(request) -> Callable[..., Dynamics]:
    """Build the model small, with unlike scales and weights away from their initial values."""

    def build(spec: StateSpec, dtype: torch.dtype = torch.float64, **changes) -> Dynamics:
        torch.manual_seed(0)
        settings = {"width": 12, **changes}
        config = OmegaConf.load(request.param)
        config.pop("defaults", None)
        model = hydra.utils.instantiate(config, _partial_=True)(spec=spec, **settings).to(dtype)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
        x, dx = states(spec.size, 50, dtype), states(spec.size, 50, dtype, seed=1)
        model.fit_scaling(x, dx * torch.linspace(2, 3, spec.size, dtype=dtype))
        return model

    return build


@pytest.fixture(name="model")
def _model(build, spec) -> Dynamics:
    return build(spec)


def states(size: int, count: int, dtype: torch.dtype = torch.float64, seed: int = 0):
    """Draw states whose components have different sizes and centres."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return (draws * torch.linspace(0.5, 2, size) + torch.linspace(-0.5, 1, size)).to(dtype)


@pytest.fixture(name="x")
def _x(spec):
    return states(spec.size, 7, seed=2)
