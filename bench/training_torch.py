"""Trains students of the sizes that understudy's have, on one thread of PyTorch, as often as a line on stdin asks.

A line is KIND EPOCHS; the reply is "done". The rows are random: only the speed is of interest here.
"""

import sys

import torch
from torch import nn

ROWS, BATCH, WIDTH = 800, 64, 16
torch.set_num_threads(1)
torch.manual_seed(0)


class Transformer(nn.Module):
    def __init__(self, causal, size=32, heads=4, inner=64, layers=2):
        super().__init__()
        self.causal = causal
        self.token = nn.Embedding(WIDTH + 2, size, padding_idx=0)
        self.position = nn.Parameter(torch.randn(WIDTH + 1, size) * 0.1)
        layer = nn.TransformerEncoderLayer(
            size, heads, inner, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, layers)
        self.norm = nn.LayerNorm(size)
        self.output = nn.Linear(size, 1)

    def forward(self, tokens):  # (n, length)
        there = tokens > 0
        length = tokens.shape[1]
        x = self.token(tokens) + self.position[:length]
        later = torch.ones(length, length, dtype=torch.bool).triu(1) if self.causal else None
        x = self.norm(self.blocks(x, mask=later, src_key_padding_mask=~there))
        if self.causal:
            return self.output(x[torch.arange(len(x)), there.sum(1) - 1])
        share = there / there.sum(1, keepdim=True)
        return self.output((x * share.unsqueeze(-1)).sum(1))


def bag(*hidden):
    sizes = [WIDTH, *hidden]
    layers = [part for a, b in zip(sizes, sizes[1:]) for part in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 1))


phrases = (torch.rand(ROWS, WIDTH) < 0.4).float()
tokens = [torch.tensor([WIDTH + 1] + [j + 1 for j in range(WIDTH) if row[j] > 0]) for row in phrases]
targets = torch.rand(ROWS, 1)


def batches(kind):
    for rows in torch.randperm(ROWS).split(BATCH):
        if kind in ("logistic", "mlp"):
            yield phrases[rows], targets[rows]
        else:
            yield nn.utils.rnn.pad_sequence([tokens[i] for i in rows], batch_first=True), targets[rows]


def train(kind, epochs):
    bags = {"logistic": (), "mlp": (192, 128, 128)}
    model = bag(*bags[kind]) if kind in bags else Transformer(causal=kind == "decoder")
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.3)
    loss_of = nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for x, y in batches(kind):
            optimizer.zero_grad()
            loss_of(model(x), y).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimizer.step()


print(f"PyTorch {torch.__version__}", flush=True)
for line in sys.stdin:
    kind, epochs = line.split()
    train(kind, int(epochs))
    print("done", flush=True)
