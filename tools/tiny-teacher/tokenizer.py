"""A SentencePiece-style vocabulary and the encoding that llama.cpp uses for it.

Pieces are merged by score, the best pair first and the leftmost among equals. No piece joins a digit
or a newline to anything, so a number is always read digit by digit, and a text can be cut there
without changing its tokens.
"""

import json
import re
from collections import Counter

SPACE = "\u2581"
CONTROLS = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
PAD, EOS, BOS, UNKNOWN, START_OF_TURN, END_OF_TURN = range(6)
NORMAL, UNKNOWN_TYPE, CONTROL, BYTE = 1, 2, 3, 6
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# No merge crosses the border of a chunk.
CHUNK = re.compile(rf"\n|[0-9]|{SPACE}?[A-Za-z]+|{SPACE}?[^A-Za-z0-9{SPACE}\n]+|{SPACE}")


def train_merges(texts, count):
    """The `count` most frequent merges of a corpus, best first, as the pieces they make."""
    chunks = Counter(chunk for text in texts for chunk in CHUNK.findall(text.replace(" ", SPACE)))
    words = {tuple(chunk): number for chunk, number in chunks.items()}
    pieces = []
    while len(pieces) < count:
        pairs = Counter()
        for word, number in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += number
        if not pairs:
            break
        pair = max(pairs, key=lambda p: (pairs[p], p))
        pieces.append("".join(pair))
        words = Counter()
        for chunk, number in chunks.items():
            words[tuple(merge(list(chunk), {p: -i for i, p in enumerate(pieces)}))] += number
    return pieces


def merge(symbols, score):
    """Merges neighbours, the best score first, leftmost among equals, until no pair is a piece."""
    while True:
        best = None
        for i in range(len(symbols) - 1):
            s = score.get(symbols[i] + symbols[i + 1])
            if s is not None and (best is None or s > best[0]):
                best = (s, i)
        if best is None:
            return symbols
        i = best[1]
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]


class Tokenizer:
    def __init__(self, characters, pieces):
        self.tokens = CONTROLS + [f"<0x{byte:02X}>" for byte in range(256)] + list(characters) + list(pieces)
        self.types = [CONTROL] * len(CONTROLS) + [BYTE] * 256 + [NORMAL] * (len(characters) + len(pieces))
        self.types[UNKNOWN] = UNKNOWN_TYPE
        first = len(self.tokens) - len(pieces)
        # A lone character never wins over a merge; scores fall with rank.
        self.scores = [-float(max(i - first + 1, 0)) if i >= first else -1000.0 for i in range(len(self.tokens))]
        for i in range(len(CONTROLS) + 256):
            self.scores[i] = 0.0
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.merge_scores = {piece: self.scores[self.ids[piece]] for piece in pieces}
        self.cache = {}

    @classmethod
    def train(cls, texts, size):
        texts = list(texts)
        found = {c for text in texts for c in text.replace(" ", SPACE)}
        characters = sorted(found | set(LETTERS) | set("0123456789") | {"\n", SPACE})
        pieces = train_merges(texts, size - len(CONTROLS) - 256 - len(characters))
        return cls(characters, pieces)

    def encode(self, text):
        """Token ids of plain text; control tokens are not recognised in it."""
        ids = []
        for chunk in CHUNK.findall(text.replace(" ", SPACE)):
            if chunk not in self.cache:
                self.cache[chunk] = self.encode_chunk(chunk)
            ids.extend(self.cache[chunk])
        return ids

    def encode_chunk(self, chunk):
        ids = []
        for symbol in merge(list(chunk), self.merge_scores):
            if symbol in self.ids:
                ids.append(self.ids[symbol])
            else:
                ids.extend(self.ids[f"<0x{byte:02X}>"] for byte in symbol.encode("utf-8"))
        return ids

    def encode_prompt(self, prompt):
        """A user's turn up to where the model begins to write."""
        return [
            BOS,
            START_OF_TURN,
            *self.encode("user\n" + prompt),
            END_OF_TURN,
            *self.encode("\n"),
            START_OF_TURN,
            *self.encode("model\n"),
        ]

    def save(self, path):
        first = len(CONTROLS) + 256
        characters = [t for t in self.tokens[first:] if len(t) == 1]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"characters": characters, "pieces": self.tokens[first + len(characters) :]}, file)

    @classmethod
    def load(cls, path):
        with open(path, encoding="utf-8") as file:
            saved = json.load(file)
        return cls(saved["characters"], saved["pieces"])
