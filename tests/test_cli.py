"""The commands, as a person types them: what they print, where, and their exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Article, Index
from rag.cli import main
from rag.plain import json_text, printable

ROOT = Path(__file__).parent.parent
SEED = "000_f7661af205ce43e5.txt"
ANSWERED = "Why did the Hanoi summit end without an agreement?"
REASON = "differences over sanctions relief and denuclearisation steps"
UNANSWERED = "Who is the president of France?"


def rag(
    *arguments: str, folder: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """`python -m rag …` in a process of its own, as from a shell in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "rag", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An index that holds the seed article."""
    path = tmp_path_factory.mktemp("cli") / "index"
    assert main(["--index", str(path), "add", str(ROOT / "seeds")]) == 0
    return str(path)


# -- Asking ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a fresh checkout has it: the seed article and no index."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    return folder


def test_in_a_fresh_checkout_ask_indexes_the_seed_first_and_says_so(fresh: Path) -> None:
    first = rag("ask", "--json", ANSWERED, folder=fresh)
    assert first.returncode == 0
    assert first.stderr == (
        "rag: there is no index yet: adding the articles in seeds/ to .footnote first\n"
    )
    answer = json.loads(first.stdout)
    assert not answer["abstained"]
    assert any(REASON in citation["quote"] for citation in answer["citations"])

    text = rag("show", SEED, folder=fresh).stdout.split("\n\n", 1)[1]
    for citation in answer["citations"]:
        assert text[citation["span"]["start"] : citation["span"]["end"]] == citation["quote"]

    second = rag("ask", "--json", UNANSWERED, folder=fresh)
    assert (second.returncode, second.stderr) == (0, "")
    refusal = json.loads(second.stdout)
    assert refusal["abstained"]
    assert refusal["citations"] == refusal["sentences"] == []
    assert refusal["passages"]


def test_ask_prints_the_answer_with_numbered_footnotes(
    index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # An unquoted question arrives as several words.
    assert main(["ask", "--index", index, "--answerer", "quote", *ANSWERED.split()]) == 0
    printed, complaints = capsys.readouterr()
    answer, *footnotes = printed.split("\n\n")
    markers = re.findall(r" \[(\d+)\]", answer)
    assert markers
    assert REASON in answer
    assert complaints == ""
    for number, footnote in zip(markers, footnotes, strict=True):
        assert re.match(rf"\[{number}\] North Korea delivered .* \(2024-07-26\)\n    “", footnote)


def test_a_refusal_is_no_failure_and_shows_the_nearest_passages(
    index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--index", index, "ask", UNANSWERED]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("The articles do not say.\n\nThe nearest passages:\n\n(1) North")
    assert "[1]" not in printed


def test_filters_say_which_articles_may_answer(
    index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for limits in (["--until", "2024-07-25"], ["--since", "2024-07-27"]):
        assert main(["--index", index, "ask", *limits, ANSWERED]) == 0
        said = "The articles do not say.\n\nNo article is within these limits.\n"
        assert capsys.readouterr().out == said
    assert main(["--index", index, "ask", "--since", "2024-07-26", ANSWERED]) == 0
    assert REASON in capsys.readouterr().out
    assert main(["--index", index, "ask", "--article", SEED, ANSWERED]) == 0
    assert REASON in capsys.readouterr().out


def test_search_prints_the_nearest_passages(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--index", index, "search", "-k", "1", "Hanoi", "summit"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("(1) North Korea")
    assert "(2)" not in printed
    assert main(["--index", index, "search", "--json", "-k", "2", "Hanoi summit"]) == 0
    passages = json.loads(capsys.readouterr().out)
    assert len(passages) == 2
    assert passages[0]["article"]["published"] == "2024-07-26"
    assert passages[0]["span"]["article_id"] == SEED


# -- The collection -------------------------------------------------------------------------


def test_list_prints_a_line_an_article(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--index", index]) == 0
    assert capsys.readouterr().out.startswith(f"{SEED}  2024-07-26  North Korea delivered")
    assert main(["--index", index, "list", "--json"]) == 0
    (article,) = json.loads(capsys.readouterr().out)
    assert (article["id"], article["published"]) == (SEED, "2024-07-26")


def test_articles_come_change_and_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, index = tmp_path / "news", str(tmp_path / "index")
    folder.mkdir()
    (folder / "one.txt").write_text("The bridge was opened on Monday by the mayor.", "utf-8")
    (folder / "two.txt").write_text("Rain is expected in the north on Tuesday.", "utf-8")

    def run(*arguments: str) -> str:
        assert main(["--index", index, *arguments]) == 0
        return capsys.readouterr().out

    assert run("add", str(folder)) == "2 added\n"
    assert run("add", str(folder)) == "2 unchanged\n"
    (folder / "one.txt").write_text("The bridge was opened on Friday by the mayor.", "utf-8")
    (folder / "two.txt").unlink()
    assert run("sync", str(folder)) == "1 updated, 1 removed\n"
    (folder / "one.txt").rename(folder / "one.bak")
    assert main(["--index", index, "sync", str(folder)]) == 1
    assert "--allow-empty" in capsys.readouterr().err
    assert run("sync", "--allow-empty", str(folder)) == "1 removed, 1 skipped\n"
    (folder / "one.bak").rename(folder / "one.txt")
    assert run("sync", str(folder)) == "1 added\n"
    assert run("show", "one.txt").endswith("The bridge was opened on Friday by the mayor.\n")
    assert run("remove", "one.txt") == "removed one.txt\n"
    assert run("list") == ""


def test_check_finds_damage_and_repairs_it(
    index: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(index, damaged)
    assert main(["--index", str(damaged), "check"]) == 0
    assert capsys.readouterr().out == "the index is whole\n"
    largest = max(damaged.rglob("*.bin"), key=lambda path: path.stat().st_size)
    largest.write_bytes(b"damage")
    assert main(["--index", str(damaged), "check"]) == 1
    assert "rag check --repair" in capsys.readouterr().err
    assert main(["--index", str(damaged), "check", "--repair"]) == 0
    capsys.readouterr()
    assert main(["--index", str(damaged), "check"]) == 0
    assert main(["--index", str(damaged), "ask", ANSWERED]) == 0
    assert REASON in capsys.readouterr().out


def test_what_cannot_be_mended_is_not_said_to_be_mended_by_another_try(
    index: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(index, damaged)
    with closing(sqlite3.connect(damaged / "catalog.sqlite3")) as catalog, catalog:
        catalog.execute("UPDATE article SET text = 'other words'")
    assert main(["--index", str(damaged), "check", "--repair"]) == 1
    told = capsys.readouterr()
    assert "could not be mended" in told.err
    assert "--repair" not in told.err
    assert "`rag remove`" in told.out


def test_reindex_encodes_the_articles_again(
    index: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(index, tmp_path / "copy")
    assert main(["--index", str(tmp_path / "copy"), "check", "--reindex"]) == 0
    assert main(["--index", str(tmp_path / "copy"), "ask", ANSWERED]) == 0
    assert REASON in capsys.readouterr().out


def test_a_bar_shows_the_progress_on_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (tmp_path / "one.txt").write_text("The bridge was opened on Monday.", "utf-8")
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert main(["--index", str(tmp_path / "index"), "add", str(tmp_path / "one.txt")]) == 0
    shown = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert "1/1" in shown
    assert re.search(r"1 passages, \d+/s", shown)


# -- Errors -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (["show", "nope"], "no article has the id 'nope'; `rag list` shows those there are"),
        (["remove", "nope"], "`rag list` shows those there are"),
        (["ask", " "], "the question is empty: ask something"),
        (["ask", "--article", "nope", "Why?"], "`rag list` shows those there are"),
        (["sync", "no-such-folder"], "no-such-folder"),
        (["add", "no-such-file.txt"], "no-such-file.txt: there is no file"),
        (["add", "https://example.org/"], "--allow-url"),
    ],
)
def test_an_error_is_told_on_standard_error_with_what_to_do(
    arguments: Sequence[str], advice: str, index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--index", index, *arguments]) == 1
    complaints = capsys.readouterr().err
    assert advice in complaints
    assert all(line.startswith("rag: ") for line in complaints.splitlines())


def test_without_an_index_and_a_seed_the_error_says_how_to_add(tmp_path: Path) -> None:
    for arguments in (["list"], ["ask", "Why?"], ["check"]):
        failed = rag(*arguments, folder=tmp_path)
        assert failed.returncode == 1
        assert failed.stdout == ""
        assert failed.stderr == ("rag: no index at .footnote: add articles with `rag add SOURCE`\n")
    assert not list(tmp_path.iterdir())


def test_an_index_without_articles_cannot_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Index.open(tmp_path / "empty").close()
    assert main(["--index", str(tmp_path / "empty"), "ask", "Why?"]) == 1
    assert "holds no article: add some with `rag add SOURCE`" in capsys.readouterr().err


def test_an_unknown_setting_is_refused(
    index: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOOTNOTE_ANSWERERS", "quote")
    assert main(["--index", index, "list"]) == 1
    assert "unknown setting FOOTNOTE_ANSWERERS" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["ask"],
        ["ask", "--since", "2024", "Why?"],
        ["ask", "--answerer", "oracle", "Why?"],
        ["search", "-k", "0", "summit"],
    ],
)
def test_a_wrong_command_line_exits_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: rag" in capsys.readouterr().err


def test_an_interrupt_exits_with_130_and_no_traceback(index: str) -> None:
    code = (
        "import _thread, signal, threading, sys; from rag.cli import main;"
        # a shell lets what it starts in the background ignore interrupts
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "threading.Timer(0.3, _thread.interrupt_main).start();"
        f"sys.exit(main(['--index', {index!r}, 'ask', 'Why?']))"
    )
    stopped = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert stopped.returncode == 130
    assert stopped.stderr == "rag: interrupted\n"


def test_a_reader_that_has_seen_enough_is_no_error(index: str) -> None:
    command = [sys.executable, "-m", "rag", "--index", index, "show", SEED]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


# -- Speed and safety ---------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["list"], ["show", SEED], ["add", str(ROOT / "seeds")]])
def test_what_needs_no_model_loads_none(command: list[str], index: str) -> None:
    code = (
        "import sys; from rag.cli import main;"
        f"assert main(['--index', {index!r}, *{command!r}]) == 0;"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'llama_index', 'gradio'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


@given(st.text(alphabet=st.characters(codec=None)))
def test_printed_text_steers_no_terminal(text: str) -> None:
    shown = printable(text)
    shown.encode("utf-8")
    assert not {c for c in shown if unicodedata.category(c) in {"Cc", "Cs"}} - {"\n", "\t"}
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(st.text(alphabet=st.characters(codec=None)), st.booleans())
def test_printed_json_steers_no_terminal_and_loses_nothing(text: str, ascii_only: bool) -> None:
    shown = json_text(text, ascii_only=ascii_only)
    assert json.loads(shown) == text
    shown.encode("ascii" if ascii_only else "utf-8")
    assert not {c for c in shown if unicodedata.category(c) in {"Cc", "Cs"}}


def test_what_is_no_control_character_is_printed_as_it_is() -> None:
    assert printable("naïve 東京 👩‍🚀 שלום\ttab\r\nline") == "naïve 東京 👩‍🚀 שלום\ttab\nline"
    assert printable("\x1b[31mred\x07\x9b0m") == "␛[31mred␇\ufffd0m"


def test_an_article_cannot_send_escape_sequences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # `put` takes texts as they are; the loader would have cleaned this one or refused it.
    hostile = "The mayor \x1b[31mopened\x9b0m a \u202ebridge\x1b]0;owned\x07 on Monday."
    path = tmp_path / "index"
    with Index.open(path) as index:
        index.put([Article("hostile\x1b[2J", hostile, title="\x1b]0;owned\x07A bridge")])
    for command in (
        ["list"],
        ["list", "--json"],
        ["show", "hostile\x1b[2J"],
        ["ask", "Who opened a bridge on Monday?"],
        ["ask", "--json", "Who opened a bridge on Monday?"],
        ["search", "bridge"],
        ["remove", "hostile\x1b[2J"],
    ):
        assert main(["--index", str(path), *command]) == 0
        printed = capsys.readouterr()
        assert "bridge" in printed.out or command[0] == "remove"
        assert not set("\x1b\x07\x9b\u202e") & set(printed.out + printed.err)


def test_output_survives_a_terminal_that_knows_only_ascii(index: str) -> None:
    listed = rag("--index", index, "list", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "\\u2026" in listed.stdout  # the ellipsis of the title
    as_json = rag("--index", index, "list", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert json.loads(as_json.stdout)[0]["title"].endswith("…")
