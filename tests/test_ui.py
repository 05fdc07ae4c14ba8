"""The web chat as a server: quick to answer, closed to all but the page and `/ask`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from serving import ROOT, environment_for, make_index, serving

QUESTION = "Why did the Hanoi summit end without an agreement?"
SEED = "000_f7661af205ce43e5.txt"
REASON = "differences over sanctions relief and denuclearisation steps"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ui")


@pytest.fixture(scope="module")
def server(folder):
    with serving(make_index(folder, ROOT / "seeds"), folder) as running:
        yield running


@pytest.fixture(scope="module")
def client(server):
    from gradio_client import Client

    connected = Client(server.url, verbose=False)
    yield connected
    connected.close()


def fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode()


def status(url: str, data: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(url, data, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_endpoint_ask_gives_the_answer_as_a_dictionary(client):
    answer = client.predict(QUESTION, api_name="/ask")
    assert answer["abstained"] is False
    assert any(REASON in citation["quote"] for citation in answer["citations"])
    # where the operator keeps the articles is nobody else's business
    assert [article["source"] for article in answer["articles"]] == [SEED]


def test_the_endpoint_ask_takes_what_was_said_before(client):
    history = [["user", "What happened at the Hanoi summit?"], ["assistant", "It ended abruptly."]]
    answer = client.predict("Why did it end?", history=history, api_name="/ask")
    assert answer["query"] == "Why did the Hanoi summit end?"
    assert any(REASON in citation["quote"] for citation in answer["citations"])


def test_the_endpoint_ask_is_limited_to_the_articles_named(client):
    from gradio_client.exceptions import AppError

    answer = client.predict(QUESTION, articles=[SEED], api_name="/ask")
    assert {citation["span"]["article_id"] for citation in answer["citations"]} == {SEED}
    with pytest.raises(AppError, match="another"):
        client.predict(QUESTION, articles=["another"], api_name="/ask")


def test_the_endpoint_ask_abstains_as_a_value(client):
    answer = client.predict("Who is the president of France?", api_name="/ask")
    assert answer["abstained"] is True
    assert answer["citations"] == []


def test_the_endpoint_ask_says_what_is_wrong(client):
    from gradio_client.exceptions import AppError

    with pytest.raises(AppError, match="at most 2,000 are allowed"):
        client.predict("x" * 2001, api_name="/ask")


def test_ask_is_the_only_endpoint(client):
    assert list(client.view_api(return_format="dict")["named_endpoints"]) == ["/ask"]


@pytest.mark.parametrize(
    "path",
    [
        "gradio_api/file=http://127.0.0.1:9/x",
        "gradio_api/file=/etc/hostname",
        "monitoring",
        "monitoring/summary",
        "gradio_api/runs",
        "docs",
    ],
)
def test_the_doors_of_the_framework_are_closed(server, path):
    assert status(server.url + path) == 404


@pytest.mark.parametrize("path", ["gradio_api/run/ask", "gradio_api/api/ask"])
def test_nothing_goes_past_the_queue(server, path):
    assert status(server.url + path, b'{"data": ["Why?"]}') == 404


def test_the_real_page_carries_the_security_headers(server):
    with urllib.request.urlopen(server.url, timeout=30) as page:
        policy = page.headers["content-security-policy"]
        html = page.read().decode()
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert html.count("<script") == html.count(f'<script nonce="{nonce}"') > 0
    assert page.headers["x-content-type-options"] == "nosniff"


def test_it_listens_on_this_machine_alone(server):
    assert server.url.startswith("http://127.0.0.1:")


def start_with_port(folder, port):
    """What a start that fails says; it has to be one line."""
    environment = {**environment_for(folder / "index"), "FOOTNOTE_PORT": str(port)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "ui.py")],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_wrong_setting_ends_in_one_line(folder):
    assert start_with_port(folder, "many").startswith("error: setting 'port'")


def test_a_port_that_is_taken_ends_in_one_line_that_says_what_to_do(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = start_with_port(folder, port)
    assert said.startswith(f"error: port {port} of 127.0.0.1 cannot be used")
    assert "FOOTNOTE_PORT" in said


def test_gradios_own_command_serves_it_and_reloads_it_when_a_file_changes(server, tmp_path):
    from gradio_client import Client

    program = Path(shutil.copy(ROOT / "ui.py", tmp_path))
    process = subprocess.Popen(
        [Path(sys.executable).with_name("gradio"), program],
        cwd=tmp_path,
        env={**environment_for(server.index), "FOOTNOTE_PORT": "0"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        lines = iter(process.stdout.readline, "")
        url = next(line for line in lines if line.startswith("Footnote: http")).split()[1]
        program.write_text(program.read_text() + "\ndemo.title = 'Changed'\n")
        deadline = time.monotonic() + 60
        while "Changed" not in (page := fetched(url)) and time.monotonic() < deadline:
            time.sleep(1)
            program.touch()  # a change before its first look round is not seen
        assert "Changed" in page
        client = Client(url, verbose=False)
        assert REASON in client.predict(QUESTION, api_name="/ask")["text"]
        client.close()
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the command and the page it started
        process.wait(30)
        process.stdout.close()


def test_the_page_mounts_in_a_fastapi_application_with_its_guard():
    script = (
        "import fastapi, gradio, ui\n"
        "from starlette.testclient import TestClient\n"
        "app = gradio.mount_gradio_app(fastapi.FastAPI(), ui.demo, '/chat', **ui.page())\n"
        "here = TestClient(app, base_url='http://127.0.0.1')\n"
        "page = here.get('/chat/')\n"
        "assert \"default-src 'self'\" in page.headers['content-security-policy']\n"
        "assert here.get('/chat/monitoring').status_code == 404\n"
        "assert here.get('/chat/gradio_api/file=/etc/hostname').status_code == 404\n"
        "other = TestClient(app, base_url='http://attacker.example')\n"
        "assert other.get('/chat/').status_code == 421\n"
        "print(page.status_code)\n"
    )
    environment = environment_for(ROOT / "nowhere")
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.split()[-1] == "200"


def test_each_question_that_may_wait_has_a_thread_and_all_else_has_some_left(tmp_path):
    script = "import ui; ui.serve(ui.desk.settings); print(ui.demo._queue.max_thread_count)"
    settings = {"FOOTNOTE_PORT": "0", "FOOTNOTE_CONCURRENCY": "3", "FOOTNOTE_QUEUE_SIZE": "50"}
    environment = {**environment_for(tmp_path / "none"), **settings}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "93"  # 40 + 3 + 50


def test_importing_the_page_reads_no_settings_and_loads_no_models():
    script = (
        "import sys, ui\n"
        "heavy = {'torch', 'chromadb', 'sentence_transformers', 'llama_index', 'xllamacpp'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    environment = {**environment_for(ROOT / "nowhere"), "FOOTNOTE_PORT": "many"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"


MOUNTED = """
import socket, sys, fastapi, gradio, ui, uvicorn
app = gradio.mount_gradio_app(fastapi.FastAPI(), ui.demo, "/chat", **ui.page())
listening = socket.create_server(("127.0.0.1", 0))
print(f"Footnote: http://127.0.0.1:{listening.getsockname()[1]}/chat/", flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
"""


def test_in_a_fastapi_application_it_answers_and_its_cookie_stays_below_its_path(server, tmp_path):
    from gradio_client import Client

    program = tmp_path / "mounted.py"
    program.write_text(MOUNTED, encoding="utf-8")
    with serving(server.index, tmp_path, (program,)) as mounted:
        with urllib.request.urlopen(mounted.url, timeout=30) as page:
            (cookie,) = page.headers.get_all("set-cookie")
        assert cookie.startswith("footnote_owner=")
        assert "Path=/chat/" in cookie
        client = Client(mounted.url, verbose=False)
        assert REASON in client.predict(QUESTION, api_name="/ask")["text"]
        client.close()
