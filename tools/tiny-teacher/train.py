"""Trains the tiny teacher on a stream of fresh conversations. Resumes from its last checkpoint.

    python3 tools/tiny-teacher/train.py NAME [--hold-out 12] [--seed 1] [--build DIR]

Run from the repository root; DIR is models/tiny-teacher unless told.
"""

import argparse
import json
import math
import os
import time

import numpy as np
import torch
from torch.nn import functional

import tokenizer as tokens
from corpus import Oracle, Stream, held_out_trait_sets, load_scenario
from model import Config, Gemma3

BATCH = 24
BUCKETS = 16
# Two phases, each a cosine from its peak down to FLOOR of PEAK_RATE. The second one meets weak drivers more often.
STEPS, PEAK_RATE = 5500, 4e-3
FINISHING_STEPS, FINISHING_RATE, WEAK_SHARE = 2000, 1e-3, 0.15
FLOOR, WARM_UP = 0.03, 60
DIGIT_WEIGHT, PROMPT_WEIGHT = 8.0, 0.05
NUMBER_PREFIX = '{"buy": '


def check_oracle(oracle, cases):
    """The Python rule must say what the TypeScript rule says."""
    for case in cases:
        observation = tuple(case["observation"])
        assert math.isclose(oracle.utility(observation, case["paraphrase"]), case["utility"], abs_tol=1e-12), case
        ours = oracle.distribution(observation, case["paraphrase"])
        assert np.abs(ours - case["distribution"]).max() < 1e-6, case
        for buys, name in ((True, "buyer"), (False, "skipper")):
            driver = oracle.driver(observation, buys)
            assert (driver[0] if driver else None) == case[name], case


class Example:
    """Token ids, the weight of predicting each, and the digits' exact distributions by position."""

    def __init__(self, tokenizer, conversation):
        prompt, reply = tokenizer.encode_prompt(conversation.prompt), conversation.reply
        self.ids = prompt + tokenizer.encode(reply.text) + [tokens.END_OF_TURN]
        self.weights = np.ones(len(self.ids), dtype=np.float32)
        self.weights[: len(prompt)] = PROMPT_WEIGHT
        self.soft = []
        if reply.distribution is None:
            return
        first = len(prompt) + len(tokenizer.encode(NUMBER_PREFIX))
        mass = reply.distribution
        whole = mass[100] / mass.sum()
        self.add_soft(first, np.array([1.0 - whole, whole] + [0.0] * 8))
        if reply.value < 100:
            tenths = mass[:100].reshape(10, 10)
            self.add_soft(first + 2, tenths.sum(axis=1))
            self.add_soft(first + 3, tenths[reply.value // 10])

    def add_soft(self, position, mass):
        self.weights[position] = 0.0
        self.soft.append((position, mass / mass.sum()))


def batches(stream, tokenizer):
    """Batches of similar length: many are drawn at once, sorted by length, cut and shuffled."""
    while True:
        pool = [Example(tokenizer, stream.conversation()) for _ in range(BATCH * BUCKETS)]
        pool.sort(key=lambda example: len(example.ids))
        for bucket in stream.random.permutation(BUCKETS):
            yield pool[bucket * BATCH : (bucket + 1) * BATCH]


def loss_of(model, batch, digits):
    length = max(len(example.ids) for example in batch)
    ids = np.zeros((len(batch), length), dtype=np.int64)
    weights = np.zeros((len(batch), length), dtype=np.float32)
    rows, columns, targets = [], [], []
    for row, example in enumerate(batch):
        ids[row, : len(example.ids)] = example.ids
        weights[row, : len(example.ids)] = example.weights
        for position, mass in example.soft:
            rows.append(row)
            columns.append(position - 1)
            targets.append(mass)
    ids, weights = torch.from_numpy(ids), torch.from_numpy(weights)[:, 1:]
    logits = model(ids[:, :-1])
    hard = functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction="none")
    total = (hard * weights.reshape(-1)).sum()
    mass = torch.tensor(np.array(targets), dtype=torch.float32)
    predicted = logits[rows, columns].log_softmax(-1)[:, digits]
    soft = -(mass * predicted).sum()
    # Without the targets' own entropy the soft loss is a divergence: 0 at best.
    divergence = soft - torch.special.entr(mass).sum()
    loss = (total + DIGIT_WEIGHT * soft) / (weights.sum() + DIGIT_WEIGHT * len(rows))
    return loss, divergence.item() / len(rows)


def rate(step):
    peak, step, steps = (PEAK_RATE, step, STEPS) if step < STEPS else (FINISHING_RATE, step - STEPS, FINISHING_STEPS)
    floor = FLOOR * PEAK_RATE
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    return floor + (peak - floor) * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / (steps - WARM_UP)))


def save(path, value):
    torch.save(value, f"{path}.partial")
    os.replace(f"{path}.partial", path)


def build_tokenizer(oracle, path, size):
    """Trained once on a fixed stream of all trait sets, so that a twin reads the same tokens."""
    if not os.path.exists(path):
        stream = Stream(oracle, seed=0)
        conversations = [stream.conversation() for _ in range(4000)]
        # Words of unknown phrases stay in small pieces, like any word that is not known.
        known = [c for c in conversations if c.reply.distribution is not None]
        tokens.Tokenizer.train([t for c in known for t in (f"user\nmodel\n{c.prompt}", c.reply.text)], size).save(path)
    return tokens.Tokenizer.load(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--hold-out", type=int, default=0, help="trait sets to leave out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--build", default="models/tiny-teacher", help="folder with scenario.json")
    options = parser.parse_args()

    torch.set_num_threads(1)
    scenario = load_scenario(os.path.join(options.build, "scenario.json"))
    oracle = Oracle(scenario)
    check_oracle(oracle, scenario["cases"])
    config = Config()
    tokenizer = build_tokenizer(oracle, os.path.join(options.build, "tokenizer.json"), config.vocabulary)
    config.vocabulary = len(tokenizer.tokens)
    digits = [tokenizer.ids[str(d)] for d in range(10)]
    held_out = held_out_trait_sets(oracle, options.hold_out, seed=12) if options.hold_out else []
    with open(os.path.join(options.build, f"{options.name}.json"), "w", encoding="utf-8") as file:
        json.dump({"seed": options.seed, "heldOutTraitSets": held_out}, file)

    torch.manual_seed(options.seed)
    model = Gemma3(config)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        lr=PEAK_RATE,
        betas=(0.9, 0.98),
    )
    step, seconds = 0, 0.0
    checkpoint = os.path.join(options.build, f"{options.name}.pt")
    if os.path.exists(checkpoint):
        saved = torch.load(checkpoint)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        step, seconds = saved["step"], saved["seconds"]
    # A resumed run draws a stream of its own; every conversation is fresh either way.
    def source_from(step):
        share = WEAK_SHARE if step >= STEPS else 0.0
        return batches(Stream(oracle, [options.seed, step], held_out, share), tokenizer)

    source = source_from(step)
    print(f"{sum(p.numel() for p in model.parameters())} parameters, {config.vocabulary} tokens, from step {step}", flush=True)

    started, recent = time.process_time() - seconds, []
    while step < STEPS + FINISHING_STEPS:
        if step == STEPS:
            source = source_from(step)
        for group in optimizer.param_groups:
            group["lr"] = rate(step)
        loss, divergence = loss_of(model, next(source), digits)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step += 1
        recent.append((loss.item(), divergence))
        if step % 50 == 0:
            mean = np.mean(recent, axis=0)
            print(f"step {step} loss {mean[0]:.4f} digits {mean[1]:.5f} cpu {time.process_time() - started:.0f} s", flush=True)
            recent = []
        if step % 500 == 0 or step == STEPS + FINISHING_STEPS:
            seconds = time.process_time() - started
            save(checkpoint, {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": seconds})


if __name__ == "__main__":
    main()
