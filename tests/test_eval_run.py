"""Runs with the real pipeline: resumed after a kill -9, refused where they do not fit, reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import CHROMIUM

from eval import records
from eval.__main__ import main
from eval.formats import read_named_set
from eval.report import show, to_html
from eval.sets import Question

ROOT = Path(__file__).parent.parent
KINDS = ("selection", "copies", "filter", "filtered-out", "off-topic")


@pytest.fixture(scope="module", autouse=True)
def outside_of_git() -> Iterator[None]:
    """A commit made while these tests run would make two runs out of one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_DIR", os.devnull)
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The articles set without its follow-ups, as a folder of the project's own format."""
    folder = tmp_path_factory.mktemp("data") / "small"
    folder.mkdir()
    question_set, _ = read_named_set("articles")
    chosen = [q for q in question_set.questions if q.kind in KINDS][::2]
    write_lines(folder / "questions.jsonl", [json.loads(q.model_dump_json()) for q in chosen])
    articles = [
        {
            "id": article.id,
            "title": article.title,
            "source": article.source,
            "published": article.published.isoformat() if article.published else None,
            "text": article.text,
        }
        for article in question_set.articles
    ]
    write_lines(folder / "articles.jsonl", articles)
    return folder


@pytest.fixture(scope="module")
def whole_run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from beginning to end."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert main(arguments(data, folder)) == 0
    return folder


def arguments(data: Path, out: Path) -> list[str]:
    return [
        *("run", "--format", "footnote", "--data", str(data), "--answerer", "quote"),
        *("--out", str(out)),
    ]


def write_lines(path: Path, values: list[Any]) -> None:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_writes_its_folder(whole_run: Path, data: Path) -> None:
    names = {path.name for path in whole_run.iterdir()}
    assert names == {*("config.json", "answers.jsonl", "metrics.json", "report.md", "report.html")}
    questions = (data / "questions.jsonl").read_text().splitlines()
    found = records.read(whole_run / "answers.jsonl")
    metrics = read_json(whole_run / "metrics.json")
    assert len(found) == len(questions) == metrics["questions"]
    assert metrics["errors"] == 0
    assert metrics["scores"]["exactness"]["value"] == 1.0
    config = read_json(whole_run / "config.json")
    assert config["set"] == "small"
    assert config["index"]["articles"] == 11
    assert "api_key" not in json.dumps(config)


def test_filters_hold(whole_run: Path) -> None:
    """What an article outside of the filter says is neither quoted nor shown."""
    question_set, _ = read_named_set("articles")
    asked = {q.id: q for q in question_set.questions}
    published = {article.id: article.published for article in question_set.articles}
    for record in records.read(whole_run / "answers.jsonl").values():
        question = asked[record.id]
        shown = [p["span"]["article_id"] for p in (record.answer or {})["passages"]]
        shown += [span["article_id"] for span in record.retrieved]
        for name in shown:
            assert allowed(question, name, published[name]), (record.id, name)


def allowed(question: Question, name: str, published: Any) -> bool:
    if question.articles and name not in question.articles:
        return False
    if question.since and (published is None or published < question.since):
        return False
    return not (question.until and (published is None or published > question.until))


def test_a_run_killed_with_minus_nine_goes_on_and_ends_in_the_same_metrics(
    data: Path, whole_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "killed"
    command = [sys.executable, "-m", "eval", *arguments(data, out)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    answers = out / "answers.jsonl"
    wait_for(lambda: answers.exists() and answers.read_bytes().count(b"\n") >= 2, process)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    assert not (out / "metrics.json").exists()
    before = answers.read_bytes()
    with answers.open("ab") as file:  # and the kill tore the line it was writing
        file.write(b'{"id": "selection-0')
    assert main(arguments(data, out)) == 0
    assert answers.read_bytes().startswith(before)
    resumed, uninterrupted = read_json(out / "metrics.json"), read_json(whole_run / "metrics.json")
    assert resumed.pop("speed") != uninterrupted.pop("speed")
    assert resumed == uninterrupted


def wait_for(condition: Any, process: subprocess.Popen[bytes], seconds: float = 200) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < end, "the run answered nothing"
        time.sleep(0.05)


def test_a_finished_run_asks_nothing_again(whole_run: Path, data: Path) -> None:
    before = (whole_run / "answers.jsonl").read_bytes()
    assert main(arguments(data, whole_run)) == 0
    assert (whole_run / "answers.jsonl").read_bytes() == before


def test_a_folder_of_another_run_is_refused(
    whole_run: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments(data, whole_run), "--limit", "3"]) == 1
    error = capsys.readouterr().err
    assert "holds another run (it differs in limit, questions" in error
    assert error.count("\n") == 1


def test_a_figure_under_its_limit_fails_the_command(
    whole_run: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments(data, whole_run), "--fail-under", "exactness=1.0"]) == 0
    assert main([*arguments(data, whole_run), "--fail-under", "hit@1=1.01"]) == 3
    assert "under 1.01" in capsys.readouterr().err
    assert main([*arguments(data, whole_run), "--fail-under", "wit=1"]) == 1
    assert "no figure is called 'wit'" in capsys.readouterr().err


def test_a_run_keeps_no_words_of_articles_where_it_is_told_so(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "offsets"
    assert main([*arguments(data, out), "--limit", "3", "--offsets-only"]) == 0
    for record in records.read(out / "answers.jsonl").values():
        assert (record.question, record.prediction, record.gold) == ("", "", ())
        assert not {"text", "query", "question"} & (record.answer or {}).keys()
        assert record.values


def test_ranking_alone_scores_retrieval_alone(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "ranking"
    assert main([*arguments(data, out), "--limit", "6", "--retrieval-only"]) == 0
    metrics = read_json(out / "metrics.json")
    assert "hit@1" in metrics["scores"]
    assert "right" not in metrics["scores"]


def test_calibrating_a_run_writes_the_threshold_and_its_curve(
    whole_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "threshold.json"
    assert main(["calibrate", str(whole_run), "--out", str(out)]) == 0
    values = read_json(out)
    assert 0 <= values["threshold"] <= 1
    assert {"threshold", "answered", "declined"} == values["curve"][0].keys()
    assert "other_half" in values
    assert "<svg" in out.with_suffix(".html").read_text()


def test_comparing_a_run_with_itself_finds_nothing(
    whole_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(whole_run), str(whole_run)]) == 0
    printed = capsys.readouterr().out
    assert "## 0 flipped, 0 of them for the worse" in printed
    assert "| better |" not in printed


def test_official_scores_of_a_file_of_predictions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"id": "1", "question": "?", "answers": [{"text": "Oslo", "answer_start": 0}]}
    unknown = {"id": "2", "question": "?", "answers": [], "is_impossible": True}
    paragraph = {"context": "Oslo is a city.", "qas": [known, unknown]}
    dev = {"data": [{"title": "", "paragraphs": [paragraph]}]}
    (tmp_path / "dev.json").write_text(json.dumps(dev))
    (tmp_path / "said.json").write_text(json.dumps({"1": "the Oslo", "2": "Bergen"}))
    assert main(["squad", str(tmp_path / "dev.json"), str(tmp_path / "said.json")]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["exact"], scores["HasAns_f1"], scores["NoAns_f1"]) == (50.0, 100.0, 0.0)


# -- The page --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_has_no_error_and_asks_for_nothing_outside(
    whole_run: Path, browser: Any, scheme: str
) -> None:
    url = (whole_run / "report.html").as_uri()
    complaints: list[str] = []
    requests: list[str] = []
    page = browser.new_page(color_scheme=scheme)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url)
    page.wait_for_load_state("networkidle")
    assert page.locator("figure svg").count() == 3
    assert page.locator(".card").count() == 4
    # Each question opens to its answer, the words cited and the gold, without any script.
    first = page.locator("details.question:has(blockquote)").first
    assert not first.locator("blockquote").first.is_visible()
    first.locator("summary").first.click()
    assert first.locator("blockquote").first.is_visible()
    first.locator("details.inner summary").last.click()
    assert first.locator("mark").first.is_visible()
    # What was right can be hidden, without a script.
    wrong, right = page.locator("details.question.wrong"), page.locator("details.question.right")
    page.get_by_label("Only what went wrong").check()
    assert not right.first.is_visible()
    assert [wrong.nth(n).is_visible() for n in range(wrong.count())] == [True] * wrong.count()
    assert complaints == []
    assert [request for request in requests if not request.startswith("data:")] == [url]
    page.close()


def test_the_report_passes_an_accessibility_check(whole_run: Path, browser: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto((whole_run / "report.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
        context.close()


def test_hostile_words_stay_words_in_the_report(whole_run: Path) -> None:
    config, metrics = read_json(whole_run / "config.json"), read_json(whole_run / "metrics.json")
    record = next(iter(records.read(whole_run / "answers.jsonl").values()))
    evil = "<script>alert(1)</script><img src=//evil.example/x>{{ 7 * 7 }}"
    hostile = records.Record(
        id=evil,
        kind=evil,
        question=evil,
        values={},
        prediction=evil,
        gold=(evil,),
        answer={**(record.answer or {}), "text": evil},
        verdict=evil,
    )
    page = to_html(config, metrics, [hostile])
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    assert show(hostile).outcome == "open"
