"""What survives a kill, what a report derives from it, and what two runs tell of each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

from eval import records
from eval.calibrate import calibrate, evaluate
from eval.compare import compare, to_markdown
from eval.judge import Judge, from_llama_index, read_verdict
from eval.records import Record
from eval.report import pieces
from eval.run import without_text
from eval.score import score_answer, score_retrieval, summarise
from eval.sets import Gold, Question, read_questions
from rag.cases import append_cases
from rag.errors import Error, InputError
from rag.feedback import Feedback
from rag.types import Answer, Citation, Passage, Sentence, Span


def record(name: str, right: float | None = None, **more: Any) -> Record:
    values = {} if right is None else {"right": right}
    return Record(id=name, kind="fact", question=f"{name}?", values=values, **more)


def answer(text: str, *, abstained: bool = False) -> Answer:
    sentence = Sentence(text, (Citation(Span("a", 0, len(text)), text, 1.0),), "supported")
    return Answer("?", "?", () if abstained else (sentence,), (), abstained, "test")


# -- Records -----------------------------------------------------------------------------


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    first = record("a", 1.0, prediction="naïve \U0001f600 \ud800", confidence=0.5)
    records.append(path, first)
    records.append(path, record("b"))
    assert records.read(path) == {"a": first, "b": record("b")}
    assert records.read(tmp_path / "missing") == {}


def test_a_torn_last_line_is_passed_over_and_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    records.append(path, record("a"))
    whole = path.read_bytes()
    path.write_bytes(whole + record("b").to_line().encode()[:30])
    assert list(records.read(path)) == ["a"]
    records.cut_torn_line(path)
    assert path.read_bytes() == whole
    records.append(path, record("c"))
    assert list(records.read(path)) == ["a", "c"]


def test_a_file_torn_in_its_first_line_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'{"id": "a"')
    assert records.read(path) == {}
    records.cut_torn_line(path)
    assert path.read_bytes() == b""


def test_damage_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text("rubbish\n" + record("a").to_line())
    with pytest.raises(InputError, match=r"answers\.jsonl, line 1"):
        records.read(path)


# -- Scores ------------------------------------------------------------------------------


def scored(
    question: Question, given: Answer | None, gold: tuple[Gold, ...] = ()
) -> dict[str, float]:
    return score_answer(
        question, given, gold, lambda claim, evidence: claim in evidence, lambda _: "Oslo"
    )


def test_an_answer_that_says_the_gold_is_right() -> None:
    question = Question(id="q", question="?", answers=("Oslo",), answerable=True)
    gold = (Gold((Span("a", 0, 4),)),)
    assert scored(question, answer("Oslo"), gold) == {
        **{"right": 1.0, "contains": 1.0, "exact": 1.0, "f1": 1.0, "declined_answerable": 0.0},
        **{"citation_recall": 1.0, "citation_precision": 1.0, "exactness": 1.0},
        **{"evidence_recall": 1.0, "evidence_precision": 1.0},
    }


def test_without_gold_of_a_kind_there_is_no_value_of_that_kind() -> None:
    unlabelled = Question(id="q", question="?")
    assert scored(unlabelled, answer("Oslo")).keys() == {
        *("citation_recall", "citation_precision", "exactness")
    }
    assert scored(unlabelled, answer("", abstained=True)) == {}
    reference = Question(id="q", question="?", answers=("word " * 40,), answerable=True)
    assert "contains" not in scored(reference, answer("Oslo"))
    assert "right" not in scored(reference, answer("Oslo"))


def test_silence_is_right_only_where_the_articles_do_not_say() -> None:
    unknown = Question(id="q", question="?", answerable=False)
    silent = answer("", abstained=True)
    expected = {"right": 1.0, "declined_unanswerable": 1.0, "exact": 1.0, "f1": 1.0}
    assert scored(unknown, silent) == expected
    assert scored(unknown, answer("Oslo"))["right"] == 0.0
    known = Question(id="q", question="?", answers=("Oslo",), answerable=True)
    values = scored(known, silent, (Gold((Span("a", 0, 4),)),))
    assert (values["right"], values["declined_answerable"], values["evidence_recall"]) == (0, 1, 0)


def test_a_false_premise_may_be_put_right_instead() -> None:
    words = ("without an agreement",)
    question = Question(id="q", question="?", answerable=False, corrections=words)
    assert scored(question, answer("It ended without an agreement."))["right"] == 1.0
    assert scored(question, answer("They signed it."))["right"] == 0.0


def test_points_must_all_be_made() -> None:
    question = Question(id="q", question="?", points=(("84",), ("97",)), answerable=True)
    values = scored(question, answer("84 million"))
    assert (values["points"], values["right"]) == (0.5, 0.0)
    assert "exact" not in values


def test_an_error_is_no_abstention() -> None:
    known = Question(id="q", question="?", answers=("Oslo",), answerable=True)
    values = scored(known, None, (Gold((Span("a", 0, 4),)),))
    assert values == {"right": 0, "contains": 0, "exact": 0, "f1": 0, "evidence_recall": 0}
    unknown = Question(id="q", question="?", answerable=False)
    assert scored(unknown, None)["declined_unanswerable"] == 0.0


def test_retrieval_is_not_scored_where_there_is_nothing_to_find() -> None:
    question = Question(id="q", question="?", answerable=False)
    found = [Passage(Span("a", 0, 4), "Oslo", 1.0)]
    assert score_retrieval(question, found, [Gold((Span("a", 0, 4),))]) == {}


def test_averages_are_of_the_questions_that_have_the_value() -> None:
    summary = summarise([record("a", 1.0), record("b", 0.0), record("c")])
    assert summary["scores"]["right"]["value"] == 0.5
    assert summary["scores"]["right"]["count"] == 2
    assert "contains" not in summary["scores"]
    assert summary["by_kind"]["fact"] == summary["scores"]


def test_the_summary_but_for_speed_does_not_depend_on_time() -> None:
    fast = record("a", 1.0, confidence=0.7, answerable=True, seconds={"whole": 0.1})
    slow = record("a", 1.0, confidence=0.7, answerable=True, seconds={"whole": 9.0})
    one, two = summarise([fast]), summarise([slow])
    assert one.pop("speed") != two.pop("speed")
    assert one == two


def test_a_published_answer_holds_no_words_of_an_article() -> None:
    passages = (Passage(Span("a", 0, 12), "secret words", 1.0),)
    whole = Answer("what?", "what?", answer("secret words").sentences, passages, False, "test")
    kept = without_text(whole.to_dict())
    assert "secret" not in json.dumps(kept)
    assert kept["passages"][0]["span"] == {"article_id": "a", "start": 0, "end": 12, "version": ""}


# -- Comparing -----------------------------------------------------------------------------


def write_run(folder: Path, *found: Record, **config: Any) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"settings": config}))
    for one in found:
        records.append(folder / "answers.jsonl", one)
    return folder


def test_flipped_questions_come_worst_first(tmp_path: Path) -> None:
    before = [record("up", 0.0), record("same", 1.0), record("down", 1.0), record("half", 1.0)]
    after = [record("half", 0.5), record("down", 0.0, abstained=True), record("same", 1.0)]
    first = write_run(tmp_path / "before", *before, record("gone"), answerer="quote")
    second = write_run(tmp_path / "after", *after, record("up", 1.0), answerer="embedded")
    result = compare(first, second)
    assert [flip.id for flip in result.flips] == ["down", "half", "up"]
    assert (result.shared, result.only_before, result.only_after) == (4, 1, 0)
    assert result.settings == (("settings.answerer", "quote", "embedded"),)
    (difference,) = result.differences
    # (1 + 0 - 1 - 0.5) / 4
    assert difference.change.value == pytest.approx(-0.125)
    assert difference.verdict == "the same"  # four questions prove nothing
    assert "**worse** down" in to_markdown(result)


def test_a_steady_loss_is_called_worse_and_of_a_cost_better(tmp_path: Path) -> None:
    def side(name: str, right: float, declined: float) -> Path:
        values = {"right": right, "declined_answerable": declined}
        found = [Record(f"q{n}", "fact", "?", values) for n in range(20)]
        return write_run(tmp_path / name, *found)

    result = compare(side("before", 1.0, 1.0), side("after", 0.0, 0.0))
    verdicts = {d.metric.name: d.verdict for d in result.differences}
    assert verdicts == {"right": "worse", "declined_answerable": "better"}


def test_a_reworded_question_is_another_question(tmp_path: Path) -> None:
    reworded = Record("a", "fact", "reworded?", {"right": 0.0})
    first = write_run(tmp_path / "before", record("a", 1.0), record("b", 1.0))
    second = write_run(tmp_path / "after", reworded, record("b", 1.0))
    result = compare(first, second)
    assert (result.shared, result.flips) == (1, ())


def test_runs_without_a_common_question_cannot_be_compared(tmp_path: Path) -> None:
    first = write_run(tmp_path / "a", record("a"))
    second = write_run(tmp_path / "b", record("b"))
    with pytest.raises(InputError, match="no question in common"):
        compare(first, second)
    with pytest.raises(InputError, match="holds no run"):
        compare(first, tmp_path)


# -- Calibrating ---------------------------------------------------------------------------


def confident(name: str, confidence: float, answerable: bool) -> Record:
    return record(name, confidence=confidence, answerable=answerable)


def test_the_threshold_by_hand() -> None:
    found = [
        *(confident(f"y{score}", score, True) for score in (0.9, 0.8, 0.6, 0.3)),
        *(confident(f"n{score}", score, False) for score in (0.7, 0.4, 0.2, 0.1)),
    ]
    # At (0.4 + 0.6) / 2 three of four are answered and three of four declined: .75.
    # At 0.75 two are answered and all declined: .75 too; the one that answers more wins.
    # At 0.25 all are answered and two declined: .75 again, and it answers most.
    result = calibrate(found)
    assert result.chosen.threshold == pytest.approx(0.25)
    assert (result.chosen.answered, result.chosen.declined) == (1.0, 0.5)
    # Of 16 pairs the answerable one wins 4 + 4 + 3 + 2 = 13.
    assert result.auroc == pytest.approx(13 / 16)
    assert len(result.steps) == 9  # 0, seven middles, above all
    held_out = evaluate(0.5, found)
    assert (held_out.answered, held_out.declined) == (0.75, 0.75)


def test_refusing_may_be_bounded() -> None:
    found = [confident("a", 0.2, True), confident("b", 0.8, True)]
    found += [confident(f"n{score}", score, False) for score in (0.3, 0.4, 0.5)]
    assert calibrate(found).chosen.answered == 0.5  # declines all three, and one of two
    bounded = calibrate(found, max_refused=0.1).chosen
    assert (bounded.answered, bounded.declined) == (1.0, 0.0)


def test_calibrating_needs_both_sides() -> None:
    with pytest.raises(InputError, match="answerable and unanswerable"):
        calibrate([confident("a", 0.5, True)])


# -- Judging -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("It says so.\nVERDICT: right", "right"),
        ("VERDICT: wrong\n", "wrong"),
        ("VERDICT: right\nOn second thoughts, no.", "unreadable"),
        ("The VERDICT: right was considered", "unreadable"),
        ("NO. yesterday", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_only_a_last_line_that_is_a_verdict_counts(reply: str, verdict: str) -> None:
    assert read_verdict(reply) == verdict


def test_the_judge_sees_question_gold_and_answer_even_with_braces_in_them() -> None:
    prompts: list[str] = []

    def reply(prompt: str) -> str:
        prompts.append(prompt)
        return "VERDICT: wrong"

    question = Question(id="q", question="{0} where?", answers=("Oslo",), answerable=True)
    assert Judge(reply).verdict(question, answer("in {Bergen}")) == "wrong"
    for words in ("{0} where?", "Oslo", "in {Bergen}", "hold an answer: yes"):
        assert words in prompts[0]
    assert Judge(reply).verdict(Question(id="q", question="?"), answer("x")) == ""


def test_any_llama_index_model_can_judge() -> None:
    class Strict(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata()

        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
            right = "Reference answers: Oslo" in prompt and "answer: Oslo" in prompt
            return CompletionResponse(text=f"Hm.\nVERDICT: {'right' if right else 'wrong'}")

        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
            raise NotImplementedError

    question = Question(id="q", question="?", answers=("Oslo",), answerable=True)
    judge = from_llama_index(Strict())
    assert judge.verdict(question, answer("Oslo")) == "right"
    assert judge.verdict(question, answer("Bergen")) == "wrong"


def test_agreement_of_the_judge_with_gold_is_reported() -> None:
    found = [
        Record("a", "", "?", {"right": 1.0, "judged": 1.0}, verdict="right"),
        Record("b", "", "?", {"right": 1.0, "judged": 0.0}, verdict="wrong"),
        Record("c", "", "?", {"right": 1.0}, verdict="unreadable"),
    ]
    judge = summarise(found)["judge"]
    assert (judge["asked"], judge["unreadable"], judge["agreement_with_gold"]) == (3, 1, 0.5)


# -- Showing and keeping -------------------------------------------------------------------


def test_a_passage_is_cut_where_citations_begin_and_end() -> None:
    passage = {"span": {"article_id": "a", "start": 100, "end": 110}, "text": "0123456789"}
    cited = [
        {"article_id": "a", "start": 90, "end": 102},
        {"article_id": "a", "start": 3, "end": 40},
        {"article_id": "a", "start": 200, "end": 240},
        {"article_id": "a", "start": 105, "end": 107},
        {"article_id": "a", "start": 106, "end": 108},
        {"article_id": "b", "start": 100, "end": 110},
    ]
    cut = [(piece.text, piece.cited) for piece in pieces(passage, cited)]
    assert cut == [("01", True), ("234", False), ("567", True), ("89", False)]
    # Gold evidence parts it as well: at 1 to 4 and from 9 on.
    gold = [
        {"article_id": "a", "start": 101, "end": 104},
        {"article_id": "a", "start": 109, "end": 200},
    ]
    both = [(piece.text, piece.cited, piece.gold) for piece in pieces(passage, cited[:1], gold)]
    assert both == [
        *(("0", True, False), ("1", True, True), ("23", False, True)),
        *(("45678", False, False), ("9", False, True)),
    ]


def test_a_disliked_answer_becomes_a_case_to_be_labelled(tmp_path: Path) -> None:
    votes = Feedback(tmp_path / "feedback.sqlite")
    votes.add(answer("Oslo"), "down", "wrong", voter="v", turn=0)
    votes.add(answer("Bergen"), "up", voter="v", turn=1)
    path = tmp_path / "mine" / "set.jsonl"
    (name,) = append_cases(path, votes.all())
    (case,) = read_questions(path)
    assert (case.id, case.kind, case.question) == (name, "disliked", "?")
    assert (case.answerable, case.answers) == (None, ())
    assert case.note == "answered: Oslo; reason: wrong"


def test_cases_already_there_are_left_as_they_were_labelled(tmp_path: Path) -> None:
    votes = Feedback(tmp_path / "feedback.sqlite")
    votes.add(answer("Oslo"), "down", voter="v", turn=0)
    path = tmp_path / "set.jsonl"
    append_cases(path, votes.all())
    path.write_text(path.read_text().replace('"answerable": null', '"answerable": false'))
    assert append_cases(path, votes.all()) == []
    assert [case.answerable for case in read_questions(path)] == [False]


def test_a_case_follows_its_vote_until_it_is_labelled(tmp_path: Path) -> None:
    votes, path = Feedback(tmp_path / "feedback.sqlite"), tmp_path / "set.jsonl"
    votes.add(answer("Oslo"), "down", voter="v", turn=0)
    (name,) = append_cases(path, votes.all())
    votes.add(answer("Oslo"), "down", "wrong citation", voter="v", turn=0)  # says why, later
    assert append_cases(path, votes.all()) == []
    (case,) = read_questions(path)
    assert (case.id, case.note) == (name, "answered: Oslo; reason: wrong citation")
    votes.add(answer("Oslo"), "up", voter="v", turn=0)
    assert append_cases(path, votes.all()) == []
    assert read_questions(path) == ()


def test_a_case_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    votes = Feedback(tmp_path / "feedback.sqlite")
    votes.add(answer("Oslo"), "down", voter="v", turn=0)
    (tmp_path / "file").write_text("")
    with pytest.raises(Error, match="could not be kept"):
        append_cases(tmp_path / "file" / "set.jsonl", votes.all())


def test_a_line_that_is_no_case_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    votes, path = Feedback(tmp_path / "feedback.sqlite"), tmp_path / "set.jsonl"
    votes.add(answer("Oslo"), "down", voter="v", turn=0)
    path.write_text('{"id": "mine", "question": "?"}\n["half"]\n')
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"set\.jsonl, line 2"):
        append_cases(path, votes.all())
    assert path.read_bytes() == before
