"""Known symmetries of a law: images of its motions are motions of it, and refused where not."""

import pytest
import torch
from shipped import SHIPPED

from src.data.files import FileData
from src.data.simulated import SimulatedData
from src.data.symmetries import SYMMETRIES, parity, time_reversal, with_images
from src.data.trajectories import Motion, Trajectories, stack
from src.mechanics.state import StateSpec
from src.systems.base import System
from src.systems.charged_particle_b import ChargedParticleB
from src.systems.henon_heiles import HenonHeiles
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum
from src.training.datamodule import TrajectoryData

PAIRED = [name for name, system in SHIPPED.items() if system.spec.paired]


def recorded(system: System, lengths=(9, 6)) -> Trajectories:
    """Exact motions of a system at uneven times, of different lengths."""
    motions = []
    for row, length in enumerate(lengths):
        x0 = system.sample_initial(1, torch.Generator().manual_seed(row))[0]
        t = 3 + torch.rand(length, generator=torch.Generator().manual_seed(row)).double().cumsum(0)
        x = system.exact_flow(x0, t - t[0])
        motions.append(Motion(t, x, system.rate(x)))
    return stack(system.spec, motions, "observed")


@pytest.mark.parametrize("name", SYMMETRIES)
def test_images_of_motions_are_motions(name):
    system = MassSpring()
    images = SYMMETRIES[name](recorded(system))
    for t, x, dx, mask in zip(images.t, images.x, images.dx, images.mask, strict=True):
        assert (t[mask].diff() > 0).all()
        torch.testing.assert_close(x[mask], system.exact_flow(x[0], t[mask] - t[0]))
        torch.testing.assert_close(dx[mask], system.rate(x[mask]))


@pytest.mark.parametrize("name", SYMMETRIES)
def test_images_of_images_are_the_motions(name):
    motions = recorded(MassSpring())
    twice = SYMMETRIES[name](SYMMETRIES[name](motions))
    assert torch.equal(twice.mask, motions.mask)
    for part in ("t", "x", "dx"):
        torch.testing.assert_close(getattr(twice, part), getattr(motions, part))


@pytest.mark.parametrize("name", PAIRED)
def test_reversible_systems_may_be_played_backwards_and_no_others(name):
    system = SHIPPED[name]
    x = system.sample_initial(3, torch.Generator().manual_seed(0)).unsqueeze(1)
    motions = Trajectories(
        system.spec,
        t=torch.zeros(3, 1).double(),
        x=x,
        mask=torch.ones(3, 1, dtype=torch.bool),
        dx=system.rate(x),
        clean=x,
    )
    if system.reversible and "dissipation" not in system.traits:
        assert len(with_images(motions, ["time_reversal"], system)) == 6
    else:
        with pytest.raises(ValueError, match="must be a symmetry of the system"):
            with_images(motions, ["time_reversal"], system)


def test_all_products_of_symmetries_are_there():
    system = MassSpring()
    motions = recorded(system)
    images = with_images(motions, ["parity", "time_reversal"], system)
    assert len(images) == 4 * len(motions)
    both = time_reversal(parity(motions))
    torch.testing.assert_close(images.x[-2:], both.x)
    torch.testing.assert_close(images.t[-2:], both.t)


@pytest.mark.parametrize(
    ("system", "name"), [(HenonHeiles(), "parity"), (ChargedParticleB(), "time_reversal")]
)
def test_what_is_no_symmetry_is_refused(system, name, tmp_path):
    source = SimulatedData(trajectories=5, symmetries=[name])
    data = TrajectoryData(source, system, system.model_spec, 1, 0, tmp_path)
    with pytest.raises(ValueError, match=rf"data.symmetries=\[{name}\] must be a symmetry"):
        data.training  # noqa: B018


def test_what_trains_has_images_and_what_is_told_of_the_data_has_none(tmp_path):
    def made(symmetries):
        source = SimulatedData(trajectories=8, symmetries=symmetries)
        system = Pendulum()
        return TrajectoryData(source, system, system.model_spec, 1, 0, tmp_path)

    plain, imaged = made([]), made(["parity", "time_reversal"])
    assert imaged.samples == 4 * plain.samples
    assert len(imaged.training_samples()[0]) == imaged.samples
    for part in ("train", "validation", "test"):
        assert torch.equal(getattr(imaged.splits, part).x, getattr(plain.splits, part).x)


def test_time_reversal_needs_pairs():
    spec = StateSpec(("x", "y", "z"), (False,) * 3, "poisson")
    t = torch.arange(3).double()
    motions = stack(spec, [Motion(t, torch.rand(3, 3).double())], "observed")
    with pytest.raises(ValueError, match=r"needs smooth motions of pairs .* got x, y, z"):
        time_reversal(motions)


@pytest.mark.parametrize("source", [SimulatedData, lambda **keys: FileData("x.csv", **keys)])
def test_unknown_symmetries_are_told_by_name(source):
    with pytest.raises(ValueError, match=r"data.symmetries .* got 'partiy' \(did you mean parity"):
        source(symmetries=["partiy"])
    with pytest.raises(ValueError, match="must be a list of names; got 'parity'"):
        source(symmetries="parity")
