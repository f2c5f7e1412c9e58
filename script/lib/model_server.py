"""Serves one GGUF model with llama.cpp, OpenAI-compatible, on the loopback interface until Ctrl-C.

usage: model_server.py MODEL_FILE PORT
"""

import os
import signal
import socket
import sys
from pathlib import Path

SLOTS = 2
CONTEXT_OF_A_SLOT = 4096


def check_port(port: int) -> None:
    """Stops with a sentence when the port is taken; the server itself would only log it."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise SystemExit(f"Cannot listen on 127.0.0.1:{port}: {error.strerror}. Name another port.") from error


def serve(model: Path, port: int) -> None:
    import xllamacpp  # type: ignore[import-not-found, unused-ignore]  # only in script/try_model's environment

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = {model.stem}
    parameters.verbosity = 2  # warnings and errors
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * CONTEXT_OF_A_SLOT
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.cpuparams.n_threads = max(1, min(4, os.cpu_count() or 1))
    server = xllamacpp.Server(parameters)
    sys.stderr.write(
        f"\n  {model.stem} answers at {server.listening_address}/v1. In another terminal:\n\n"
        f"    LOCAL_LLM_URL={server.listening_address}/v1 script/server\n\n"
        "  Ctrl-C stops it.\n\n"
    )
    signal.pause()


if __name__ == "__main__":
    check_port(int(sys.argv[2]))
    for number in (signal.SIGINT, signal.SIGTERM):
        # llama.cpp's threads outlive an ordinary exit of Python.
        signal.signal(number, lambda *_: os._exit(0))
    serve(Path(sys.argv[1]), int(sys.argv[2]))
