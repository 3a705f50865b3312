"""Where each number of a step lies in memory, and which are computed together."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from .march import March
from .nodes import Node, NotLoweredError
from .operators import BOOLEAN

Unit = tuple[Node, ...]
Place = tuple[int, int, int | None]
"""A buffer, and its row, or its rows from one to before another."""


class Layout:
    """Rows of buffers for the numbers of a step.

    What torch computes as one operation on several entries is one operation here as well, where
    what it works on lies in neighbouring rows. Buffers are used again once nobody needs what is in
    them; results go straight into the carry where it has been read for the last time.
    """

    def __init__(self, step: March) -> None:
        self.step = step
        self.samples = {*step.flat, *step.by_sample}
        used = {node for one in step.by_sample for node in one.arguments} | {*step.flat_ahead}
        self.uniform = {n for n in (step.h, step.t, *step.by_interval, *step.by_step) if n in used}
        self.packs: list[Unit] = []
        """Nodes that lie together, each in one pack only."""
        self.home: dict[Node, tuple[int, int]] = {}
        """Pack and row of each node that has one."""
        for part in step.carry:
            self._packed(part)
        groups = self._groups()
        try:
            self.units = self._ordered(groups)
        except NotLoweredError:  # operations that wait for each other: one by one, then
            self.units = [(node,) for node in step.by_sample]
        for node in step.by_sample:
            if node not in self.home and not self.loose((node,)):
                self._packed((node,))
        self.copies = self._copies()
        self.buffers: list[int] = []
        self.held = self._allocated()
        """The buffer of each pack."""
        self.copies = [pair for pair in self.copies if not self._in_place(pair)]

    def loose(self, nodes: Sequence[Node]) -> bool:
        """Whether it is true or false that lies here: such arrays are made as they come."""
        return nodes[0].operator in BOOLEAN

    def place(self, nodes: Unit) -> Place:
        """Return where nodes lie that are rows of one pack, in their order."""
        pack, row = self.home[nodes[0]]
        if len(nodes) == 1:
            return self.held[pack], row, None
        return self.held[pack], row, row + len(nodes)

    def _packed(self, nodes: Unit) -> bool:
        """Whether these nodes lie, from now on at the latest, in neighbouring rows."""
        homes = [self.home.get(node) for node in nodes]
        if all(home is None for home in homes):
            self.packs.append(nodes)
            self.home |= {node: (len(self.packs) - 1, row) for row, node in enumerate(nodes)}
            return True
        first = homes[0]
        return first is not None and homes == [(first[0], first[1] + i) for i in range(len(nodes))]

    def _groups(self) -> list[Unit]:
        taken: set[Node] = set()
        groups: list[Unit] = []
        for row in self.step.rows:
            alone = len(set(row)) == len(row) > 1 and not taken.intersection(row)
            alike = len({node.operator for node in row}) == 1 and not self.loose(row)
            if not (alone and alike and self.samples.issuperset(row)):
                continue
            if {*row} & {*self.step.flat} or row[0].operator == "where":
                continue
            before = (list(self.packs), dict(self.home))
            columns = zip(*(node.arguments for node in row), strict=True)
            if self._packed(row) and all(self._alike(column) for column in columns):
                taken.update(row)
                groups.append(row)
            else:
                self.packs, self.home = before
        return groups

    def _alike(self, column: Unit) -> bool:
        """Whether one operation can take these arguments at once."""
        if len(set(column)) == 1:
            return not self.loose(column)
        if all(node.operator == "constant" for node in column):
            return True
        distinct = len(set(column)) == len(column) and self.samples.issuperset(column)
        return distinct and not any(self.loose((n,)) for n in column) and self._packed(column)

    def _ordered(self, groups: Sequence[Unit]) -> list[Unit]:
        """Return groups and single nodes, each after what it needs.

        Raises:
            NotLoweredError: if groups wait for each other.
        """
        unit_of = {node: (node,) for node in self.step.by_sample}
        unit_of |= {node: group for group in groups for node in group}
        units = dict.fromkeys(unit_of.values())
        waiting: dict[Unit, set[Unit]] = {}
        followers: dict[Unit, list[Unit]] = {unit: [] for unit in units}
        for unit in units:
            needed = {unit_of[a] for node in unit for a in node.arguments if a in unit_of}
            waiting[unit] = needed
            for other in needed:
                followers[other].append(unit)
        ready = [(unit[0].index, unit) for unit in units if not waiting[unit]]
        heapq.heapify(ready)
        ordered: list[Unit] = []
        while ready:
            _, unit = heapq.heappop(ready)
            ordered.append(unit)
            for other in followers[unit]:
                waiting[other].discard(unit)
                if not waiting[other]:
                    heapq.heappush(ready, (other[0].index, other))
        if len(ordered) < len(units):
            raise NotLoweredError("its operations wait for each other")
        return ordered

    def _copies(self) -> list[tuple[Unit, Unit]]:
        """Return what is copied into the carry at the end of a step, from where."""
        pairs: list[tuple[Unit, Unit]] = []
        for part, ahead in zip(self.step.carry, self.step.ahead, strict=True):
            moved = [(a, b) for a, b in zip(part, ahead, strict=True) if a is not b]
            if {b for _, b in moved} & {*self.step.flat}:
                raise NotLoweredError("a step exchanges components of the state")
            computed = all(b in self.samples for b in ahead)
            whole = len(moved) == len(part) and len({*ahead}) == len(ahead) and computed
            if whole and self._packed(ahead):
                pairs.append((part, ahead))
                continue
            pairs += [((a,), (b,)) for a, b in moved]
        return pairs

    def _allocated(self) -> list[int]:
        first: dict[int, int] = {}
        last: dict[int, int] = {}
        fresh: set[int] = set()
        for position, unit in enumerate(self.units):
            for node in unit:
                for argument in node.arguments:
                    if argument in self.home:
                        last[self.home[argument][0]] = position
                if node in self.home:
                    first.setdefault(self.home[node][0], position)
                    last[self.home[node][0]] = position
                    if node.operator == "where":
                        fresh.add(self.home[node][0])
        end = len(self.units)
        for node in self.step.flat_ahead:
            if node in self.home:
                last[self.home[node][0]] = end
        held = self._carried(first, last, fresh)
        free: dict[int, list[int]] = {}
        ending: dict[int, list[int]] = {}
        for pack, position in last.items():
            if held[pack] < 0 and position < end:
                ending.setdefault(position, []).append(pack)
        starting: dict[int, list[int]] = {}
        for pack, position in first.items():
            if held[pack] < 0:
                starting.setdefault(position, []).append(pack)
        for position in range(end):
            # An operation may write over what it reads for the last time, entry by entry; one that
            # writes twice may not, nor one that reads single rows of what it writes.
            for pack in starting.get(position, []):
                size = len(self.packs[pack])
                pool = free.setdefault(size, [])
                held[pack] = pool.pop() if pool else self._buffer(size)
            for pack in ending.get(position, []):
                free.setdefault(len(self.packs[pack]), []).append(held[pack])
        return held

    def _carried(self, first: dict[int, int], last: dict[int, int], fresh: set[int]) -> list[int]:
        """Give buffers to the carry, and those of the carry to results that may lie there."""
        held = [-1] * len(self.packs)
        for part in self.step.carry:
            held[self.home[part[0]][0]] = self._buffer(len(part))
        for part, ahead in self.copies:
            carry, result = self.home[part[0]][0], self.home.get(ahead[0], (-1,))[0]
            whole = result >= 0 and self.packs[carry] == part and self.packs[result] == ahead
            unread = whole and last.get(carry, -1) <= first.get(result, -2)
            if unread and result not in fresh:
                held[result] = held[carry]
        return held

    def _buffer(self, rows: int) -> int:
        self.buffers.append(rows)
        return len(self.buffers) - 1

    def _in_place(self, pair: tuple[Unit, Unit]) -> bool:
        part, ahead = pair
        inside = ahead[0] in self.home and part[0] in self.home
        return inside and self.place(part) == self.place(ahead)
