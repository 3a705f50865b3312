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
from ..systems.finance.heston_crash import HestonCrash
from ..systems.finance.heston_log_price import HestonLogPrice
from ..systems.finance.heston_short_maturity import HestonShortMaturity
from ..systems.finance.heston_smile import HestonSmile
from ..systems.finance.heston_variance import HestonVariance
from ..systems.finance.kim_omberg import KimOmberg
from ..systems.finance.log_ou_variance import LogOUVariance
from ..systems.finance.ou_reverse_stress import OUReverseStress
from ..systems.finance.ramsey_growth import RamseyGrowth
from ..systems.finance.sabr_geodesic import SABRGeodesic
from ..systems.finance.vasicek import Vasicek
from ..systems.jointed_rods import JointedRods
from ..systems.pendulum_swingup import PendulumSwingup
from . import laws
from .curve import Curve
from .finance import (
    allocation,
    crash,
    credit,
    execution,
    geodesic_smiles,
    growth,
    heston_curves,
    portfolio,
    rates,
    reverse_stress,
    volatility,
)


@singledispatch
def curves(system: Kinematics) -> Mapping[str, Curve]:
    """Return what follows from the energy of a system beside its motions; most have nothing.

    Systems register here with the functions of their room, such as ``finance/rates.py``.
    """
    return {}


curves.register(Vasicek, rates.term_structure)
curves.register(ExecutionSystem, execution.execution)
curves.register(GarleanuPedersen, portfolio.portfolio)
curves.register(RamseyGrowth, growth.growth)
curves.register(KimOmberg, allocation.allocation)
curves.register(SABRGeodesic, geodesic_smiles.sabr_smile)
curves.register(HestonShortMaturity, geodesic_smiles.heston_short_smile)
curves.register(HestonLogPrice, heston_curves.price_cumulants)
curves.register(HestonSmile, heston_curves.finite_smile)
curves.register(HestonCrash, crash.crash)
curves.register(OUReverseStress, reverse_stress.reverse_stress)
curves.register(CIR, rates.term_structure)
curves.register(CIRIntensity, credit.survival_curves)
curves.register(DefaultableBond, credit.defaultable_curves)
curves.register(HestonVariance, volatility.vix_curves)
curves.register(LogOUVariance, volatility.log_forecast)
curves.register(JointedRods, laws.torques)
curves.register(PendulumSwingup, laws.swing_up)
