"""Plays a population, also one that makes a crowd, to the bit: python3 population.py FILE AGENTS [SEED [TICKS]] prints
a line of JSON a tick. FILE is what `understudy compile --policy POLICY --out FILE` writes; play.py has the single life."""
import itertools, json, sys
from play import Town, look, pick

def primed(levels): return {name + "'": level for name, level in levels.items()}

class Population(Town):
    def __init__(self, file, seed, agents):
        super().__init__(file, seed)
        self.crowd, self.people, place = self.s.get("crowd", []), [], 0
        bits = lambda traits: list(traits.values())[::-1]
        for _, alike in itertools.groupby(sorted(map(self.traits, range(agents)), key=bits), bits):
            alike = list(alike)  # agents of one trait set stand together
            self.people += enumerate(alike, place)
            place += len(alike) + -len(alike) % self.luck["places"]
        self.groups = {g["name"]: g["phrases"] for g in self.s.get("groups", []) if g["kind"] == "traits"}
        spots_by = {"factor": {f["name"]: f["levels"] for f in self.s["agent"]}, "group": self.groups}
        spots = {c["name"]: len(spots_by[c["by"]["kind"]][c["by"]["name"]]) if "by" in c else 1 for c in self.crowd}
        self.levels = {c["name"]: [c["start"]] * spots[c["name"]] for c in self.crowd}
        self.totals = {name: [0] * n for name, n in spots.items()}

    def spot(self, c, at, prime=""):  # where the agent is counted and what it reads; None as long as that is not drawn
        if "by" not in c:
            return 0
        if c["by"]["kind"] == "factor":
            return at.get(c["by"]["name"] + prime)
        held = [at.get("trait:" + self.s["phrases"][phrase]) for phrase in self.groups[c["by"]["name"]]]
        return held.index(True) if True in held else None

    def feel(self, at, prime=""):  # adds the levels of the crowd where the agent is
        for c in self.crowd:
            spot = self.spot(c, at, prime)
            if spot is not None:
                at[c["name"] + prime] = self.levels[c["name"]][spot]

    def move(self, place, tick, law, at):  # as in play.py, and what the crowd is there as soon as the agent is
        self.feel(at, "'")
        for factor, slot in zip(self.s["agent"], self.luck[law]["slots"]):
            at[factor["name"] + "'"] = pick(look(factor[law], at), self.chance(place, tick, slot, self.luck[law]["blocks"]))
            self.feel(at, "'")
        return {factor["name"]: at[factor["name"] + "'"] for factor in self.s["agent"]}

    def count(self, turns, world):  # the levels of the crowd in the tick that begins
        after = {c["name"]: [] for c in self.crowd}
        for c in self.crowd:
            spots, totals = [self.spot(c, at) for at in turns], self.totals[c["name"]]
            for spot in range(len(totals)):
                counted = sum(look(c["who"], at) for at, where in zip(turns, spots) if where == spot)
                if "since" in c:
                    counted = totals[spot] = 0 if look(c["since"], primed(world)) else totals[spot] + counted
                of = len(turns) if c["in"] == "per capita" else spots.count(spot)
                if c["in"] == "count":
                    reached = [counted >= cut for cut in c["cuts"]]
                else:  # cuts are millionths of a share
                    reached = [of > 0 and counted * 10**6 >= cut * of for cut in c["cuts"]]
                after[c["name"]].append(sum(reached))
        self.levels = after

    def sky(self, tick, law, at):
        self.world(tick, law, at)
        return {factor["name"]: at[factor["name"] + "'"] for factor in self.s["world"]}

    def play(self, ticks):
        world = self.sky(0, "start", {})
        states = [self.move(place, 0, "start", {**traits, **primed(world)}) for place, traits in self.people]
        for tick in range(ticks):
            turns = [{**traits, **world, **state} for (_, traits), state in zip(self.people, states)]
            shared, levels = dict(world), self.levels
            for at in [shared] + turns:
                self.feel(at)
            seen = [self.act(place, tick, at) for (place, _), at in zip(self.people, turns)]
            next_world = self.sky(tick + 1, "next", shared)
            self.count(turns, next_world)
            for at in turns:
                at.update(primed(next_world))
            moved = [self.move(place, tick, "next", at) for (place, _), at in zip(self.people, turns)]
            yield {"tick": tick, "world": {f["name"]: f["levels"][world[f["name"]]] for f in self.s["world"]},
                   "crowd": {c["name"]: [c["levels"][level] for level in levels[c["name"]]] for c in self.crowd},
                   "actions": [self.s["actions"][at["action"]] for at in turns],
                   "states": [{f["name"]: f["levels"][state[f["name"]]] for f in self.s["agent"]} for state in states],
                   "sees": [[self.s["phrases"][phrase] for phrase in phrases] for phrases in seen],
                   "reward": sum(look(self.s["reward"], at) for at in turns)}
            world, states = next_world, moved

if __name__ == "__main__":
    file, numbers = json.load(open(sys.argv[1], encoding="utf-8")), [int(number) for number in sys.argv[2:]]
    if "decisions" not in file:
        sys.exit("compile with --policy: this file has no decisions")
    agents, seed, ticks = numbers + [1, 0, file["scenario"]["horizon"]][len(numbers):]
    for moment in Population(file, seed, agents).play(ticks):
        print(json.dumps(moment))
