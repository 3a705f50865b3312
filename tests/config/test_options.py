"""Every option in conf/ binds to what it names, and systems and models fit or say what would."""

import functools
import inspect
import itertools

import pytest
import torch
from hydra.utils import get_object
from omegaconf import OmegaConf
from running import ROOT, run
from shipped import SHIPPED

from src.config.build import build
from src.config.listing import home
from src.config.options import options

CONF = ROOT / "conf"
FILLED = {
    "model": {"spec"},
    "optimizer": {"params"},
    "scheduler": {"optimizer", "steps"},
}
"""What the code gives, and so no yaml."""
OPEN = {"trainer", "optimizer", "callbacks", "integrator"}
"""Groups whose targets are other people's, or serve several options: a yaml lists what matters."""

NODES = [
    pytest.param(group.name, node, id=f"{group.name}-{file.stem}-{key}")
    for group in sorted(CONF.iterdir())
    if group.is_dir() and group.name not in ("hydra", "experiment")
    for file in sorted(group.glob("*.yaml"))
    for key, node in [
        ("", OmegaConf.to_container(OmegaConf.load(file))),
        *OmegaConf.to_container(OmegaConf.load(file)).items(),
    ]
    if isinstance(node, dict) and "_target_" in node
]


@pytest.mark.parametrize(("group", "node"), NODES)
def test_a_yaml_lists_every_parameter_of_its_target(group, node):
    parameters = inspect.signature(get_object(node["_target_"])).parameters
    given = {name for name in node if not name.startswith("_")} - {"defaults"}
    assert given <= set(parameters)
    if group not in OPEN:
        assert given == set(parameters) - FILLED.get(group, set())


@pytest.mark.parametrize("file", sorted(CONF.rglob("*.yaml")), ids=lambda f: f.stem)
def test_a_yaml_begins_by_saying_what_it_is(file):
    if "hydra" not in file.parts:
        lines = file.read_text().splitlines()
        assert next(line for line in lines if not line.startswith("# @package")).startswith("# ")


SYSTEMS = {name: node for name, node in options("system") if None not in node.values()}
MODELS = dict(options("model"))
LOSSES, INTEGRATORS = dict(options("loss")), dict(options("integrator"))
PENALTIES = dict(options("penalty"))
TYPICAL = [("mass_spring", "pendulum", "three_body"), ("hnn", "lnn", "baseline", "separable_hnn")]


def pairs():
    """Mark all but one representative per set of capabilities as slow."""
    for system, model in itertools.product(SYSTEMS, MODELS):
        rest = system not in TYPICAL[0] or model not in TYPICAL[1]
        yield pytest.param(system, model, marks=[pytest.mark.slow] if rest else [])


@pytest.mark.parametrize(("system", "model"), list(pairs()))
def test_a_system_and_a_model_fit_or_name_what_fits(system, model):
    spec = build(SYSTEMS[system], "system").model_spec
    try:
        built = build(MODELS[model], "model", spec=spec)
    except ValueError as error:
        assert "model=" in str(error)  # noqa: PT017
    else:
        assert built.spec.dof == spec.dof


@functools.cache
def at_home(model):
    node = MODELS[model]
    sizes = {"width": 4} if "width" in node else {}
    return build(node | sizes, "model", spec=home(node).model_spec.left_alone())


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("model", MODELS)
def test_a_loss_and_a_model_fit_or_name_what_fits(loss, model):
    built = at_home(model)
    for name in ("dopri5", "leapfrog"):
        try:
            build(LOSSES[loss], "loss").check(built, build(INTEGRATORS[name], "integrator"))
        except ValueError as error:
            assert "model=" in str(error)  # noqa: PT017
            assert "integrator=" in str(error) or "loss=" in str(error)  # noqa: PT017


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("model", MODELS)
def test_a_penalty_is_a_number_with_a_gradient_or_names_models_that_fit(penalty, model):
    asked = build(PENALTIES[penalty], f"penalty.{penalty}")

    def value(scored):
        x = torch.linspace(-0.3, 0.4, 3 * scored.spec.size).reshape(3, -1)
        return asked(scored, x)

    built = at_home(model)
    try:
        built.check(asked.check)
    except ValueError as error:
        assert "model=" in str(error)  # noqa: PT017
        return
    weights = [weight for weight in built.parameters() if weight.requires_grad]
    number = built.averaged(value)
    assert number.ndim == 0
    assert number >= 0
    if weights:
        slopes = torch.autograd.grad(number, weights, allow_unused=True)
        assert all(slope is None or slope.isfinite().all() for slope in slopes)


@pytest.mark.parametrize(
    ("named", "loss"),
    [
        (["model=hnn"], "derivative.DerivativeLoss"),
        (["model=lnn"], "euler_lagrange.EulerLagrangeLoss"),
        (["loss=one_step", "model=lnn"], "one_step.OneStepLoss"),
        (["model=lnn", "loss=derivative"], "derivative.DerivativeLoss"),
    ],
)
def test_a_model_brings_its_loss_unless_one_is_named(named, loss, tmp_path):
    shown = run(
        "train", *named, "--cfg", "job", "--package", "loss", folder=tmp_path, cache=tmp_path
    )
    assert shown.out.splitlines()[1] == f"_target_: src.losses.{loss}"


@pytest.mark.parametrize("name", SHIPPED)
def test_systems_whose_motions_have_no_noise_bring_the_optimizer_of_exact_data(name):
    brought = "/optimizer@_global_.optimizer: soap" in (CONF / f"system/{name}.yaml").read_text()
    assert brought == (SHIPPED[name].training_noise == 0)


@pytest.mark.parametrize("command", ["train", "simulate"])
@pytest.mark.parametrize(
    ("named", "optimizer"),
    [
        (["system=mass_spring"], "torch.optim.Adam"),
        (["system=vasicek"], "pytorch_optimizer.SOAP"),
        (["system=vasicek", "optimizer=adam"], "torch.optim.Adam"),
    ],
)
def test_a_system_brings_its_optimizer_unless_one_is_named(command, named, optimizer, tmp_path):
    shown = run(
        command, *named, "--cfg", "job", "--package", "optimizer", folder=tmp_path, cache=tmp_path
    )
    assert shown.out.splitlines()[1] == f"_target_: {optimizer}"


@pytest.mark.parametrize("command", ["train", "simulate"])
@pytest.mark.parametrize(
    ("named", "signal"),
    [
        (["system=mass_spring"], "open_loop.Zero"),
        (["system=pendulum_swingup"], "feedback.EnergyShaping"),
        (["system=pendulum_swingup", "signal=zero"], "open_loop.Zero"),
        (["signal=chirp", "system=pendulum_swingup"], "open_loop.Chirp"),
    ],
)
def test_a_system_made_to_be_driven_brings_its_signal_unless_one_is_named(
    command, named, signal, tmp_path
):
    shown = run(
        command, *named, "--cfg", "job", "--package", "signal", folder=tmp_path, cache=tmp_path
    )
    assert shown.out.splitlines()[1] == f"_target_: src.signals.{signal}"
