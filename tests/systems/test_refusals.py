"""Every parameter that makes no sense is refused by its name, value and unit."""

import math
import re

import pytest

from src.systems.acrobot import Acrobot
from src.systems.arm_2r import Arm2R
from src.systems.arm_n_link import ArmNLink
from src.systems.bouncing_ball import BouncingBall
from src.systems.cart_pole import CartPole
from src.systems.charged_particle_b import ChargedParticleB
from src.systems.compass_gait import CompassGait
from src.systems.coulomb_scatter import CoulombScatter
from src.systems.coupled_tanks import CoupledTanks
from src.systems.cr3bp import RestrictedThreeBody
from src.systems.double_pendulum import DoublePendulum
from src.systems.duffing import Duffing
from src.systems.four_bar import FourBar
from src.systems.four_bar_reduced import FourBarReduced
from src.systems.fput import FPUT
from src.systems.gyroscope import Gyroscope
from src.systems.henon_heiles import HenonHeiles
from src.systems.inertia_wheel_pendulum import InertiaWheelPendulum
from src.systems.ion_trap import IonTrap
from src.systems.kdv import KdV
from src.systems.kepler import Kepler
from src.systems.lagrange_top import LagrangeTop
from src.systems.lennard_jones import LennardJones
from src.systems.maglev import Maglev
from src.systems.mass_spring import MassSpring
from src.systems.n_level import NLevel
from src.systems.n_link_cartesian import NLinkCartesian
from src.systems.n_link_pendulum import NLinkPendulum
from src.systems.nls import NLS
from src.systems.pendulum import Pendulum
from src.systems.pendulum_swingup import PendulumSwingup
from src.systems.penning_trap import PenningTrap
from src.systems.quantum_oscillator_ehrenfest import QuantumOscillatorEhrenfest
from src.systems.quarter_car import QuarterCar
from src.systems.relativistic_charged_b import RelativisticChargedB
from src.systems.relativistic_lnn_paper import RelativisticLNNPaper
from src.systems.relativistic_particle import RelativisticParticle
from src.systems.rigid_body import RigidBody
from src.systems.rotor import Rotor
from src.systems.satellite_j2 import SatelliteJ2
from src.systems.schroedinger_1d import Schroedinger1D
from src.systems.schroedinger_barrier import SchroedingerBarrier
from src.systems.schroedinger_morse import SchroedingerMorse
from src.systems.slider_crank import SliderCrank
from src.systems.spring_chain import SpringChain
from src.systems.spring_pendulum import SpringPendulum
from src.systems.stoermer_dipole import StoermerDipole
from src.systems.swing_leg import SwingLeg
from src.systems.three_body import ThreeBody
from src.systems.toda import Toda
from src.systems.two_body import TwoBody
from src.systems.two_level import TwoLevel
from src.systems.wave_1d import Wave1D

LINKAGE = {
    "ground": "m",
    "crank": "m",
    "coupler": "m",
    "rocker": "m",
    "density": "kg/m",
    "gravity": "m/s^2",
}
POSITIVE = [
    (MassSpring, {"mass": "kg", "stiffness": "N/m"}),
    (Pendulum, {"mass": "kg", "length": "m", "gravity": "m/s^2"}),
    (PendulumSwingup, {"mass": "kg", "torque": "N m"}),
    (
        CartPole,
        {
            "cart_mass": "kg",
            "pole_mass": "kg",
            "length": "m",
            "gravity": "m/s^2",
            "drive": "N",
            "speed": "m/s",
        },
    ),
    (ArmNLink, {"gravity": "m/s^2", "angle": "rad"}),
    (Acrobot, {"mass_1": "kg", "length_2": "m", "gravity": "m/s^2"}),
    (
        Arm2R,
        {
            "mass_1": "kg",
            "mass_2": "kg",
            "length_1": "m",
            "length_2": "m",
            "gravity": "m/s^2",
            "angle": "rad",
        },
    ),
    (Maglev, {"mass": "kg", "gap": "m", "strength": "H m", "gravity": "m/s^2"}),
    (
        CoupledTanks,
        {
            "area_1": "m^2",
            "area_2": "m^2",
            "pipe_area": "m^2",
            "pipe_length": "m",
            "density": "kg/m^3",
            "gravity": "m/s^2",
            "pump": "m^3/s",
        },
    ),
    (
        InertiaWheelPendulum,
        {
            "pendulum_inertia": "kg m^2",
            "wheel_inertia": "kg m^2",
            "weight": "N m",
            "torque": "N m",
            "spin": "rad/s",
        },
    ),
    (
        DoublePendulum,
        {
            "mass_1": "kg",
            "mass_2": "kg",
            "length_1": "m",
            "length_2": "m",
            "gravity": "m/s^2",
            "angle": "rad",
        },
    ),
    (
        SpringPendulum,
        {
            "mass": "kg",
            "length": "m",
            "stiffness": "N/m",
            "gravity": "m/s^2",
            "stretch": "of the length at rest",
            "angle": "rad",
        },
    ),
    (NLinkPendulum, {"gravity": "m/s^2", "angle": "rad"}),
    (SpringChain, {"mass": "kg", "stiffness": "N/m"}),
    (FPUT, {"mass": "kg", "stiffness": "N/m"}),
    (Toda, {"mass": "kg", "stiffness": "N/m", "length": "m"}),
    (HenonHeiles, {"mass": "kg", "stiffness": "N/m", "coupling": "1/m"}),
    (Duffing, {"mass": "kg", "beta": "N/m^3"}),
    (BouncingBall, {"mass": "kg", "gravity": "m/s^2"}),
    (
        CompassGait,
        {
            "hip_mass": "kg",
            "leg_mass": "kg",
            "foot_to_mass": "m",
            "mass_to_hip": "m",
            "slope": "degrees",
            "gravity": "m/s^2",
        },
    ),
    (TwoBody, {"mass_1": "kg", "mass_2": "kg", "gravitation": "m^3/(kg s^2)"}),
    (
        ThreeBody,
        {"mass_1": "kg", "mass_2": "kg", "mass_3": "kg", "gravitation": "m^3/(kg s^2)"},
    ),
    (RestrictedThreeBody, {"angle": "rad", "speed": "orbital speeds of the large bodies"}),
    (SatelliteJ2, {"gravitational_parameter": "Mm^3/ks^2", "radius": "Mm"}),
    (Kepler, {"gravitational_parameter": "AU^3/yr^2"}),
    (ChargedParticleB, {"mass": "kg", "charge": "C", "magnetic_field": "T", "position": "m"}),
    (
        PenningTrap,
        {"mass": "kg", "charge": "C", "magnetic_field": "T", "axial_frequency": "rad/s"},
    ),
    (StoermerDipole, {"mass": "kg", "charge": "C", "moment": "T m^3"}),
    (
        RelativisticParticle,
        {"mass": "kg", "force": "N", "light_speed": "m/s", "position": "m"},
    ),
    (
        RelativisticLNNPaper,
        {"acceleration": "c^2 per unit of length", "position": "units of length"},
    ),
    (
        RelativisticChargedB,
        {
            "mass": "kg",
            "charge": "C",
            "magnetic_field": "T",
            "light_speed": "m/s",
            "position": "m",
        },
    ),
    (TwoLevel, {"rabi": "MHz"}),
    (NLevel, {"coupling": "rad/us"}),
    (CoulombScatter, {"mass": "kg", "strength": "J m", "distance": "m", "offset": "m"}),
    (IonTrap, {"mass": "kg", "frequency": "rad/s", "coupling": "J m"}),
    (LennardJones, {"mass": "kg", "depth": "J", "size": "m"}),
    (
        QuarterCar,
        {"body_mass": "kg", "wheel_mass": "kg", "suspension": "N/m", "tyre": "N/m"},
    ),
    (
        SwingLeg,
        {
            "body_mass": "kg",
            "height": "m",
            "gravity": "m/s^2",
            "stop_range": "rad",
            "extension": "rad",
            "flexion": "rad",
            "knee": "rad",
        },
    ),
    (Schroedinger1D, {"length": "units of length", "frequency": "per unit of time"}),
    (
        SchroedingerMorse,
        {
            "length": "units of length",
            "frequency": "per unit of time",
            "depth": "units of energy",
        },
    ),
    (
        SchroedingerBarrier,
        {
            "height": "units of energy",
            "width": "units of length",
            "thickness": "units of length",
            "length": "units of length",
            "offset": "units of energy",
        },
    ),
    (QuantumOscillatorEhrenfest, {"mass": "units of mass", "stiffness": "units of stiffness"}),
    (Wave1D, {"length": "m", "wave_speed": "m/s", "density": "kg/m"}),
    (NLS, {"length": "units of length"}),
    (LagrangeTop, {"inertia_1": "kg m^2", "inertia_3": "kg m^2", "weight": "J"}),
    (Rotor, {"mass": "kg", "spin": "rad/s", "speed": "m/s"}),
    (Gyroscope, {"mass": "kg", "arm": "m", "gravity": "m/s^2", "spin": "rad/s"}),
    (KdV, {"length": "units of length"}),
    (RigidBody, {"inertia_1": "kg m^2", "inertia_2": "kg m^2", "inertia_3": "kg m^2"}),
    (FourBar, LINKAGE),
    (FourBarReduced, LINKAGE),
    (
        SliderCrank,
        {"crank": "m", "rod": "m", "slider": "kg", "density": "kg/m", "gravity": "m/s^2"},
    ),
    (NLinkCartesian, {"mass": "kg", "length": "m", "gravity": "m/s^2", "angle": "rad"}),
]
NOT_NEGATIVE = [
    (TwoBody, "speed_spread", "of the circular speed"),
    (ThreeBody, "velocity_spread", "of the circular velocity"),
    (ThreeBody, "softening", "m"),
    (SatelliteJ2, "j2", "(0 is a sphere)"),
    (Duffing, "damping", "N s/m"),
    (QuarterCar, "damper", "N s/m"),
    (CartPole, "cart_damping", "N s/m"),
    (CartPole, "pivot_damping", "N m s"),
    (InertiaWheelPendulum, "damping", "N m s"),
    (Maglev, "resistance", "ohm"),
    (Arm2R, "damping", "N m s"),
    (ArmNLink, "dry_friction", "N m"),
    (CoupledTanks, "friction", "Pa s/m^3"),
    (CoupledTanks, "outlet", "m^3/(Pa s)"),
    (InertiaWheelPendulum, "wheel_damping", "N m s"),
    (SwingLeg, "damping", "N m s"),
    (SwingLeg, "stop", "N m"),
    (Schroedinger1D, "separation", "units of length"),
]
RANGES = [
    (MassSpring, "amplitude", "m"),
    (Pendulum, "amplitude", "rad"),
    (PendulumSwingup, "amplitude", "rad"),
    (CartPole, "amplitude", "rad"),
    (InertiaWheelPendulum, "amplitude", "rad"),
    (CoupledTanks, "level", "m"),
    (SpringChain, "amplitude", "m"),
    (FPUT, "amplitude", "m"),
    (Toda, "amplitude", "m"),
    (HenonHeiles, "energy", "of the energy of escape"),
    (Duffing, "energy", "J"),
    (QuarterCar, "travel", "m"),
    (BouncingBall, "height", "m"),
    (TwoBody, "radius", "m"),
    (ThreeBody, "radius", "m"),
    (Kepler, "semi_major_axis", "AU"),
    (ChargedParticleB, "speed", "m/s"),
    (PenningTrap, "amplitude", "m"),
    (StoermerDipole, "radius", "m"),
    (StoermerDipole, "speed", "m/s"),
    (RelativisticChargedB, "momentum", "m c"),
    (CoulombScatter, "speed", "m/s"),
    (IonTrap, "energy", "m omega^2 l0^2"),
    (LennardJones, "energy", "epsilon per atom"),
    (QuantumOscillatorEhrenfest, "amplitude", "units of length"),
    (Wave1D, "amplitude", "m"),
    (KdV, "speed", "units of length per unit of time"),
    (RigidBody, "energy", "J"),
    (FourBar, "excess", "of the least speed that carries the crank round"),
    (FourBarReduced, "excess", "of the least speed that carries the crank round"),
    (SliderCrank, "excess", "of the least speed that carries the crank round"),
]
BELOW_ONE = [
    (Kepler, "eccentricity", "(0 is a circle)"),
    (SatelliteJ2, "eccentricity", "(0 is a circle)"),
    (KdV, "ripple", "of the height of the slowest soliton"),
]
FRACTIONS = [
    (Maglev, "spread", "of the gap and of the flux"),
    (RelativisticParticle, "speed", "of the speed of light"),
    (RelativisticLNNPaper, "speed", "of the speed of light"),
    (TwoLevel, "excitation", "of the way between the levels"),
    (NLevel, "excitation", "of the way between the levels"),
    (NLS, "disturbance", "of the field"),
    (CompassGait, "spread", "of the energy of the gait"),
]
FINITE = [
    (Duffing, "alpha", "N/m"),
    (FPUT, "alpha", "1/m"),
    (FPUT, "beta", "1/m^2"),
    (ChargedParticleB, "electric_field", "V/m"),
    (TwoLevel, "detuning", "MHz"),
    (TwoLevel, "phase", "rad"),
    (TwoLevel, "offset", "MHz"),
    (NLevel, "flux", "rad"),
]


@pytest.mark.parametrize("value", [-1, 0.0, math.nan, math.inf])
@pytest.mark.parametrize(
    ("system", "name", "unit"),
    [(system, name, unit) for system, units in POSITIVE for name, unit in units.items()],
)
def test_parameters_must_be_positive(system, name, unit, value):
    message = f"system.{name} must be positive; got {value} {unit}."
    with pytest.raises(ValueError, match=re.escape(message)):
        system(**{name: value})


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize(("system", "name", "unit"), NOT_NEGATIVE)
def test_parameters_that_may_be_zero_must_not_be_negative(system, name, unit, value):
    with pytest.raises(
        ValueError, match=re.escape(f"system.{name} must be zero or positive; got {value} {unit}.")
    ):
        system(**{name: value})


@pytest.mark.parametrize("value", [-0.1, 1.0, 1.5, math.nan, math.inf])
@pytest.mark.parametrize(("system", "name", "unit"), BELOW_ONE)
def test_fractions_must_lie_below_one(system, name, unit, value):
    message = f"system.{name} must be zero or positive, and below 1; got {value} {unit}."
    with pytest.raises(ValueError, match=re.escape(message)):
        system(**{name: value})


@pytest.mark.parametrize("value", [-0.5, 0.0, 1.0, math.nan])
@pytest.mark.parametrize(("system", "name", "unit"), FRACTIONS)
def test_fractions_must_lie_between_none_and_all(system, name, unit, value):
    with pytest.raises(
        ValueError, match=rf"system\.{name} must lie between 0 and 1; got {value} {unit}\."
    ):
        system(**{name: value})


@pytest.mark.parametrize("value", [math.nan, -math.inf])
@pytest.mark.parametrize(("system", "name", "unit"), FINITE)
def test_parameters_of_any_sign_must_be_finite(system, name, unit, value):
    message = f"system.{name} must be a finite number; got {value} {unit}."
    with pytest.raises(ValueError, match=re.escape(message)):
        system(**{name: value})


@pytest.mark.parametrize("value", [[1.0, 0.5], [0.0, 1.0], [1.0], [1.0, math.inf], [1, 1]])
@pytest.mark.parametrize(("system", "name", "unit"), RANGES)
def test_ranges_must_increase_from_above_zero(system, name, unit, value):
    with pytest.raises(
        ValueError, match=rf"system\.{name} must hold two positive values.*\] {re.escape(unit)}\."
    ):
        system(**{name: value})


@pytest.mark.parametrize(("system", "name", "unit"), RANGES)
def test_lists_become_tuples_so_that_systems_can_be_hashed(system, name, unit):
    value = [0.5, 0.75]
    assert system(**{name: value}) == system(**{name: tuple(value)})
    assert hash(system(**{name: value})) == hash(system(**{name: tuple(value)}))
