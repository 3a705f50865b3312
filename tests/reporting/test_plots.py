"""Figures hold the curves they were given, survive broken rollouts, and leave nothing behind."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot

from src.reporting import section
from src.reporting.drift import Drift, Panel
from src.reporting.plots import dataset, disc, energy, phase, rollout, style, training
from src.reporting.plots.drift import energy_drift
from src.reporting.rollouts import on_common_times

from .records import motions

NAMES = ("q", "p_q")


@pytest.fixture(scope="module")
def arrays():
    return on_common_times(motions("hnn", samples=80))


def energies(arrays, which):
    return energy.Energies(arrays[f"{which}"], 0.5)


def broken(values):
    """The same with one motion that breaks off, and one that runs away."""
    values = values.copy()
    values[0, 40:] = np.nan
    values[1] *= np.exp(np.linspace(0, 200, values.shape[1])).reshape(-1, *[1] * (values.ndim - 2))
    return values


def draw_energy(arrays, spoil=lambda values: values):
    return energy.energy_over_time(
        arrays["t"],
        "hnn",
        of_model=energy.Energies(spoil(arrays["true_energy_of_model"]), 0.5),
        of_truth=energies(arrays, "true_energy_of_truth"),
        learned=energies(arrays, "learned_energy_of_model"),
        training_horizon=6.28,
        title="mass_spring",
    )


def draw_phase(arrays, true=True, learned=True, model="hnn", spoil=lambda values: values):
    plane = section.section(arrays["truth"], np.zeros(2), plane=(0, 1), points=21)
    values = (plane.states**2).sum(-1) / 2
    return phase.phase_portrait(
        model,
        plane,
        true_energy=values if true else None,
        learned_energy=values if learned else None,
        levels=section.levels_of(values),
        path_truth=arrays["truth"],
        path_model=spoil(arrays["model"]),
        names=NAMES,
        others="the other coordinates at rest",
        title="mass_spring",
    )


def draw_disc(arrays, model, truth=None):
    area = np.linspace(1, 0.5, len(model))
    return disc.disc_carried(
        np.linspace(0, 1, len(model)), truth, model, None if truth is None else area, area, "lnn",
        names=NAMES,
    )  # fmt: skip


CIRCLE = np.stack((np.cos(np.linspace(0, 6, 30)), np.sin(np.linspace(0, 6, 30))), -1)
CURVES = np.linspace(1, 0.7, 12)[:, None, None] * CIRCLE


def all_figures(arrays):
    t, truth, model = arrays["t"], arrays["truth"], arrays["model"]
    step = np.arange(1.0, 50.0)
    times = np.broadcast_to(t, (len(truth), len(t)))
    return {
        "energy": draw_energy(arrays),
        "energy, broken": draw_energy(arrays, broken),
        "phase": draw_phase(arrays),
        "phase, truth unknown": draw_phase(arrays, true=False),
        "phase, no energy": draw_phase(arrays, learned=False, model="baseline"),
        "phase, broken": draw_phase(arrays, spoil=broken),
        "rollout": rollout.rollout_against_truth(
            t, truth[0], broken(model)[0], "baseline", names=NAMES, training_horizon=6.28
        ),
        "disc": draw_disc(arrays, CURVES, CURVES),
        "disc, truth unknown": draw_disc(arrays, np.where(CURVES > 0.9, np.nan, CURVES)),
        "dataset": dataset.dataset(times, model, clean=truth, names=NAMES),
        "dataset, recorded": dataset.dataset(times, model, clean=None, names=NAMES),
        "training": training.training_curves(
            {"training": (step, 1 / step)}, {"validation": (step[:5], step[:5] - 1)}
        ),
        "drift": energy_drift(
            [Panel("a", [Drift(t, t, 0 * t, t + np.inf, "hnn", "hnn")], None, 6.28)] * 3
        ),
        "drift, all broken": energy_drift(
            [Panel("a", [Drift(t, t + np.inf, t, t + np.inf, "hnn", "hnn")], None, None)]
        ),
    }


def texts(figure):
    return [text for text in figure.findobj(mpl.text.Text) if text.get_text()]


def test_every_figure_is_readable_and_leaves_no_state_behind(arrays, tmp_path):
    before = dict(mpl.rcParams)
    for name, figure in all_figures(arrays).items():
        assert min(text.get_fontsize() for text in texts(figure)) >= 5.5, name  # 5.5: indices
        labels = [axes.xaxis.label.get_fontsize() for axes in figure.axes]
        assert min(labels) >= 8, name
        file = style.save(figure, tmp_path / f"{name}.png", dpi=40)
        assert file.read_bytes()[:4] == b"\x89PNG", name
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


def test_the_energy_figure_holds_the_median_of_the_changes(arrays):
    signed = draw_energy(arrays).axes[0]
    change = (arrays["true_energy_of_model"] - arrays["true_energy_of_model"][:, :1]) / 0.5
    ranked = np.sort(change, axis=0)[(len(change) + 1) // 2 - 1]
    assert any(np.array_equal(line.get_ydata(), ranked) for line in signed.lines)


def test_a_learned_energy_is_aligned_whatever_its_units():
    true = np.linspace(0, 1, 50).reshape(5, 10)
    np.testing.assert_allclose(section.align(-7 * true + 3, true, 0.5), true, atol=1e-12)
    unknown = np.full((5, 10), np.nan)
    np.testing.assert_array_equal(section.align(unknown, true, 1.0), unknown)


def test_a_section_fixes_the_other_coordinates(arrays):
    paths = np.concatenate((arrays["truth"], 2 * arrays["truth"]), -1)
    plane = section.section(paths, np.array([1.0, 2.0, 3.0, 4.0]), plane=(1, 3), points=5)
    assert plane.states.shape == (5, 5, 4)
    np.testing.assert_array_equal(plane.states[..., 0], 1)
    np.testing.assert_array_equal(plane.states[..., 2], 3)
    np.testing.assert_array_equal(plane.states[2, :, 1], plane.q)
    np.testing.assert_array_equal(plane.states[:, 2, 3], plane.p)
    assert plane.p[0] < paths[..., 3].min() < paths[..., 3].max() < plane.p[-1]


def test_a_quantile_keeps_what_broke_off_in_its_rank():
    values = np.array([[1.0], [np.nan], [2.0]])
    assert style.quantile(values, 0.5) == 2
    assert style.quantile(values, 0.9) == np.inf


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("q", "$q$"),
        ("theta1", r"$\theta_{1}$"),
        ("p_theta1", r"$p_{\theta_{1}}$"),
        ("x_angle", r"$\mathrm{x\_angle}$"),
        ("v_q", "$v_{q}$"),
    ],
)
def test_names_of_coordinates_become_formulas(name, formula):
    assert style.symbol(name) == formula


def test_models_keep_their_colours():
    colors = {style.color_of(model) for model in ("hnn", "lnn", "baseline", "separable_hnn")}
    assert len(colors) == 4
    assert style.TRUTH not in colors
    assert style.color_of("something new") == style.color_of("something new")


def test_figures_are_png(arrays, tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.png; got a\.pdf"):
        style.save(training.training_curves({"a": (np.ones(2), np.ones(2))}), tmp_path / "a.pdf")


def test_an_energy_figure_needs_an_energy():
    with pytest.raises(ValueError, match="got neither"):
        energy.energy_over_time(
            np.arange(2.0), "hnn", of_model=None, of_truth=None, learned=None, training_horizon=None
        )


def test_a_rollout_needs_its_names(arrays):
    with pytest.raises(ValueError, match="got 1 names for 2"):
        rollout.rollout_against_truth(
            arrays["t"], arrays["truth"][0], arrays["model"][0], "hnn", names=("q",),
            training_horizon=None,
        )  # fmt: skip


def test_a_data_set_needs_its_names(arrays):
    with pytest.raises(ValueError, match="got 1 names for 2"):
        dataset.dataset(arrays["t"][None], arrays["truth"][:1], clean=None, names=("q",))


def test_training_curves_need_losses():
    with pytest.raises(ValueError, match="one series of losses at least"):
        training.training_curves({})


def test_a_drift_figure_needs_a_panel():
    with pytest.raises(ValueError, match="no energy drift to draw"):
        energy_drift([])


@pytest.mark.parametrize(("size", "plane"), [(3, (0, 3)), (4, (2, 2))])
def test_a_section_needs_two_components(size, plane):
    with pytest.raises(ValueError, match=rf"got states of size {size} and components \({plane[0]}"):
        section.section(np.zeros((1, 2, size)), np.zeros(size), plane=plane)


@pytest.mark.parametrize("words", ["", ", loss=euler_lagrange", ", width=256, optimizer.lr=0.003"])
def test_a_legend_stays_within_the_figure(words):
    t = np.linspace(0, 1, 20)
    curves = [
        Drift(t, t, t / 2, 2 * t, model, model + words) for model in ("hnn", "lnn", "baseline")
    ]
    figure = energy_drift([Panel("pendulum", curves, Drift(t, t, t, t, "truth", "truth"), 0.5)])
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width


def test_an_angle_that_goes_round_is_drawn_within_a_turn():
    angles = np.linspace([0.0, 0.0], [-20.0, 3.0], 201).T
    wrapped = section.round_turns(angles)
    held = np.isfinite(wrapped)
    assert np.allclose(np.exp(1j * wrapped[held]), np.exp(1j * angles[held]))
    assert (~held).sum(axis=1).tolist() == [3, 0]  # past -pi, -3 pi and -5 pi
    steps = np.diff(wrapped, axis=1)
    assert np.nanmax(np.abs(steps)) < 0.2


def test_a_motion_that_is_hit_is_drawn_in_pieces():
    falling = np.linspace(1.0, -1.0, 21)
    momenta = np.stack((np.tile(falling, 3)[:50], np.linspace(1, 0.5, 50)))
    hit = section.jumps(momenta, np.ptp(momenta))
    assert np.flatnonzero(hit[0]).tolist() == [21, 42]
    assert not hit[1].any()
