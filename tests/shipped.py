"""Every system of conf/system, as it is shipped: built once for all tests."""

from hydra.utils import get_class, instantiate

from src.config.options import options
from src.systems.base import System

CONFIGS = {
    name: node
    for name, node in options("system")
    if issubclass(get_class(node["_target_"]), System)
}
SHIPPED: dict[str, System] = {name: instantiate(config) for name, config in CONFIGS.items()}
