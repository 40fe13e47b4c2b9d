"""Gemma 3's text architecture, small: pre and post norms, QK-norm, grouped queries, GeGLU, tied embeddings."""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass
class Config:
    vocabulary: int = 736
    width: int = 96
    layers: int = 3
    feed_forward: int = 288
    heads: int = 4
    kv_heads: int = 2
    head_dim: int = 32
    context: int = 512
    window: int = 512
    # Every third layer attends to everything with the long base; the others slide with the short one.
    window_pattern: int = 3
    rope_base: float = 1e6
    rope_base_window: float = 1e4
    epsilon: float = 1e-6

    def is_window(self, layer):
        return layer % self.window_pattern < self.window_pattern - 1


class RmsNorm(nn.Module):
    def __init__(self, size, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * (1.0 + self.weight)


def rotary(length, dim, base):
    """Cosines and sines, each [length, dim / 2]."""
    frequencies = base ** (-torch.arange(0, dim, 2, dtype=torch.float32) / dim)
    angles = torch.arange(length, dtype=torch.float32)[:, None] * frequencies
    return angles.cos(), angles.sin()


def rotate(x, cos, sin):
    """Rotates the halves of the last axis against each other. x: [B, heads, T, head_dim]"""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


class Block(nn.Module):
    def __init__(self, config, layer):
        super().__init__()
        self.config = config
        width, dim = config.width, config.head_dim
        self.attn_norm = RmsNorm(width, config.epsilon)
        self.attn_q = nn.Linear(width, config.heads * dim, bias=False)
        self.attn_k = nn.Linear(width, config.kv_heads * dim, bias=False)
        self.attn_v = nn.Linear(width, config.kv_heads * dim, bias=False)
        self.attn_output = nn.Linear(config.heads * dim, width, bias=False)
        self.attn_q_norm = RmsNorm(dim, config.epsilon)
        self.attn_k_norm = RmsNorm(dim, config.epsilon)
        self.post_attention_norm = RmsNorm(width, config.epsilon)
        self.ffn_norm = RmsNorm(width, config.epsilon)
        self.ffn_gate = nn.Linear(width, config.feed_forward, bias=False)
        self.ffn_up = nn.Linear(width, config.feed_forward, bias=False)
        self.ffn_down = nn.Linear(config.feed_forward, width, bias=False)
        self.post_ffw_norm = RmsNorm(width, config.epsilon)
        base = config.rope_base_window if config.is_window(layer) else config.rope_base
        cos, sin = rotary(config.context, dim, base)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, x, mask):
        x = x + self.post_attention_norm(self.attend(self.attn_norm(x), mask))
        h = self.ffn_norm(x)
        gate = functional.gelu(self.ffn_gate(h), approximate="tanh")
        return x + self.post_ffw_norm(self.ffn_down(gate * self.ffn_up(h)))

    def attend(self, x, mask):
        c = self.config
        batch, time, _ = x.shape
        cos, sin = self.cos[:time], self.sin[:time]
        q = self.attn_q(x).view(batch, time, c.heads, c.head_dim).transpose(1, 2)  # (B, heads, T, dim)
        k = self.attn_k(x).view(batch, time, c.kv_heads, c.head_dim).transpose(1, 2)
        v = self.attn_v(x).view(batch, time, c.kv_heads, c.head_dim).transpose(1, 2)
        q, k = rotate(self.attn_q_norm(q), cos, sin), rotate(self.attn_k_norm(k), cos, sin)
        group = c.heads // c.kv_heads
        k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        scores = q @ k.transpose(-1, -2) / math.sqrt(c.head_dim) + mask[:time, :time]
        return self.attn_output((scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, time, -1))


class Gemma3(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.token_embd = nn.Embedding(config.vocabulary, config.width)
        self.blocks = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.output_norm = RmsNorm(config.width, config.epsilon)
        mask = torch.full((config.context, config.context), float("-inf")).triu(1)
        self.register_buffer("mask", mask, persistent=False)
        nn.init.normal_(self.token_embd.weight, std=config.width**-0.5)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=module.in_features**-0.5)

    def hidden(self, ids):
        """Final hidden states, [B, T, width]. Longer than the window the layers would differ; prompts never are."""
        x = self.token_embd(ids) * math.sqrt(self.config.width)
        for block in self.blocks:
            x = block(x, self.mask)
        return self.output_norm(x)

    def forward(self, ids):
        return functional.linear(self.hidden(ids), self.token_embd.weight)
