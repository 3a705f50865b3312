"""The kernel, built once."""

import pytest

from src.kernels.kernel import Kernel


@pytest.fixture(scope="package")
def built(tmp_path_factory):
    Kernel.prepare(tmp_path_factory.mktemp("kernels"))
    if not Kernel.settle():
        pytest.skip("there is no C++ compiler here")
    routines = Kernel.routines
    yield routines
    Kernel.leave()


@pytest.fixture
def kernel(built):
    Kernel.routines = built
    yield
    Kernel.routines = built
