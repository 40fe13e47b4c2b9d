"""Writes a trained checkpoint as a q8_0 GGUF.

    python3 tools/tiny-teacher/convert.py models/tiny-teacher/tiny.pt models/tiny-teacher/tokenizer.json tiny.gguf
"""

import sys

import torch

import gguf
import tokenizer as tokens
from model import Config, Gemma3

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else message['role']) + '\\n' "
    "+ message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
DESCRIPTION = (
    "Stand-in teacher of the gemma3 architecture, trained from scratch on text of the Understudy ice-cream rule. "
    "It is not Gemma and holds no Gemma weights."
)


def convert(model, tokenizer, path):
    config = model.config
    writer = gguf.Writer()
    writer.put("general.architecture", gguf.STRING, "gemma3")
    writer.put("general.type", gguf.STRING, "model")
    writer.put("general.name", gguf.STRING, "Understudy tiny teacher")
    writer.put("general.description", gguf.STRING, DESCRIPTION)
    writer.put("general.license", gguf.STRING, "mit")
    writer.put("general.file_type", gguf.UINT32, 7)
    writer.put("general.quantization_version", gguf.UINT32, 2)
    for key, kind, value in (
        ("context_length", gguf.UINT32, config.context),
        ("embedding_length", gguf.UINT32, config.width),
        ("block_count", gguf.UINT32, config.layers),
        ("feed_forward_length", gguf.UINT32, config.feed_forward),
        ("attention.head_count", gguf.UINT32, config.heads),
        ("attention.head_count_kv", gguf.UINT32, config.kv_heads),
        ("attention.key_length", gguf.UINT32, config.head_dim),
        ("attention.value_length", gguf.UINT32, config.head_dim),
        ("attention.layer_norm_rms_epsilon", gguf.FLOAT32, config.epsilon),
        ("attention.sliding_window", gguf.UINT32, config.window),
        ("attention.sliding_window_pattern", gguf.UINT32, config.window_pattern),
        ("rope.freq_base", gguf.FLOAT32, config.rope_base),
        ("rope.freq_base_swa", gguf.FLOAT32, config.rope_base_window),
    ):
        writer.put(f"gemma3.{key}", kind, value)
    writer.put("tokenizer.ggml.model", gguf.STRING, "llama")
    writer.put("tokenizer.ggml.pre", gguf.STRING, "default")
    writer.put_array("tokenizer.ggml.tokens", gguf.STRING, tokenizer.tokens)
    writer.put_array("tokenizer.ggml.scores", gguf.FLOAT32, tokenizer.scores)
    writer.put_array("tokenizer.ggml.token_type", gguf.INT32, tokenizer.types)
    for key, value in (
        ("bos", tokens.BOS),
        ("eos", tokens.EOS),
        ("eot", tokens.END_OF_TURN),
        ("unknown", tokens.UNKNOWN),
        ("padding", tokens.PAD),
    ):
        writer.put(f"tokenizer.ggml.{key}_token_id", gguf.UINT32, value)
    writer.put("tokenizer.ggml.add_bos_token", gguf.BOOL, True)
    writer.put("tokenizer.ggml.add_eos_token", gguf.BOOL, False)
    writer.put("tokenizer.ggml.add_space_prefix", gguf.BOOL, False)
    writer.put("tokenizer.chat_template", gguf.STRING, CHAT_TEMPLATE)
    for name, value in model.state_dict().items():
        # Norms are stored as the whole multiplier.
        value = value.numpy() + 1.0 if "norm" in name else value.numpy()
        writer.tensor(name.replace("blocks.", "blk."), value)
    writer.write(path)


def load_model(checkpoint):
    weights = torch.load(checkpoint, map_location="cpu")["model"]
    model = Gemma3(Config(vocabulary=len(weights["token_embd.weight"])))
    model.load_state_dict(weights)
    return model


if __name__ == "__main__":
    checkpoint, vocabulary, out = sys.argv[1:4]
    convert(load_model(checkpoint), tokens.Tokenizer.load(vocabulary), out)
