"""llama.cpp's server as Ollama starts it: the same flags, over the library that the wheel xllamacpp brings.

Runs on a simulated Mac as lib/ollama/llama-server, with an interpreter that has its standard library only. Flags that
make no difference to what is answered (--offline, --no-webui, --log-verbosity, --flash-attn, …) are taken and left.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from typing import Any

_SITE = "/.lab/site"
_LAST_SIGNALS = {signal.SIGTERM, signal.SIGINT}


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="llama-server", allow_abbrev=False)
    made.add_argument("--list-devices", action="store_true")
    made.add_argument("-m", "--model")
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8080)
    made.add_argument("-c", "--ctx-size", type=int, default=0)
    made.add_argument("-np", "--parallel", type=int, default=1)
    made.add_argument("-b", "--batch-size", type=int, default=2048)
    made.add_argument("-ub", "--ubatch-size", type=int, default=512)
    made.add_argument("-t", "--threads", type=int, default=0)
    made.add_argument("--keep", type=int, default=0)
    made.add_argument("--context-shift", action="store_true")
    made.add_argument("--no-jinja", action="store_true")
    made.add_argument("--chat-template", default="")
    made.add_argument("--embedding", "--embeddings", action="store_true")
    made.add_argument("--pooling", choices=("none", "mean", "cls", "last", "rank"))
    return made


def parameters(xllamacpp: Any, arguments: argparse.Namespace) -> Any:
    wanted = xllamacpp.CommonParams()
    wanted.model.path = arguments.model
    wanted.hostnames = [arguments.host]
    wanted.port = arguments.port
    wanted.n_ctx = arguments.ctx_size
    wanted.n_parallel = arguments.parallel
    wanted.n_batch = arguments.batch_size
    wanted.n_ubatch = arguments.ubatch_size
    wanted.n_keep = arguments.keep
    wanted.ctx_shift = arguments.context_shift
    wanted.use_jinja = not arguments.no_jinja
    wanted.embedding = arguments.embedding
    if arguments.threads:
        wanted.cpuparams.n_threads = arguments.threads
    if arguments.chat_template:
        wanted.chat_template = arguments.chat_template
    if arguments.pooling:
        wanted.pooling_type = getattr(xllamacpp.llama_pooling_type, f"LLAMA_POOLING_TYPE_{arguments.pooling.upper()}")
    return wanted


def main() -> int:
    arguments, _ = parser().parse_known_args()
    if arguments.list_devices:
        # A Mac's own would name its GPU; there is none here and Ollama then counts on the processor.
        print("Available devices:")
        return 0
    if not arguments.model:
        print("llama-server: no --model given", file=sys.stderr)
        return 1
    sys.path.append(_SITE)
    import xllamacpp  # noqa: PLC0415  (a second of work that the two cases above do without)

    # Before the library starts its threads, so that none of them takes the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, _LAST_SIGNALS)
    server = xllamacpp.Server(parameters(xllamacpp, arguments))
    print(f"llama-server: listening on {server.listening_address}", file=sys.stderr, flush=True)
    signal.sigwait(_LAST_SIGNALS)
    # The library has no way to stop its threads.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
