"""A tiny chat model of llama's architecture, which says words in a random order and never stops by itself."""

from __future__ import annotations

from pathlib import Path

import gguf

from lab.models.weights import Weights
from lab.models.words import WORDS

LAYERS, WIDTH, HEADS, KEY_HEADS, HIDDEN = 2, 64, 4, 2, 128
CONTEXT = 32768
UNKNOWN, BEGIN, END = range(3)
SPACE = "\u2581"

# One dimension says for every token "a word comes next" and is left alone by the layers: with it, what is no word
# (control tokens, bytes, single letters) is never drawn, whatever a client's temperature.
_WORDS_NEXT, _CERTAINTY = 0, 4.0


def vocabulary() -> tuple[list[str], list[int]]:
    """Pieces and their kinds. Every beginning of a word is a piece too: the tokenizer joins them two by two."""
    pieces = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    whole = [SPACE + word for word in WORDS]
    parts = [word[:length] for word in whole for length in range(1, len(word))]
    letters = [chr(code) for code in range(ord("!"), ord("~") + 1)]
    known = set(pieces)
    for piece in whole + letters + parts:
        if piece not in known:
            known.add(piece)
            pieces.append(piece)
            kinds.append(gguf.TokenType.NORMAL)
    return pieces, [int(kind) for kind in kinds]


def write(path: Path, name: str, seed: int) -> None:
    pieces, kinds = vocabulary()
    head = WIDTH // HEADS
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KEY_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(pieces))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    # The higher score is joined first; earlier pieces are the longer ones.
    writer.add_token_scores([-float(index) for index in range(len(pieces))])
    writer.add_token_types(kinds)
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)

    weights = Weights(writer, seed)
    embedding = weights.sample(len(pieces), WIDTH, spread=0.5)
    embedding[:, _WORDS_NEXT] = _CERTAINTY
    weights.matrix("token_embd.weight", embedding)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        weights.vector(block + "attn_norm.weight", WIDTH, 1)
        weights.matrix(block + "attn_q.weight", weights.sample(HEADS * head, WIDTH))
        weights.matrix(block + "attn_k.weight", weights.sample(KEY_HEADS * head, WIDTH))
        weights.matrix(block + "attn_v.weight", weights.sample(KEY_HEADS * head, WIDTH))
        mixed = weights.sample(WIDTH, HEADS * head, spread=0.2)
        mixed[_WORDS_NEXT] = 0
        weights.matrix(block + "attn_output.weight", mixed)
        weights.vector(block + "ffn_norm.weight", WIDTH, 1)
        weights.matrix(block + "ffn_gate.weight", weights.sample(HIDDEN, WIDTH))
        weights.matrix(block + "ffn_up.weight", weights.sample(HIDDEN, WIDTH))
        narrowed = weights.sample(WIDTH, HIDDEN, spread=0.2)
        narrowed[_WORDS_NEXT] = 0
        weights.matrix(block + "ffn_down.weight", narrowed)
    weights.vector("output_norm.weight", WIDTH, 1)
    output = weights.sample(len(pieces), WIDTH, spread=0.3)
    words = [pieces.index(SPACE + word) for word in WORDS]
    output[:, _WORDS_NEXT] = -_CERTAINTY
    output[words, _WORDS_NEXT] = _CERTAINTY
    weights.matrix("output.weight", output)
    weights.finish()
