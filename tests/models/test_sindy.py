"""Laws found by sparse regression."""

import pytest
import torch

from src.models import sindy
from src.models.sindy import SINDy
from src.systems.fput import FPUT
from src.systems.henon_heiles import HenonHeiles
from src.systems.mass_spring import MassSpring
from src.systems.pendulum import Pendulum
from src.systems.rigid_body import RigidBody

TIME = torch.zeros(())
TERMS = {MassSpring: 2, Pendulum: 2, HenonHeiles: 7, RigidBody: 3}
"""How many terms the laws have, all components together."""


@pytest.mark.parametrize("kind", TERMS, ids=lambda kind: kind.__name__)
def test_laws_made_of_its_terms_are_found(kind):
    pytest.importorskip("pysindy")
    system = kind()
    model = SINDy(system.model_spec).double()
    x, unseen = system.sample_initial(400, torch.Generator().manual_seed(0)).split(200)
    model.fit_scaling(x, system.rate(x))
    torch.testing.assert_close(model(TIME, unseen), system.rate(unseen), atol=1e-9, rtol=1e-9)
    assert int((model.coefficients != 0).sum()) == TERMS[kind]


def test_without_pysindy_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(sindy, "find_spec", lambda name: None)
    x = torch.randn(9, 2)
    with pytest.raises(ValueError, match=r"needs pysindy, .* pip install -e .\[sindy\]"):
        SINDy(MassSpring().spec).fit_scaling(x, x)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"degree": 0}, r"model.degree must be at least 1; got 0"),
        ({"threshold": -1.0}, r"model.threshold and model.ridge must not be negative"),
        ({"degree": 30}, r"at most 5000 can be fitted"),
    ],
)
def test_settings_out_of_range_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        SINDy(FPUT().spec, **change)
