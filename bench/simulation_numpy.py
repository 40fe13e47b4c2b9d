"""Plays a town by whole arrays, one entry an agent: the rival in NumPy, or in PyTorch if it is named and there.

    python3 simulation_numpy.py numpy|torch < TOWN.json

The first line of stdin is the town (bench/town.ts); each further line is a number of agents, and the reply is a line of JSON:
by tick the share of agents that took each action, CPU seconds and seconds. Levels are bytes, probabilities single precision;
tables are cut by the world of the tick before they are looked up, and a choice between two is one comparison.
"""

import json
import sys
import time

import numpy as np

if sys.argv[1] == "torch":
    import torch

    torch.set_num_threads(1)


# Agents that are played together.
PART = 2**14


class Arrays:
    """What differs between the two libraries."""

    def __init__(self, library, seed):
        self.library = library
        self.random = np.random.Generator(np.random.SFC64(seed))

    def table(self, values):
        return torch.from_numpy(np.ascontiguousarray(values)) if self.library == "torch" else np.ascontiguousarray(values)

    def uniform(self, n):
        return torch.rand(n) if self.library == "torch" else self.random.random(n, dtype=np.float32)

    def zeros(self, n, kind):
        return torch.zeros(n, dtype=getattr(torch, kind)) if self.library == "torch" else np.zeros(n, dtype=kind)

    def take(self, table, rows):
        return table[rows] if self.library == "torch" else table.take(rows, mode="clip")

    def rows(self, values):
        return values.long() if self.library == "torch" else values.astype(np.intp)

    def index(self, levels, sizes):
        """Row numbers of a table over these axes; 16 bits are enough for most and half as long to move."""
        if self.library == "numpy" and int(np.prod(sizes)) < 2**16:
            at = levels[0].astype(np.uint16) if len(levels) > 1 else levels[0]
            for own, size in zip(levels[1:], sizes[1:]):
                at *= size
                at += own
            return at
        at = self.rows(levels[0])
        for own, size in zip(levels[1:], sizes[1:]):
            at = at * size + self.rows(own)
        return at

    def counts(self, values, k):
        return (torch.bincount if self.library == "torch" else np.bincount)(values, minlength=k).tolist()


class Town:
    def __init__(self, data, library):
        self.data = data
        self.arrays = Arrays(library, 1)
        self.k = len(data["actions"])
        width = len(data["phrases"])
        dense = np.zeros((2**width, self.k), dtype=np.float32)
        for row in data["decisions"]:
            dense[row["mask"]] = row["p"]
        # P of the first action, of the first two, …: with two actions a single column.
        self.cumulative = [self.arrays.table(np.cumsum(dense, axis=1)[:, a].astype(np.float32)) for a in range(self.k - 1)]
        self.factors = [factor["name"] for factor in data["agent"]]
        self.worlds = [factor["name"] for factor in data["world"]]
        self.traits = len(data["traits"])

    def fixed(self, tick):
        now, then = self.data["course"][tick], self.data["course"][tick + 1]
        return dict(zip(self.worlds, now)) | {name + "'": level for name, level in zip(self.worlds, then)}

    def cut(self, table, fixed, values=None):
        """The axes that the world leaves, and the table over them."""
        rows = np.array(table["rows"] if values is None else values)
        rows = rows.reshape(table["sizes"] + list(rows.shape[1:]))
        at = tuple(fixed.get(parent, slice(None)) for parent in table["parents"])
        axes = [parent for parent in table["parents"] if parent not in fixed]
        return axes, rows[at]

    def index(self, axes, shape, levels):
        return self.arrays.index([levels(axis) for axis in axes], shape) if axes else None

    def draw(self, law, fixed, levels, n):
        axes, table = self.cut(law, fixed)
        shape, size = table.shape[: len(axes)], table.shape[-1]
        below = np.cumsum(table.reshape(-1, size), axis=1)[:, :-1].astype(np.float32) / 65536
        at = self.index(axes, shape, levels)
        level = self.arrays.zeros(n, "uint8")
        possible = [step for step in range(size - 1) if not (below[:, step] == 0).all()]
        level += sum((below[:, step] == 0).all() for step in range(size - 1)).__int__()
        if all((below[:, step] == 1).all() for step in possible):
            return level
        u = self.arrays.uniform(n)
        for step in possible:
            bound = below[0, step].item() if at is None else self.arrays.take(self.arrays.table(below[:, step]), at)
            level += u >= bound
        return level

    def run(self, agents):
        """Plays them in parts whose arrays stay in the processor's cache."""
        parts = [min(PART, agents - begin) for begin in range(0, agents, PART)]
        played = [np.array(self.play(n)) * n for n in parts]
        return (sum(played) / agents).tolist()

    def play(self, n):
        data, arrays, k = self.data, self.arrays, self.k
        weights = np.array(data["traitWeights"], dtype=np.float64)
        sets = np.random.default_rng(2).choice(np.array(data["traitSets"], dtype=np.int64), size=n, p=weights / weights.sum())
        traits = {f"trait:{name}": arrays.table(((sets >> j) & 1).astype(np.uint8)) for j, name in enumerate(data["traits"])}
        mask_of_traits = arrays.table(sets.astype(np.int32))
        state = {}
        start = self.fixed(0)
        for factor in data["agent"]:
            state[factor["name"]] = self.draw(factor["start"], start, lambda axis: state[axis] if axis in state else traits[axis], n)
        shares = []
        for tick in range(data["ticks"]):
            fixed = self.fixed(tick)
            seen = lambda axis: state[axis] if axis in state else traits[axis]
            mask = mask_of_traits
            # Contexts that read the same are looked up together.
            together = {}
            for j, table in enumerate(data["observe"]):
                axes, bits = self.cut(table, fixed)
                if bits.any():
                    bits = (bits.astype(np.int32) << (self.traits + j)).astype(np.int32)
                    together[tuple(axes)] = together.get(tuple(axes), 0) | bits
            for axes, bits in together.items():
                at = self.index(axes, bits.shape, seen)
                mask = mask | (int(bits) if at is None else arrays.take(arrays.table(bits.reshape(-1)), at))
            u, rows = arrays.uniform(n), arrays.rows(mask)
            action = arrays.zeros(n, "uint8")
            for column in self.cumulative:
                action += u >= arrays.take(column, rows)
            for a in range(1, k):
                axes, may = self.cut(data["allowed"][a], fixed)
                if may.all():
                    continue
                at = self.index(axes, may.shape, seen)
                forbidden = (action == a) & (True if at is None else ~arrays.take(arrays.table(may.reshape(-1)), at))
                action = arrays.table(np.where(np.asarray(forbidden), 0, np.asarray(action)).astype(np.uint8))
            shares.append([count / n for count in arrays.counts(action, k)])
            after = {}

            def levels(axis):
                if axis == "action":
                    return action
                if axis.endswith("'"):
                    return after[axis[:-1]]
                return seen(axis)

            for factor in data["agent"]:
                after[factor["name"]] = self.draw(factor["next"], fixed, levels, n)
            state = after
        return shares


town = Town(json.loads(sys.stdin.readline()), sys.argv[1])
version = f"PyTorch {torch.__version__}" if sys.argv[1] == "torch" else f"NumPy {np.__version__}"
print(json.dumps({"version": version}), flush=True)
for line in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time()
    shares = town.run(int(line))
    took = {"cpuSeconds": time.process_time() - cpu, "seconds": time.perf_counter() - wall}
    print(json.dumps({"shares": shares, **took}), flush=True)
