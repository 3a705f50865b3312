"""Small state spaces on which every model is tested: plain ones, and one of each structure."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

import hydra
import torch
from torch import Tensor

from src.config.options import options
from src.config.paths import CONF
from src.mechanics.state import StateSpec
from src.models.base import Dynamics
from src.systems.base import System
from src.systems.finance.cir import CIR
from src.systems.finance.heston_log_price import HestonLogPrice
from src.systems.kdv import KdV
from src.systems.n_link_cartesian import NLinkCartesian
from src.systems.pendulum_swingup import PendulumSwingup
from src.systems.rigid_body import RigidBody
from src.systems.spring_chain import SpringChain
from src.systems.three_body import ThreeBody


@dataclass(frozen=True, eq=False)
class Home:
    """A state space, and typical states of it."""

    spec: StateSpec
    system: System | None = None

    def states(self, count: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
        """Draw states: those of the system, where not every state is one."""
        if self.system is None:
            return states(self.spec.size, count, dtype, seed)
        return _drawn(self, count, seed).to(dtype, copy=True)


@cache
def _drawn(home: Home, count: int, seed: int) -> Tensor:
    """Draw states of a home with a system: once, however many models live there."""
    x = home.system.sample_initial(count, torch.Generator().manual_seed(seed))
    return home.system.to_velocity(x) if home.spec.coordinates == "velocity" else x


def _home(system: System, driven: bool = False) -> Home:
    spec = system.model_spec
    return Home(spec if driven else spec.left_alone(), system)


PLAIN = {
    "one angle": Home(StateSpec(("theta",), (True,))),
    "angle and length": Home(StateSpec(("r", "theta"), (False, True))),
    "two lengths": Home(StateSpec(("x", "y"), (False, False))),
}
"""What every model without a need of its own fits; the last is for those that take no angles."""
SPECIAL = {
    "constraints": _home(NLinkCartesian(number=2)),
    "poisson": _home(RigidBody()),
    "inputs": _home(PendulumSwingup(), driven=True),
    "particles": _home(ThreeBody(mass_2=2.0, mass_3=0.5)),
    "price": _home(HestonLogPrice()),
    "lattice": _home(SpringChain(number=6)),
    "killing": _home(CIR()),
    "field": _home(KdV(points=33, length=30.0, speed=(0.5, 0.8))),
}
"""One for each trait that a model may represent, and for each structure that one may need."""
HOMES = PLAIN | SPECIAL


def homes_of(model: str) -> list[str]:
    """Return the state spaces on which a model is tested.

    Two plain ones and those of the traits that it represents beside; a model that fits no plain one
    needs a structure, and is tested wherever it finds it.
    """
    fitting = {}
    for name, home in HOMES.items():
        try:
            fitting[name] = make(model, home)
        except ValueError:
            continue
    plain = [name for name in fitting if name in PLAIN][:2]
    special = [name for name in fitting if name in SPECIAL]
    return plain + [name for name in special if not plain or name in fitting[name].represents]


def states(size: int, count: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    """Draw states whose components have different sizes and centres."""
    generator = torch.Generator().manual_seed(seed)
    draws = torch.randn(count, size, generator=generator, dtype=torch.float64)
    return (draws * torch.linspace(0.5, 2, size) + torch.linspace(-0.5, 1, size)).to(dtype)


MODELS = {path.stem: path for path in (CONF / "model").glob("*.yaml")}
CONFIGS = dict(options("model"))
if find_spec("pysindy") is None:
    del MODELS["sindy"]


def make(name: str, home: Home, dtype: torch.dtype = torch.float64, **changes) -> Dynamics:
    """Build a model small, with unlike scales and weights away from their initial values."""
    torch.manual_seed(0)
    config = CONFIGS[name]
    sizes = {"width": 12} if "width" in config else {}
    if "settings" in config:
        sizes = {"members": 3, "settings": {"width": 12}}
    sizes |= changes
    factory = hydra.utils.instantiate(config, _partial_=True, _convert_="all")
    model = factory(spec=home.spec, **sizes).to(dtype)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    size, inputs = home.spec.size, len(home.spec.inputs)
    x, dx = home.states(50, dtype), states(size, 50, dtype, seed=1)
    u = states(inputs, 50, dtype) if inputs else None
    model.fit_scaling(x, dx * torch.linspace(2, 3, size, dtype=dtype), u)
    return model


PAIRS = [(model, home) for model in sorted(MODELS) for home in homes_of(model)]
