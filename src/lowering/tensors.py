"""What torch's operations do to arrays whose entries are nodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .arithmetic import Arithmetic
from .nodes import InPlaceError, NotLoweredError
from .shapes import Shapes

SAME = {
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt")},
    **{name: name for name in ("expm1", "log1p", "asin", "acos", "atan", "asinh", "atanh")},
    **{name: name for name in ("atan2", "neg", "abs")},
    **{name: name for name in ("mul", "maximum", "minimum", "lt", "le", "eq", "ne", "where")},
    **{name: name for name in ("round", "floor")},
    "sgn": "sign",
    "sign": "sign",
    "logical_and": "and",
    "logical_or": "or",
    "logical_not": "not",
    "bitwise_and": "and",
    "bitwise_or": "or",
    "bitwise_not": "not",
}
"""Operations of torch, entry by entry, that have a namesake here."""
HARMLESS = frozenset(("squeeze_",))
"""Operations on what they are given that change no number."""
AS_IT_IS = frozenset(
    [
        "clone",
        "detach",
        "alias",
        "lift_fresh",
        "lift_fresh_copy",
        "contiguous",
        "_to_copy",
        "positive",
        "to",
    ]
)
SHAPED = frozenset(["view", "reshape", "_unsafe_view", "_reshape_copy"])


class Interpreter(Arithmetic, Shapes):
    """Runs operations of torch on arrays of nodes; what holds numbers only runs in torch itself."""

    def depends(self, values: Any) -> bool:
        """Whether there is a node among some arguments."""
        return any(isinstance(value, np.ndarray) for value in _flat(values))

    def run(self, target: Any, arguments: Sequence[Any], named: dict[str, Any]) -> Any:
        """Return the result of one operation of torch on nodes.

        Raises:
            NotLoweredError: if it is not known here.
        """
        name = target.overloadpacket.__name__
        if target._schema.is_mutable and name not in HARMLESS:
            raise InPlaceError(f"torch's operation {name} changes what it is given")
        method: Callable[..., Any] | None = getattr(self, f"_{name.strip('_')}", None)
        if name in AS_IT_IS:
            return self.symbols(arguments[0])
        if name in SHAPED:
            return self.symbols(arguments[0]).reshape(arguments[1])
        if name == "_linalg_check_errors":
            return None  # a singular matrix leaves no numbers
        if name in SAME:
            return self.each(SAME[name], *arguments)
        if method is None:
            raise NotLoweredError(f"torch's operation {name} is not written in plain numbers here")
        return method(*arguments, **named)


def _flat(values: Any) -> list[Any]:
    if isinstance(values, list | tuple):
        return [leaf for value in values for leaf in _flat(value)]
    return [values]
