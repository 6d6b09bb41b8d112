from __future__ import annotations

import types

from lab.engine import llama_server

AS_OLLAMA_LOADS = """
--model /models/blob --port 4100 --host 127.0.0.1 --no-webui --offline -c 4096 -np 2 --log-verbosity 4
--no-log-prefix --no-log-timestamps --no-jinja --chat-template chatml --load-mode none --flash-attn auto
-b 512 -ub 256 --context-shift --keep 4
"""


class Library:
    llama_pooling_type = types.SimpleNamespace(LLAMA_POOLING_TYPE_MEAN="mean pooling")

    @staticmethod
    def CommonParams() -> types.SimpleNamespace:
        return types.SimpleNamespace(model=types.SimpleNamespace(), cpuparams=types.SimpleNamespace())


def test_what_ollama_asks_for_reaches_the_library() -> None:
    arguments, _ = llama_server.parser().parse_known_args(AS_OLLAMA_LOADS.split())
    wanted = llama_server.parameters(Library, arguments)
    assert (wanted.model.path, wanted.hostnames, wanted.port) == ("/models/blob", ["127.0.0.1"], 4100)
    assert (wanted.n_ctx, wanted.n_parallel, wanted.n_batch, wanted.n_ubatch, wanted.n_keep) == (4096, 2, 512, 256, 4)
    assert (wanted.ctx_shift, wanted.use_jinja, wanted.chat_template, wanted.embedding) == (
        True,
        False,
        "chatml",
        False,
    )


def test_an_embedding_model() -> None:
    arguments, _ = llama_server.parser().parse_known_args(["-m", "x", "--embedding", "--pooling", "mean"])
    wanted = llama_server.parameters(Library, arguments)
    assert (wanted.embedding, wanted.pooling_type, wanted.use_jinja) == (True, "mean pooling", True)
