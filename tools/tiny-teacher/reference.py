"""Writes what PyTorch and the Python tokenizer say about a few conversations, for reference.test.ts to compare with llama.cpp.

    python3 tools/tiny-teacher/reference.py models/tiny-teacher tools/tiny-teacher/reference.json
"""

import json
import os
import sys

import torch

from convert import load_model
from corpus import Oracle, Stream, load_scenario
from tokenizer import Tokenizer
from train import NUMBER_PREFIX

# Letters without a token of their own, digits beside letters, runs of spaces and newlines.
ODD_TEXTS = ["\u00e4 \u20ac \u1f366 \U0001f366", "buy2buy 1234.50", "  two  spaces ", "\n\nlines\n", "IceCream,\"\\{}", ""]


def main(build, path):
    oracle = Oracle(load_scenario(os.path.join(build, "scenario.json")))
    tokenizer = Tokenizer.load(os.path.join(build, "tokenizer.json"))
    model = load_model(os.path.join(build, "tiny.pt"))
    digits = [tokenizer.ids[str(d)] for d in range(10)]
    stream = Stream(oracle, seed=7)
    conversations = []
    for _ in range(24):
        conversation = stream.conversation()
        prompt = tokenizer.encode_prompt(conversation.prompt)
        reply = tokenizer.encode(conversation.reply.text)
        with torch.no_grad():
            logits = model(torch.tensor([prompt + tokenizer.encode(NUMBER_PREFIX + "0.")]))[0, -1]
        conversations.append(
            {
                "prompt": conversation.prompt,
                "promptTokens": prompt,
                "reply": conversation.reply.text,
                "replyTokens": reply,
                "firstDecimal": [round(p, 5) for p in logits[digits].softmax(-1).tolist()],
            }
        )
    texts = [{"text": text, "tokens": tokenizer.encode(text)} for text in ODD_TEXTS]
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"numberPrefix": NUMBER_PREFIX + "0.", "conversations": conversations, "texts": texts}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
