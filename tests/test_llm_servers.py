"""Endpoints, for real: SmolLM2 behind independent OpenAI-compatible servers.

xllamacpp's own HTTP server is always there. `transformers serve` joins where gguf and accelerate
are installed (it cannot read the GGUF file by itself, so the weights are unpacked first), and
llama-cpp-python's server where that is: it has no wheel and compiles for minutes, so neither the
project nor its tests install it.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import xllamacpp

from rag.errors import ModelOutput, ModelUnavailable
from rag.llm import Draft, EndpointModel, Message, Timeouts
from rag.llm.embedded import find_model

KEY = "sk-only-for-this-test"
CAPITAL = [Message("user", "What is the capital of France? Answer in one sentence.")]
PATIENT = Timeouts(connect=10, first_token=200, stall=100, total=250)
START_SECONDS = 240

UNPACK = """
import sys, torch
from pathlib import Path
from transformers import AutoModelForCausalLM, AutoTokenizer
file, folder = Path(sys.argv[1]), sys.argv[2]
model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.bfloat16)
model.hf_quantizer = None
del model.config.quantization_config
model.save_pretrained(folder)
AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(folder)
"""


def drain(draft: Draft) -> str:
    return "".join(draft)


@pytest.fixture(scope="module")
def xllamacpp_model() -> Iterator[EndpointModel]:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_model())
    parameters.n_ctx = 1024
    parameters.cpuparams.n_threads = 1
    parameters.verbosity = -1
    parameters.api_keys = [KEY]
    parameters.hostnames = ["127.0.0.1"]
    server = xllamacpp.Server(parameters)
    name = httpx.get(
        f"{server.listening_address}/v1/models", headers={"Authorization": f"Bearer {KEY}"}
    ).json()["data"][0]["id"]
    yield EndpointModel(f"{server.listening_address}/v1", name, KEY, timeouts=PATIENT)
    del server


@pytest.fixture(scope="module")
def transformers_model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EndpointModel]:
    _require("gguf", "accelerate")
    folder = str(tmp_path_factory.mktemp("smollm2"))
    command = [sys.executable, "-W", "ignore", "-c", UNPACK, str(find_model()), folder]
    subprocess.run(command, check=True, timeout=START_SECONDS, env=_offline(), capture_output=True)
    serve = Path(sys.executable).parent / "transformers"
    yield from _serve([str(serve), "serve", folder, "--device", "cpu"], folder)


@pytest.fixture(scope="module")
def llama_cpp_python_model() -> Iterator[EndpointModel]:
    _require("llama_cpp", "starlette_context", "sse_starlette")
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(find_model())]
    yield from _serve([*command, "--n_ctx", "1024"], "any")


def _require(*modules: str) -> None:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def _offline() -> dict[str, str]:
    return {**os.environ, "HF_HUB_OFFLINE": "1"}


def _serve(command: list[str], name: str) -> Iterator[EndpointModel]:
    """A server process on a free port, until the tests are done."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", port],
        env=_offline(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}", process)
        yield EndpointModel(f"http://127.0.0.1:{port}/v1", name, timeouts=PATIENT)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended"
        try:
            httpx.get(url, timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail("the server did not start")


SERVERS = ["xllamacpp_model", "transformers_model", "llama_cpp_python_model"]


@pytest.fixture(params=SERVERS)
def model(request: pytest.FixtureRequest) -> EndpointModel:
    return request.getfixturevalue(request.param)


@pytest.mark.timeout(600)
def test_it_answers(model: EndpointModel) -> None:
    assert "Paris" in drain(model.draft(CAPITAL, max_tokens=60))


def test_a_cut_answer_is_an_error(model: EndpointModel) -> None:
    story = [Message("user", "Tell me a long story about the sea.")]
    with pytest.raises(ModelOutput, match="limit of 8 tokens"):
        drain(model.draft(story, max_tokens=8))


def test_a_stop_text_ends_the_answer(model: EndpointModel) -> None:
    whole = drain(model.draft(CAPITAL, max_tokens=60))
    assert drain(model.draft(CAPITAL, max_tokens=60, stop=[" Paris"])) == whole.split(" Paris")[0]


def test_closing_stops_within_a_second(model: EndpointModel) -> None:
    draft = model.draft([Message("user", "Tell me a long story.")], max_tokens=300)
    while not next(draft):
        pass
    started = time.monotonic()
    draft.close()
    assert time.monotonic() - started < 1


def test_the_context_of_llama_cpp_is_its_own(xllamacpp_model: EndpointModel) -> None:
    assert xllamacpp_model.context_tokens == 1024


def test_a_prompt_beyond_the_context_is_refused_in_words(xllamacpp_model: EndpointModel) -> None:
    with pytest.raises(ModelUnavailable, match=r"refused the request \(400\).*context size"):
        drain(xllamacpp_model.draft([Message("user", "word " * 2000)], max_tokens=8))


def test_a_wrong_key_is_refused(xllamacpp_model: EndpointModel) -> None:
    url = repr(xllamacpp_model).split("'")[1]
    with pytest.raises(ModelUnavailable, match="refused the key"):
        drain(EndpointModel(url, "any", "sk-wrong").draft(CAPITAL, max_tokens=8))
