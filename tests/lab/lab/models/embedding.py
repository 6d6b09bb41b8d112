"""A tiny embedding model of bert's architecture."""

from __future__ import annotations

import string
from pathlib import Path

import gguf

from lab.models.weights import Weights
from lab.models.words import WORDS

LAYERS, WIDTH, HEADS, HIDDEN = 2, 64, 4, 128
CONTEXT = 512
PAD, UNKNOWN, BEGIN, SEPARATOR, MASK = range(5)
SPACE = "\u2581"


def vocabulary() -> tuple[list[str], list[int]]:
    """WordPiece as GGUF keeps it: what begins a word carries the space mark, what goes on with it carries none."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    kinds = [gguf.TokenType.CONTROL] * 5
    kinds[UNKNOWN] = gguf.TokenType.UNKNOWN
    characters = string.ascii_lowercase + string.digits + string.punctuation
    normal = dict.fromkeys([SPACE + word for word in WORDS])
    normal |= dict.fromkeys(form for character in characters for form in (SPACE + character, character))
    pieces += normal
    kinds += [gguf.TokenType.NORMAL] * len(normal)
    return pieces, [int(kind) for kind in kinds]


def write(path: Path, name: str, seed: int) -> None:
    pieces, kinds = vocabulary()
    writer = gguf.GGUFWriter(path, "bert")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_eps(1e-12)
    writer.add_causal_attention(False)
    # Ollama tells by this key that the model embeds.
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_vocab_size(len(pieces))
    writer.add_token_type_count(2)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_types(kinds)
    writer.add_pad_token_id(PAD)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(SEPARATOR)
    writer.add_sep_token_id(SEPARATOR)
    writer.add_mask_token_id(MASK)

    weights = Weights(writer, seed)

    def norm(prefix: str) -> None:
        weights.vector(prefix + ".weight", WIDTH, 1)
        weights.vector(prefix + ".bias", WIDTH, 0)

    def linear(prefix: str, outputs: int, inputs: int) -> None:
        weights.matrix(prefix + ".weight", weights.sample(outputs, inputs, spread=0.1))
        weights.vector(prefix + ".bias", outputs, 0)

    weights.matrix("token_embd.weight", weights.sample(len(pieces), WIDTH, spread=0.5))
    # llama.cpp adds these two to the tokens as they are, which it does for 32 bit numbers only.
    writer.add_tensor("position_embd.weight", weights.sample(CONTEXT, WIDTH, spread=0.1).astype("float32"))
    writer.add_tensor("token_types.weight", weights.sample(2, WIDTH, spread=0.1).astype("float32"))
    norm("token_embd_norm")
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            linear(block + part, WIDTH, WIDTH)
        norm(block + "attn_output_norm")
        linear(block + "ffn_up", HIDDEN, WIDTH)
        linear(block + "ffn_down", WIDTH, HIDDEN)
        norm(block + "layer_output_norm")
    weights.finish()
