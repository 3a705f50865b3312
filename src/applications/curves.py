"""Which curves a system has: one table, so that evaluation needs to know one name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from ..systems.base import Kinematics
from ..systems.finance.cir import CIR
from ..systems.finance.cir_intensity import CIRIntensity
from ..systems.finance.defaultable_bond import DefaultableBond
from ..systems.finance.execution import ExecutionSystem
from ..systems.finance.garleanu_pedersen import GarleanuPedersen
from ..systems.finance.heston_variance import HestonVariance
from ..systems.finance.kim_omberg import KimOmberg
from ..systems.finance.log_ou_variance import LogOUVariance
from ..systems.finance.vasicek import Vasicek
from .curve import Curve
from .finance import allocation, credit, execution, portfolio, rates, volatility


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
curves.register(CIR, rates.term_structure)
curves.register(CIRIntensity, credit.survival_curves)
curves.register(DefaultableBond, credit.defaultable_curves)
curves.register(HestonVariance, volatility.vix_curves)
curves.register(LogOUVariance, volatility.log_forecast)
