"""Which curves a system has: one table, so that evaluation needs to know one name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from ..systems.base import Kinematics
from ..systems.finance.execution import ExecutionSystem
from ..systems.finance.garleanu_pedersen import GarleanuPedersen
from ..systems.finance.kim_omberg import KimOmberg
from ..systems.finance.vasicek import Vasicek
from .curve import Curve
from .finance import allocation, execution, portfolio, rates


@singledispatch
def curves(system: Kinematics) -> Mapping[str, Curve]:
    """Return what follows from the energy of a system beside its motions; most have nothing.

    Systems register here with the functions of their room, such as ``finance/rates.py``.
    """
    return {}


curves.register(Vasicek, rates.term_structure)
curves.register(ExecutionSystem, execution.execution)
curves.register(GarleanuPedersen, portfolio.portfolio)
curves.register(KimOmberg, allocation.allocation)
