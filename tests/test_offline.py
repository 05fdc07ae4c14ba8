"""Nothing leaves the machine: from the article to the answer with the network switched off."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from serving import make_index, serving

ROOT = Path(__file__).parent.parent
ANSWERED = "Why did the Hanoi summit end without an agreement?"
REASON = "differences over sanctions relief and denuclearisation steps"

# Python imports this at start-up, in the child processes too. Every attempt to reach anything
# but a Unix socket, or what is called near, is written down and refused, so that one that is
# quietly forgiven shows too.
REFUSE_CONNECTIONS = """
import os, socket, sys

NEAR = set(os.environ.get("NEAR", "").split())
if NEAR:
    NEAR.add(None)  # no address: to where it is connected already
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SENDINGS = {"socket.connect", "socket.sendto", "socket.sendmsg"}

def refuse(event, arguments):
    outward = event in SENDINGS and arguments[0].family != socket.AF_UNIX
    if not (outward or event in LOOKUPS):
        return
    host = (arguments[1] or [None])[0] if outward else arguments[0]
    if (host.decode() if isinstance(host, bytes) else host) not in NEAR:
        with open(os.environ["ATTEMPTS"], "a") as attempts:
            attempts.write(f"{event} {arguments[1:]}\\n")
        raise PermissionError(f"the network is switched off: {event}")

sys.addaudithook(refuse)
"""
THIS_MACHINE = "127.0.0.1 localhost ::1"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the seed article and no index yet."""
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    return tmp_path


def ask(checkout: Path, *before: str, **environment: str) -> str:
    """The JSON of an answer, made with a fresh index of the seed article."""
    done = subprocess.run(
        [*before, sys.executable, "-m", "rag", "ask", "--json", ANSWERED],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ask_reaches_for_nothing_outside(checkout: Path, tmp_path: Path) -> None:
    hook, attempts = tmp_path / "hook", tmp_path / "attempts.txt"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(REFUSE_CONNECTIONS, "utf-8")
    path = os.pathsep.join([str(hook), str(ROOT)])
    answer = json.loads(ask(checkout, PYTHONPATH=path, ATTEMPTS=str(attempts)))
    assert any(REASON in citation["quote"] for citation in answer["citations"])
    assert not attempts.exists(), attempts.read_text("utf-8")


def test_the_chats_server_reaches_for_nothing_outside(tmp_path: Path) -> None:
    from gradio_client import Client

    hook, attempts = tmp_path / "hook", tmp_path / "attempts.txt"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(REFUSE_CONNECTIONS, "utf-8")
    index = make_index(tmp_path, ROOT / "seeds")
    watched = {"PYTHONPATH": str(hook), "ATTEMPTS": str(attempts), "NEAR": THIS_MACHINE}
    with (
        serving(index, tmp_path, **watched) as server,
        closing(Client(server.url, verbose=False)) as client,
    ):
        answer = client.predict(ANSWERED, api_name="/ask")
    assert any(REASON in citation["quote"] for citation in answer["citations"])
    assert not attempts.exists(), attempts.read_text("utf-8")


@pytest.mark.parametrize(("near", "address"), [("", "127.0.0.1"), (THIS_MACHINE, "192.0.2.1")])
def test_the_hook_does_see_an_attempt(tmp_path: Path, near: str, address: str) -> None:
    attempts = tmp_path / "attempts.txt"
    (tmp_path / "sitecustomize.py").write_text(REFUSE_CONNECTIONS, "utf-8")
    code = f"import socket; socket.create_connection(('{address}', 9), timeout=1)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "ATTEMPTS": str(attempts),
            "NEAR": near,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "the network is switched off" in done.stderr
    assert attempts.exists()


def without_network() -> list[str]:
    """A command in front of which another runs with no network interface; [] if not allowed."""
    for command in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if shutil.which(command[0]):
            tried = subprocess.run([*command, "true"], capture_output=True, check=False)
            if tried.returncode == 0:
                return command
    return []


@pytest.mark.skipif(not without_network(), reason="a process may not give up its network here")
def test_ask_answers_without_any_network(checkout: Path) -> None:
    answer = json.loads(ask(checkout, *without_network()))
    assert any(REASON in citation["quote"] for citation in answer["citations"])
