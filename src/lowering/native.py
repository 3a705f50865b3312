"""Any number of samples, in C++: whole motions in one call, many samples in each instruction."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..kernels.compiler import library
from .march import Interval, March, literal, names
from .nodes import Node
from .operators import BOOLEAN, OPERATORS

WIDE, NARROW = 64, 8
"""Samples that are advanced together: many, to keep the processor busy, or a few."""

HEAD = """
#include <cmath>
#include <cstdint>
#if defined(__GLIBC__) && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// glibc has forms of these for several numbers at once, to a few units in the last place.
extern "C" {
__attribute__((simd("notinbranch"))) double sin(double) noexcept;
__attribute__((simd("notinbranch"))) double cos(double) noexcept;
__attribute__((simd("notinbranch"))) double exp(double) noexcept;
__attribute__((simd("notinbranch"))) double log(double) noexcept;
__attribute__((simd("notinbranch"))) double pow(double, double) noexcept;
}
#endif
constexpr double inf = INFINITY, nan_ = NAN;
"""

LOOP = """
template <int W>
static void steps(const double* from, double* to, int64_t samples, int64_t all,
                  int64_t outputs, const double* starts, const double* lengths,
                  const int64_t* counts) {{
  for (int64_t low = 0; low < samples; low += W) {{
    alignas(64) double carry[{size}][W];
    const int64_t here = samples - low < W ? samples - low : W;
    for (int j = 0; j < {size}; j++)
      for (int l = 0; l < W; l++)  // what is missing to a full block repeats the last sample
        carry[j][l] = from[(low + (l < here ? l : here - 1)) * {size} + j];
    for (int64_t k = 0; k < outputs; k++) {{
      const double h = lengths[k];
{by_interval}
      for (int64_t i = 0; i < counts[k]; i++) {{
        const double t = starts[k] + i * h; (void)t;
{by_step}
#pragma omp simd
        for (int l = 0; l < W; l++) {{
{by_sample}
        }}
      }}
      for (int64_t l = 0; l < here; l++)
        for (int j = 0; j < {kept}; j++) to[(k * all + low + l) * {kept} + j] = carry[j][l];
    }}
  }}
}}
extern "C" void march(const double* from, double* to, int64_t samples, int64_t all,
                      int64_t outputs, const double* starts, const double* lengths,
                  const int64_t* counts) {{
  (samples < {least} ? steps<{narrow}> : steps<{wide}>)(
      from, to, samples, all, outputs, starts, lengths, counts);
}}
"""


def written(nodes: Sequence[Node], named: dict[Node, str], indent: int) -> str:
    """Return operations as C++."""

    def word(node: Node) -> str:
        return named[node] if node in named else constant(node)

    return "\n".join(
        f"{' ' * indent}const {'bool' if node.operator in BOOLEAN else 'double'} {named[node]} = "
        + OPERATORS[node.operator].c.format(*map(word, node.arguments))
        + ";"
        for node in nodes
    )


def constant(node: Node) -> str:
    """Return a number as C++; negative ones in brackets."""
    if isinstance(node.value, bool):
        return str(node.value).lower()
    text = literal(node)
    return f"({text.replace('nan', 'nan_')})"


def source(step: March, kept: int) -> str:
    """Return the text of the whole march, of which the first entries of the carry are kept."""
    named = names(step)
    carry = [f"          const double c{j} = carry[{j}][l];" for j in range(len(step.flat))]
    ahead = [
        f"          carry[{j}][l] = {named[node] if node in named else constant(node)};"
        for j, node in enumerate(step.flat_ahead)
    ]
    body = [*carry, written(step.by_sample, named, 10), *ahead]
    return HEAD + LOOP.format(
        size=len(carry),
        kept=kept,
        by_interval=written(step.by_interval, named, 6),
        by_step=written(step.by_step, named, 8),
        by_sample="\n".join(body),
        least=WIDE // 2,
        narrow=NARROW,
        wide=WIDE,
    )


class Native:
    """A march that is compiled."""

    def __init__(self, step: March, kept: int, built: ctypes.CDLL) -> None:
        self.kept = kept
        self.function = built.march
        self.function.restype = None
        self.function.argtypes = (
            [ctypes.c_void_p] * 2 + [ctypes.c_int64] * 3 + [ctypes.c_void_p] * 3
        )

    def run(self, start: NDArray[np.float64], intervals: Sequence[Interval]) -> NDArray[np.float64]:
        """Return ``[interval, sample, entry]``, of the entries that are kept."""
        start = np.ascontiguousarray(start)
        out = np.empty((len(intervals), len(start), self.kept))
        columns = [np.array(column) for column in zip(*intervals, strict=True)]
        columns[2] = columns[2].astype(np.int64)
        shared = [column.ctypes.data for column in columns]

        def part(low: int, high: int) -> None:
            begin, end = start[low:high], out[0, low:]
            sizes = high - low, len(start), len(intervals)
            self.function(begin.ctypes.data, end.ctypes.data, *sizes, *shared)

        share = max(-(-len(start) // torch.get_num_threads()), WIDE)
        cuts = range(0, len(start), share)
        if len(cuts) == 1:
            part(0, len(start))
            return out
        with ThreadPoolExecutor(len(cuts)) as pool:  # ctypes lets other threads run meanwhile
            list(pool.map(lambda low: part(low, min(low + share, len(start))), cuts))
        return out


def compiled(step: March, kept: int, folder: Path | None) -> Native | None:
    """Return the march as compiled code, or None where nothing can be compiled."""
    built = library(source(step, kept), folder)
    return None if built is None else Native(step, kept, built)
