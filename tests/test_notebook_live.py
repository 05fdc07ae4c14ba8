"""In a notebook: passages, articles, an index and a run show themselves; a stream shows live."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from eval.notebook import open_run
from rag import Answer, Article, ArticleInfo, Articles, Assistant, Done, Passages, Rewritten, Stream
from rag.errors import InputError, ModelUnavailable
from rag.notebook import load_ipython_extension

ROOT = Path(__file__).parent.parent
SEED = "000_f7661af205ce43e5.txt"
RUN = ROOT / "eval" / "results" / "seed-quote"
WHY = "Why did the Hanoi summit end without an agreement?"
REASON = "differences over sanctions relief and denuclearisation steps"


# -- Rows ---------------------------------------------------------------------------------


def test_passages_are_a_tuple_that_shows_where_each_is_from(seed_assistant: Assistant) -> None:
    passages = seed_assistant.retrieve("sanctions relief", k=2)
    assert isinstance(passages, tuple)
    assert passages == tuple(passages)
    shown = passages._repr_html_()
    assert shown.count("<li>") == 2
    assert shown.count('<time datetime="2024-07-26">') == 2
    assert passages[0]._repr_html_().count("<li>") == 1
    assert pickle.loads(pickle.dumps(passages)).articles == passages.articles


def test_passages_as_a_table_hold_the_offsets_of_their_words(seed_assistant: Assistant) -> None:
    passages = seed_assistant.retrieve("sanctions relief", k=2)
    frame = passages.to_pandas()
    assert list(frame["rank"]) == [1, 2]
    for row in frame.itertuples():
        assert seed_assistant.article(row.article).text[row.start : row.end] == row.text
    assert str(frame["published"].max().date()) == "2024-07-26"
    assert list(Passages().to_pandas().columns) == list(frame.columns)


def infos(count: int) -> Articles:
    articles = [Article(f"a{n}", f"text {n}", published="2024-01-02") for n in range(count - 1)]
    articles.append(Article("<b>", "x", title="<script>alert(1)</script>"))
    return Articles(
        ArticleInfo(a.id, a.title, a.source, a.published, a.version, len(a.text)) for a in articles
    )


def test_articles_are_a_list_that_shows_as_a_table() -> None:
    shown = infos(2)._repr_html_()
    assert shown.count("<tr>") == 3
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "and 10 more" in infos(60)._repr_html_()
    frame = infos(2).to_pandas()
    assert list(frame.columns) == ["id", "title", "source", "published", "version", "length"]
    assert frame[frame.published >= "2024-01-01"].id.tolist() == ["a0"]


def test_an_index_shows_what_it_holds(seed_assistant: Assistant) -> None:
    shown = seed_assistant.index._repr_html_()
    assert "<strong>Index in memory</strong>" in shown
    assert "1 article, published 2024-07-26" in shown
    assert seed_assistant._repr_html_() == shown


def test_a_run_shows_its_figures_and_gives_a_row_a_question() -> None:
    run, metrics = open_run(RUN), json.loads((RUN / "metrics.json").read_text())
    right = metrics["scores"]["right"]
    assert f">{right['value']:.3f}</td>" in run._repr_html_()
    frame = run.to_pandas()
    assert len(frame) == len(run.records) == metrics["questions"]
    assert frame["right"].mean() == pytest.approx(right["value"])
    assert frame["right"].count() == right["count"]
    with pytest.raises(InputError, match="no finished run"):
        open_run(ROOT)


def test_without_pandas_the_table_says_what_to_install() -> None:
    # In a process of its own: here pandas is loaded already, by the tests above.
    script = (
        "import sys; sys.modules['pandas'] = None\n"
        "import rag\n"
        "try: rag.Articles().to_pandas()\n"
        "except rag.InputError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "to_pandas() needs pandas: run `pip install pandas`"


# -- A stream -----------------------------------------------------------------------------


def test_a_stream_knows_its_answer_once_it_is_read(seed_assistant: Assistant) -> None:
    stream = seed_assistant.stream(WHY)
    assert next(stream) == Rewritten(WHY)
    assert REASON in stream.answer.text
    assert stream.answer is stream.answer
    assert list(stream) == []


def test_a_closed_stream_stops_its_source_and_has_no_answer(seed_assistant: Assistant) -> None:
    closed: list[bool] = []

    def events() -> Iterator[Any]:
        try:
            yield Rewritten(WHY)
            yield Done(seed_assistant.ask(WHY))
        finally:
            closed.append(True)

    stream = Stream(events())
    next(stream)
    stream.close()
    assert closed == [True]
    with pytest.raises(InputError, match="closed before its answer"):
        _ = stream.answer


def test_an_error_thrown_into_a_stream_reaches_its_source(seed_assistant: Assistant) -> None:
    stream = seed_assistant.stream(WHY)
    next(stream)
    with pytest.raises(KeyboardInterrupt):
        stream.throw(KeyboardInterrupt)
    with pytest.raises(StopIteration):
        next(stream)


def test_in_a_terminal_a_stream_writes_its_text(
    seed_assistant: Assistant, capsys: pytest.CaptureFixture[str]
) -> None:
    stream = seed_assistant.stream(WHY)
    stream._ipython_display_()
    assert capsys.readouterr().out == f"{stream.answer.text}\n"
    seed_assistant.stream("Who is the president of France?")._ipython_display_()
    assert capsys.readouterr().out == "The articles do not say.\n"


def test_in_a_notebook_a_stream_that_fails_says_so_and_keeps_its_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # the kernel finds the package of this checkout
    source = """
from rag import Delta, ModelUnavailable, Rewritten, Stream

def events():
    yield Rewritten("Why?")
    yield Delta("It failed <early>.")
    raise ModelUnavailable("the model is away")

Stream(events())
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
    client.execute()
    card, traceback, *_ = notebook.cells[0].outputs
    assert "It failed &lt;early&gt;." in card["data"]["text/html"]
    assert "<em>Failed.</em>" in card["data"]["text/html"]
    assert traceback["ename"] == ModelUnavailable.__name__


class Shown(NotebookClient):
    """Runs a notebook and keeps all that a cell showed, one thing in place of another."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        super().__init__(notebook, timeout=120, kernel_name="python3")
        self.cards: list[str] = []

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] in ("display_data", "update_display_data"):
            self.cards.append(msg["content"]["data"].get("text/html", ""))
        return super().process_message(msg, cell, cell_index)


def test_in_a_notebook_the_card_of_a_stream_grows_until_it_is_the_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    source = f"""
import rag
assistant = rag.Assistant.from_sources([{str(ROOT / "seeds")!r}], answerer="quote")
stream = assistant.stream({WHY!r})
stream
"""
    client = Shown(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]))
    client.execute()
    first, *between, last = client.cards
    assert "Searching" in first
    assert any("Reading" in card for card in between)
    chip = 'class="footnote-chip"'
    assert any(REASON in card and chip not in card for card in between)
    assert REASON in last
    assert chip in last


# -- %%ask --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shell(seed_assistant: Assistant) -> Any:
    from IPython.testing.globalipapp import get_ipython

    started = get_ipython()
    load_ipython_extension(started)
    started.user_ns |= {"assistant": seed_assistant, "other": seed_assistant}
    return started


def test_the_ask_cell_shows_the_answer_and_keeps_it(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run_cell_magic("ask", "--into kept", f"{WHY}\n") is None
    assert isinstance(shell.user_ns["kept"], Answer)
    assert REASON in shell.user_ns["kept"].text
    assert capsys.readouterr().out == f"{shell.user_ns['kept'].text}\n"


def test_the_ask_line_gives_the_answer_as_a_value(shell: Any) -> None:
    told = shell.run_line_magic("ask", "What's Trump's claim -- about \"letters\"?")
    assert told.question == "What's Trump's claim -- about \"letters\"?"
    assert REASON in shell.run_line_magic("ask", f"--answerer quote --until=2024-07-26 {WHY}").text


def test_options_say_which_articles_may_answer(shell: Any) -> None:
    for options in ("other --until 2024-07-25", "--since 2024-07-27"):
        shell.run_cell_magic("ask", f"{options} --into kept", WHY)
        assert shell.user_ns["kept"].abstained
    assert not shell.run_line_magic("ask", f"--articles {SEED} {WHY}").abstained


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nobody", "there is no variable 'nobody'"),
        ("--since yesterday", "not a date"),
        ("--answerer oracle", "invalid choice: 'oracle'"),
        ("--colour red", "`%%ask\\?` lists"),
    ],
)
def test_a_wrong_ask_says_what_is_wrong(shell: Any, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        shell.run_cell_magic("ask", line, WHY)
