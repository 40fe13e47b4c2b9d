"""Plays the life of one agent, to the bit: python3 play.py FILE [SEED [AGENT [TICKS]]] prints a line of JSON a tick.
FILE is what `understudy compile --policy POLICY --out FILE` writes."""
import bisect, functools, itertools, json, sys
def philox(c, k):  # Philox4x32-10 (Salmon et al., 2011): four random words from a counter of four and a key of two
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = (q >> 32 ^ c[1] ^ k[0], q % 2**32, p >> 32 ^ c[3] ^ k[1], p % 2**32)
        k = ((k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32)
    return c
def pick(weights, uniform):  # the first level whose cumulative weight lies above the uniform
    return bisect.bisect_right(list(itertools.accumulate(weights)), uniform)
def look(table, at):  # at: the level's index of each variable; the last parent of a table goes fastest
    return table["rows"][functools.reduce(lambda row, p: row * p[1] + at[p[0]], zip(table["parents"], table["sizes"]), 0)]
class Town:
    def __init__(self, file, seed):
        self.s, self.luck = file["scenario"], file["luck"]
        self.decisions = {tuple(row["phrases"]): row["weights"] for row in file["decisions"]["rows"]}
        self.keys = {name: (seed % 2**32, seed // 2**32 * 256 + n) for name, n in self.luck["streams"].items()}
    def traits(self, agent):  # which traits the agent has: one set of each block of the law
        held = []
        for b, law in enumerate(self.s["traitLaw"]):
            coarse = law["total"] == 65536  # 16 bits are enough: a block of words serves eight agents
            w = philox((agent // 8 if coarse else agent, 0, self.luck["traitBlock"] - b, 0), self.keys["agents"])
            uniform = w[agent % 8 // 2] >> agent % 2 * 16 & 65535 if coarse else (w[0] >> 6 << 26) + (w[1] >> 6)
            held += law["sets"][pick(law["weights"], uniform)]
        return {"trait:" + trait: i in held for i, trait in enumerate(self.s["traits"])}
    def chance(self, agent, tick, slot, blocks):  # 16 bits: a byte of each of two blocks
        words = [philox((agent // 4, tick, slot - slot % 4 + n, 0), self.keys["agents"])[slot % 4] for n in blocks]
        return (words[0] >> agent % 4 * 8 & 255) * 256 + (words[1] >> agent % 4 * 8 & 255)
    def world(self, tick, law, at):  # adds the world's next levels
        for i, factor in enumerate(self.s["world"]):
            word = philox((0, tick, i // 8, 0), self.keys["world"])[i % 8 // 2]
            at[factor["name"] + "'"] = pick(look(factor[law], at), word >> i % 2 * 16 & 65535)
    def move(self, agent, tick, law, at):  # adds the agent's next levels
        for factor, slot in zip(self.s["agent"], self.luck[law]["slots"]):
            at[factor["name"] + "'"] = pick(look(factor[law], at), self.chance(agent, tick, slot, self.luck[law]["blocks"]))
    def act(self, agent, tick, at):  # what the agent sees, as indices; adds its action
        shown = [at["trait:" + trait] for trait in self.s["traits"]] + [look(table, at) for table in self.s["observe"]]
        seen = tuple(phrase for phrase, holds in enumerate(shown) if holds)
        weights = [w * look(table, at) for w, table in zip(self.decisions[seen], self.s["allowed"])]
        weights[0] += 65536 - sum(weights)  # what is not allowed goes to the first action
        at["action"] = pick(weights, self.chance(agent, tick, self.luck["action"], self.luck["next"]["blocks"]))
        return seen
    def play(self, agent, ticks):
        at = self.traits(agent)
        self.world(0, "start", at)
        self.move(agent, 0, "start", at)
        for tick in range(ticks):
            at.update({f["name"]: at[f["name"] + "'"] for f in self.s["world"] + self.s["agent"]})
            seen = self.act(agent, tick, at)
            self.world(tick + 1, "next", at)
            self.move(agent, tick, "next", at)
            yield {"tick": tick, "sees": [self.s["phrases"][i] for i in seen], "action": self.s["actions"][at["action"]],
                   "state": {f["name"]: f["levels"][at[f["name"]]] for f in self.s["world"] + self.s["agent"]},
                   "reward": look(self.s["reward"], at)}
if __name__ == "__main__":
    file, numbers = json.load(open(sys.argv[1], encoding="utf-8")), [int(number) for number in sys.argv[2:]]
    if "crowd" in file["scenario"] or "decisions" not in file: sys.exit("compile with --policy; a crowd needs population.py")
    seed, agent, ticks = numbers + [0, 0, file["scenario"]["horizon"]][len(numbers):]
    for moment in Town(file, seed).play(agent, ticks): print(json.dumps(moment))
