"""The readers of public benchmarks, on small files laid out as those benchmarks are."""

from __future__ import annotations

import datetime
import gzip
import json
from pathlib import Path

import pytest

from eval.formats import paragraph_regions, read_set
from eval.sets import Relevant, SetError
from rag.errors import InputError

SHARED = Path(__file__).parent.parent / ".." / "shared" / "data"


def write_lines(path: Path, *values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def test_squad(tmp_path: Path) -> None:
    first, second = "Oslo is a city.\n\nIt lies on a fjord.", "Bergen is rainy."
    answer = {"text": "Oslo", "answer_start": 0}
    known = {"id": "1", "question": "Which city?", "answers": [answer, answer]}
    unknown = {
        "id": "2",
        "question": "Who rules Bergen?",
        "answers": [],
        "is_impossible": True,
        "plausible_answers": [answer],
    }
    paragraphs = [{"context": first, "qas": [known]}, {"context": second, "qas": [unknown]}]
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": [{"title": "Towns", "paragraphs": paragraphs}]}))
    found = read_set(path, "squad")
    (article,) = found.articles
    assert article.text == f"{first}\n\n{second}"
    one, two = found.questions
    assert (one.answers, one.answerable, one.articles) == (("Oslo",), True, (article.id,))
    assert one.relevant == (Relevant(article=article.id, start=0, end=len(first)),)
    assert (two.answers, two.answerable, two.relevant) == ((), False, ())


def test_beir(tmp_path: Path) -> None:
    write_lines(
        tmp_path / "corpus.jsonl",
        {"_id": "d1", "title": "T", "text": "red", "metadata": {}},
        {"_id": "d2", "title": "", "text": "blue"},
    )
    write_lines(
        tmp_path / "queries.jsonl", {"_id": "q1", "text": "colour"}, {"_id": "q2", "text": "x"}
    )
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t2\nq1\td2\t0\n"
    )
    found = read_set(tmp_path, "beir")
    assert [article.id for article in found.articles] == ["d1", "d2"]
    (question,) = found.questions  # q2 has no judgement and is not asked
    assert question.answerable is None  # relevance is all BEIR knows
    assert [(r.article, r.grade) for r in question.relevant] == [("d1", 2), ("d2", 0)]


def test_mtrag(tmp_path: Path) -> None:
    turns = [
        {"speaker": "user", "text": "Do they play abroad?", "metadata": {}},
        {"speaker": "agent", "text": "Yes."},
        {"speaker": "user", "text": "Where?"},
    ]
    context = {"document_id": "d1", "text": "In London.", "title": "Season", "score": 2.5}
    task = {
        "task_id": "c<::>2",
        "input": turns,
        "contexts": [context],
        "targets": [{"speaker": "agent", "text": "In London, England."}],
        "Answerability": ["ANSWERABLE"],
    }
    no_answer = {**task, "task_id": "c<::>3", "Answerability": ["UNANSWERABLE"], "contexts": []}
    chat = {**task, "task_id": "c<::>4", "Answerability": ["CONVERSATIONAL"]}
    write_lines(tmp_path / "reference.jsonl", task, no_answer, chat)
    found = read_set(tmp_path / "reference.jsonl", "mtrag")
    one, two, three = found.questions
    assert one.question == "Where?"
    assert one.history == (("user", "Do they play abroad?"), ("assistant", "Yes."))
    assert one.answers == ("In London, England.",)
    assert one.relevant == (Relevant(article="d1"),)
    assert (one.answerable, two.answerable, three.answerable) == (True, False, None)
    assert [article.text for article in found.articles] == ["In London."]


def test_realtimeqa(tmp_path: Path) -> None:
    asked = {
        "question_id": "20220701_0",
        "question_date": "2022/07/01",
        "question_source": "CNN",
        "question_sentence": "Which pair was invited?",
        "choices": ["Ireland &amp; Malta", "Sweden &amp; Finland"],
        "answer": ["1"],
        "evidence": "",
    }
    not_found = {**asked, "question_id": "20220701_1", "answer": ["0"]}
    article = {
        "url": "https://example.org/a",
        "title": "Summit",
        "text": "They invited Sweden & Finland.",
        "publish_date": "2022/06/29",
    }
    write_lines(tmp_path / "20220701_qa.jsonl", asked, not_found)
    write_lines(
        tmp_path / "20220701_gcs.jsonl",
        {"question_id": "20220701_0", "search_time": "", "search_result": [article]},
        {"question_id": "20220701_1", "search_time": "", "search_result": [article]},
    )
    found = read_set(tmp_path / "20220701_qa.jsonl", "realtimeqa")
    (only,) = found.articles
    assert only.published == datetime.date(2022, 6, 29)
    one, two = found.questions
    assert (one.answers, one.answerable) == (("Sweden & Finland",), True)
    assert (two.answers, two.answerable) == (("Ireland & Malta",), False)
    assert one.articles == two.articles == ("https://example.org/a",)
    assert one.asked == datetime.date(2022, 7, 1)


def test_the_own_format_packed_with_the_paragraph_of_each_question(tmp_path: Path) -> None:
    text = "One.\n\nTwo is here."
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": "a", "text": text, "published": "2024-01-02"}) + "\n")
    question = {"id": "q", "question": "?", "answers": ["Two"], "answerable": True}
    write_lines(tmp_path / "questions.jsonl", {**question, "articles": ["a"], "passage": 1})
    found = read_set(tmp_path)
    (asked,) = found.questions
    (region,) = asked.relevant
    assert text[region.start : region.end] == "Two is here."


def test_paragraphs_lie_between_blank_lines() -> None:
    text = "One\nline.\n\nTwo.\n \n\nThree."
    assert [text[a:b] for a, b in paragraph_regions(text)] == ["One\nline.", "Two.", "Three."]


@pytest.mark.parametrize(
    ("name", "content", "format_name", "complaint"),
    [
        ("dev.json", "{", "squad", "dev.json, line 1: not JSON"),
        ("dev.json", "{}", "squad", "dev.json: field data: missing"),
        ("r.jsonl", '{"input": []}', "mtrag", "r.jsonl, line 1: field task_id: missing"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    tmp_path: Path, name: str, content: str, format_name: str, complaint: str
) -> None:
    if format_name == "mtrag":
        content = json.dumps({"input": [{"speaker": "user", "text": "?"}]})
    (tmp_path / name).write_text(content)
    with pytest.raises(SetError) as caught:
        read_set(tmp_path / name, format_name)
    assert str(caught.value).startswith(complaint)


def test_a_folder_that_breaks_its_format_is_named_by_file_line_and_field(tmp_path: Path) -> None:
    def complaint(format_name: str, where: Path) -> str:
        with pytest.raises(InputError) as caught:
            read_set(where, format_name)
        return str(caught.value)

    assert complaint("beir", tmp_path).endswith("corpus.jsonl: No such file or directory")
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d"}\n')
    assert complaint("beir", tmp_path) == "corpus.jsonl, line 1: field text: missing"
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "text": "x"}\n')
    (tmp_path / "queries.jsonl").write_text('{"_id": "q"}\n')
    (tmp_path / "qrels").mkdir()
    grades = tmp_path / "qrels" / "test.tsv"
    grades.write_text("query-id\tcorpus-id\tscore\nq\td\tmuch\n")
    assert complaint("beir", tmp_path) == "test.tsv, line 2: field score: not a whole number"
    grades.write_text("query-id\tcorpus-id\tscore\nq\td\t1\n")
    assert complaint("beir", tmp_path) == "queries.jsonl, line 1: field text: missing"
    squad = tmp_path / "dev.json"
    squad.write_text('{"data": [{"paragraphs": [{}]}]}')
    assert complaint("squad", squad) == "dev.json, data 0, paragraph 0: field context: missing"
    squad.write_text('{"data": [7]}')
    assert complaint("squad", squad).startswith("dev.json: not of the format squad: ")
    squad.write_bytes(b"\xff\xfe")
    assert complaint("squad", squad).startswith("dev.json: not UTF-8")


def test_an_unknown_format_or_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no format is called 'trec'; there are footnote, squad"):
        read_set(tmp_path, "trec")
    with pytest.raises(InputError, match="there is nothing at"):
        read_set(tmp_path / "missing", "squad")


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not there")
def test_shared_squad_is_read_as_it_lies_there() -> None:
    found = read_set(SHARED / "squad", "squad")
    texts = {article.id: article.text for article in found.articles}
    assert (len(found.articles), len(found.questions)) == (18, 6166)
    answerable = [question for question in found.questions if question.answerable]
    assert len(answerable) == 3205
    assert {q.kind for q in answerable} == {"answerable"}
    for question in answerable:
        (region,) = question.relevant
        paragraph = texts[region.article][region.start : region.end]
        assert any(answer in paragraph for answer in question.answers)
