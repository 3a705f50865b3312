"""Recorded series that packages bring with them; nothing is copied, nothing is downloaded.

    pip install "legendre-nn[finance]"

All are plain arrays ``[time]`` or ``[time, column]``, oldest first.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def package(name: str) -> Any:
    """Return a module of the extra ``finance``.

    Raises:
        ModuleNotFoundError: if it is not installed, with the command that installs it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"recorded series and their tests need {name}, which the extra finance installs: "
            f'pip install -c requirements.lock -e ".[finance]"; got: {error}.',
            name=name,
        ) from error


def log_vix() -> Array:
    """Return ln VIX, daily, 2014 to 2018; holidays are left out."""
    return np.log(package("arch.data.vix").load()["vix"].dropna().to_numpy(float))


def sp500() -> Any:
    """Return the table of the SP500 price index, daily, 1999 to 2018: Open, High, Low, Close."""
    return package("arch.data.sp500").load()


def log_sp500() -> Array:
    """Return ln of the closing SP500 price index; without dividends."""
    return np.log(sp500()["Close"].to_numpy(float))


def garman_klass() -> Array:
    """Return the variance of each day between its open and its close, from its range.

    Source:
        Garman, Klass, *On the estimation of security price volatilities from historical data*,
        1980 (formula as in the reference of this project, section 13.2).
    """
    table = sp500()
    range_, move = np.log(table["High"] / table["Low"]), np.log(table["Close"] / table["Open"])
    return (range_**2 / 2 - (2 * np.log(2) - 1) * move**2).to_numpy(float)


def returns_and_ranges() -> Array:
    """Return r in percent and the range-based variance in percent squared, ``[day, 2]``.

    r is the change of the logarithm from close to close, so that the first day has none.
    """
    return np.stack((100 * np.diff(log_sp500()), 1e4 * garman_klass()[1:]), axis=-1)


def treasury_bill() -> Array:
    """Return the rate of the three-month Treasury bill, percent, quarterly, 1959 to 2009."""
    table = package("statsmodels.api").datasets.macrodata.load_pandas().data
    return table["tbilrate"].to_numpy(float)


def corporate_yields() -> Array:
    """Return Moody's AAA and BAA yields, percent, ``[month, 2]``, 1919-01 to 2018-12.

    They are averages over each month: of a random walk, too, differences of such averages are
    correlated by a quarter (Working 1960).
    """
    return package("arch.data.default").load()[["AAA", "BAA"]].to_numpy(float)


def aaa() -> Array:
    """Return the AAA yield, percent, monthly."""
    return corporate_yields()[:, 0]


def log_spread() -> Array:
    """Return ln(BAA - AAA), monthly."""
    yields = corporate_yields()
    return np.log(yields[:, 1] - yields[:, 0])


def factors() -> Array:
    """Return Fama's and French's Mkt-RF, SMB and HML, ``[month, 3]``, decimals, 1926-07 to 2018-11.

    Only the numbers are used: under pandas 3 the package's own index is wrong (months are read as
    nanoseconds of 1970).
    """
    table = package("arch.data.frenchdata").load()
    return table[["Mkt-RF", "SMB", "HML"]].to_numpy(float) / 100


def industries() -> Array:
    """Return 12 industries beyond the bill, ``[month, 12]``, decimals, 1949-01 to 2017-03."""
    table = package("linearmodels.datasets.french").load()
    return table.loc[:, "NoDur":"Other"].to_numpy(float) - table[["RF"]].to_numpy(float)
