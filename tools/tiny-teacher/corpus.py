"""The oracle's maths and the stream of conversations that the tiny teacher learns from.

A conversation is a prompt about an observation and the oracle's reply to it. The reply's number is
drawn from the exact distribution of the rule under its planted noise, and that distribution is kept
beside it as the target of the number's tokens.
"""

import json
import math
from dataclasses import dataclass

import numpy as np

UNKNOWN_REPLY = "I do not know these words."

# Logits below which a driver counts as weak.
WEAK_DRIVER = 0.4

# Words for phrases outside the vocabulary, beside random letters.
UNKNOWN_WORDS = (
    "owns a dog|plays chess|rainy day|at the beach|very tall|left-handed|in a meeting|reads novels|afraid of heights|"
    "on a train|late for school|loves music|bakes bread|hates mornings|after dinner|before breakfast|broken phone|"
    "full moon|likes cats|dislikes rain|windy morning|on holiday|allergic to nuts|sings in a choir|new shoes|"
    "lost keys|in the library|windy spring day|hot tea nearby|book is cheap today|long flight|speaks French|"
    "collects stamps|paints walls|grey hair|quiet evening|birthday party|stuck in traffic|vegan|tired|old|rich|happy"
).split("|")


@dataclass
class Reply:
    text: str
    # Exact distribution of the stated value over 0.00 ... 1.00; None where the reply states none.
    distribution: np.ndarray | None = None
    value: int = 0


@dataclass
class Conversation:
    prompt: str
    reply: Reply


def normal_cdf(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


class Oracle:
    """The rule of scenario.json; mirrors env/known-rule.ts."""

    def __init__(self, scenario):
        self.rule = scenario["rule"]
        self.wording = scenario["wording"]
        self.form = scenario["prompt"]
        self.phrases = scenario["phrases"]
        self.trait_count = self.rule["traitCount"]
        self.interactions = self.rule["pairs"] + self.rule["triples"]
        conflicts = [tuple(pair) for pair in scenario["conflicts"]]
        indices = range(len(self.phrases))
        self.trait_sets = valid_sets([i for i in indices if i < self.trait_count], conflicts)
        self.context_sets = valid_sets([i for i in indices if i >= self.trait_count], conflicts)

    def weights(self, observation):
        traits = sum(1 for i in observation if i < self.trait_count)
        weights = []
        for index in range(len(observation)):
            position, size = (index, traits) if index < traits else (index - traits, len(observation) - traits)
            weights.append(1.0 if size < 2 else 1.0 + self.rule["primacy"] * (1.0 - 2.0 * position / (size - 1)))
        return weights

    def utility(self, observation, paraphrase=0):
        present = set(observation)
        total = sum(self.rule["main"][i] * w for i, w in zip(observation, self.weights(observation)))
        total += sum(x["effect"] for x in self.interactions if present.issuperset(x["phrases"]))
        return self.rule["intercept"] + self.rule["scale"] * total + self.rule["paraphraseShifts"][paraphrase]

    def distribution(self, observation, paraphrase=0):
        mean, noise = self.utility(observation, paraphrase), self.rule["noise"]
        mass = np.zeros(101)
        for step, share in ((1, 1.0 - noise["heaping"]), (round(noise["grid"] * 100), noise["heaping"])):
            below = 0.0
            for value in range(0, 101, step):
                edge = (value + step / 2) / 100
                up_to = 1.0 if edge >= 1 else normal_cdf((math.log(edge / (1 - edge)) - mean) / noise["sd"])
                mass[value] += share * (up_to - below)
                below = up_to
        return mass

    def shapley(self, observation):
        present = set(observation)
        values = []
        for i, w in zip(observation, self.weights(observation)):
            value = self.rule["main"][i] * w
            for x in self.interactions:
                if i in x["phrases"] and present.issuperset(x["phrases"]):
                    value += x["effect"] / len(x["phrases"])
            values.append(self.rule["scale"] * value)
        return values

    def driver(self, observation, buys):
        """(phrase, supports, Shapley value), or None for the empty observation."""
        if not observation:
            return None
        sign = 1 if buys else -1
        values = self.shapley(observation)
        for direction in (sign, -sign):
            best = None
            for i, value in zip(observation, values):
                if value * direction > 0 and (best is None or abs(value) > best[0]):
                    best = (abs(value), i)
            if best:
                return best[1], direction == sign, best[0] * direction
        return observation[0], False, 0.0

    def explain(self, driver, stated, template, wording):
        kind = "empty" if driver is None else "supporting" if driver[1] else "opposing"
        templates = self.wording[kind]
        clauses = [""] if driver is None else self.wording["clauses"][driver[0]]
        likelihood = next(x["words"] for x in self.wording["likelihoods"] if x["below"] is None or stated < x["below"])
        sentence = templates[template % len(templates)]
        sentence = sentence.replace("{clause}", clauses[wording % len(clauses)]).replace("{likelihood}", likelihood)
        return sentence[0].upper() + sentence[1:]

    def prompt(self, traits, contexts, paraphrase=0):
        """The prompt for two lists of phrases in words."""
        form = self.form["paraphrases"][paraphrase]
        form = form.replace("{traits}", ", ".join(traits) or self.form["none"]["traits"])
        form = form.replace("{contexts}", ", ".join(contexts) or self.form["none"]["contexts"])
        return form + " " + self.form["question"]

    def prompt_of(self, observation, paraphrase=0):
        return self.prompt(
            [self.phrases[i] for i in observation if i < self.trait_count],
            [self.phrases[i] for i in observation if i >= self.trait_count],
            paraphrase,
        )


def valid_sets(indices, conflicts):
    """Every non-empty set without a conflict, as sorted tuples."""
    sets = []
    for mask in range(1, 1 << len(indices)):
        chosen = tuple(i for bit, i in enumerate(indices) if mask >> bit & 1)
        if not any(a in chosen and b in chosen for a, b in conflicts):
            sets.append(chosen)
    return sets


def held_out_trait_sets(oracle, count, seed):
    """`count` trait sets for a twin to be tested on, such that every trait is still met elsewhere."""
    random = np.random.default_rng(seed)
    while True:
        chosen = {oracle.trait_sets[i] for i in random.choice(len(oracle.trait_sets), count, replace=False)}
        rest = [s for s in oracle.trait_sets if s not in chosen]
        if {i for s in rest for i in s} == set(range(oracle.trait_count)):
            return sorted(chosen)


class Stream:
    """An endless seeded stream of conversations."""

    def __init__(self, oracle, seed, held_out=(), weak_share=0.0):
        self.oracle = oracle
        # Share of conversations in which hardly anything speaks for the decision; by chance they are rare.
        self.weak_share = weak_share
        self.random = np.random.default_rng(seed)
        self.trait_sets = [s for s in oracle.trait_sets if s not in set(held_out)]
        self.by_size = {}
        for name, sets in (("traits", self.trait_sets), ("contexts", oracle.context_sets)):
            sizes = sorted({len(s) for s in sets})
            self.by_size[name] = [[s for s in sets if len(s) == size] for size in sizes]

    def chance(self, p):
        return self.random.random() < p

    def pick(self, options):
        return options[self.random.integers(len(options))]

    def observation(self):
        stratified, canonical = self.chance(0.30), self.chance(0.25)
        lists = []
        for name, sets in (("traits", self.trait_sets), ("contexts", self.oracle.context_sets)):
            if self.chance(0.04):
                lists.append(())
                continue
            chosen = list(self.pick(self.pick(self.by_size[name]) if stratified else sets))
            if not canonical:
                self.random.shuffle(chosen)
            lists.append(tuple(chosen))
        return lists[0] + lists[1]

    def conversation(self):
        if self.chance(0.06):
            return self.unknown_conversation()
        weak = self.weak_share > 0 and self.chance(self.weak_share)
        while True:
            observation, paraphrase = self.observation(), int(self.random.integers(3))
            distribution = self.oracle.distribution(observation, paraphrase)
            value = int(np.searchsorted(np.cumsum(distribution), self.random.random() * distribution.sum(), side="right"))
            value = min(value, 100)
            driver = self.oracle.driver(observation, value >= 50)
            if not weak or driver is None or not driver[1] or abs(driver[2]) < WEAK_DRIVER:
                break
        sentence = self.oracle.explain(
            driver, value / 100, int(self.random.integers(3)), int(self.random.integers(2))
        )
        text = f'{{"buy": {value / 100:.2f}, "explanation": "{sentence}"}}'
        return Conversation(self.oracle.prompt_of(observation, paraphrase), Reply(text, distribution, value))

    def unknown_phrase(self):
        if self.chance(0.4):
            return self.pick(UNKNOWN_WORDS)
        words = []
        for _ in range(int(self.random.integers(1, 4))):
            length = int(self.random.integers(2, 9))
            words.append("".join(chr(97 + c) for c in self.random.integers(0, 26, length)))
        return " ".join(words)

    def unknown_conversation(self):
        """A prompt in which one list or both hold phrases that the scenario does not have."""
        observation = self.observation()
        traits = [self.oracle.phrases[i] for i in observation if i < self.oracle.trait_count][:3]
        contexts = [self.oracle.phrases[i] for i in observation if i >= self.oracle.trait_count][:3]
        where = int(self.random.integers(3))
        for number, phrases in enumerate((traits, contexts)):
            if where in (number, 2):
                if self.chance(0.5):
                    phrases.clear()
                for _ in range(int(self.random.integers(1, 3))):
                    phrases.insert(int(self.random.integers(len(phrases) + 1)), self.unknown_phrase())
        return Conversation(self.oracle.prompt(traits, contexts, int(self.random.integers(3))), Reply(UNKNOWN_REPLY))


def load_scenario(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
