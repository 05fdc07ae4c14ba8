"""What the documents say is so: their code runs, their commands parse, their names exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import rag
from rag.cli import _parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


def test_the_python_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = blocks("python")
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "differences over sanctions relief and denuclearisation steps" in done.stdout
    assert done.stdout.splitlines()[-1] == "The articles do not say."


@pytest.mark.parametrize("command", [c for c in commands() if c[0] == "rag"], ids=" ".join)
def test_every_command_of_the_readme_parses(command: list[str]) -> None:
    assert _parser().parse_args(command[1:]).run


def advised() -> list[str]:
    """Every command that a message or a docstring of the package tells people to run."""
    sources = [path.read_text("utf-8") for path in (ROOT / "rag").rglob("*.py")]
    return sorted({text for source in sources for text in re.findall(r"`rag ([^`…\n]+)`", source)})


@pytest.mark.parametrize("command", advised())
def test_every_command_that_a_message_advises_parses(command: str) -> None:
    # A bare "rag remove" names the command and leaves what to remove to the reader.
    words = command.split()
    completed = [*words, "NAME"] if words in (["remove"], ["hash-password"]) else words
    assert _parser().parse_args(completed).run


@pytest.mark.parametrize("command", [c for c in commands() if c[0] == "make"], ids=" ".join)
def test_every_target_of_the_readme_exists(command: list[str]) -> None:
    targets = re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert command[1] in targets


def test_the_readme_shows_no_other_kind_of_command() -> None:
    assert {command[0] for command in commands()} == {"make", "rag"}


def test_every_file_and_picture_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert not [link for link in links if not (ROOT / link).exists()]


def test_the_tree_of_the_readme_is_the_tree() -> None:
    tree = README.split("<!-- tree -->")[1].split("```")[1].splitlines()[1:]
    shown, folder = set(), ""
    for line in tree:
        name = line.split()[0]
        folder = folder if line.startswith(" ") else name
        shown.add(folder + name if line.startswith(" ") else name)
    missing = {path for path in shown if not (ROOT / path).exists()}
    assert not missing
    parts = [path for path in (ROOT / "rag").iterdir() if not path.name.startswith("__")]
    names = {f"rag/{path.name}{'/' if path.is_dir() else ''}" for path in parts}
    assert names - {"rag/py.typed"} == {path for path in shown if path.startswith("rag/")} - {
        "rag/"
    }


def test_the_names_of_the_package_are_exactly_the_documented_ones() -> None:
    text = (ROOT / "docs" / "python.md").read_text("utf-8").split("## The names")[1]
    documented = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert sorted(documented) == sorted(rag.__all__)
    assert all(getattr(rag, name) is not None for name in documented)


def test_the_space_asks_for_the_gradio_that_is_pinned_and_for_files_that_are_there() -> None:
    _, front, body = (ROOT / "docs/space.md").read_text("utf-8").split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in front.splitlines())
    pinned = re.search(r"^gradio==(\S+)", (ROOT / "constraints.txt").read_text("utf-8"), re.M)
    assert pinned is not None
    assert fields["sdk_version"] == pinned[1]
    assert (ROOT / fields["app_file"]).is_file()
    assert "`requirements.txt`" in body  # which is to be made of pyproject.toml
    for name in ("ui.py", "rag/", "constraints.txt", "pyproject.toml"):
        assert f"`{name}`" in body
        assert (ROOT / name).exists()
