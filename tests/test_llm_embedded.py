"""The embedded model, for real: SmolLM2 in this process."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from rag.errors import ModelOutput, ModelTimeout, ModelUnavailable
from rag.llm import Draft, Drafter, EmbeddedModel, Message
from rag.llm.embedded import find_model
from rag.types import Usage

CAPITAL = [Message("user", "What is the capital of France? Answer in one sentence.")]
LONG = [Message("user", "The summit of 2019 was held in Hanoi. " * 110 + "Tell me all about it.")]


@pytest.fixture(scope="module")
def model() -> EmbeddedModel:
    return EmbeddedModel()


def drain(draft: Draft) -> tuple[str, Usage]:
    text = ""
    while True:
        try:
            text += next(draft)
        except StopIteration as stop:
            return text, stop.value


def test_it_answers_and_says_what_it_cost(model: EmbeddedModel) -> None:
    text, usage = drain(model.draft(CAPITAL, max_tokens=60))
    assert "Paris" in text
    assert usage.prompt_tokens > model.count_tokens(CAPITAL[0].content)  # the template adds some
    assert 0 < usage.completion_tokens <= 60


def test_it_is_a_drafter_with_a_name(model: EmbeddedModel) -> None:
    assert isinstance(model, Drafter)
    assert model.name.startswith("SmolLM2-135M-Instruct")
    assert model.context_tokens == 2048


def test_the_same_question_gets_the_same_draft(model: EmbeddedModel) -> None:
    first = drain(model.draft(CAPITAL, max_tokens=60))
    drain(model.draft([Message("user", "Say hello.")], max_tokens=60))
    assert drain(model.draft(CAPITAL, max_tokens=60)) == first


def test_tokens_are_counted_by_its_own_tokenizer(model: EmbeddedModel) -> None:
    # SmolLM2 splits numbers into digits: "2", "0", "1", "9"
    assert model.count_tokens("2019") == 4
    assert model.count_tokens("") == 0


def test_a_stop_text_ends_the_draft(model: EmbeddedModel) -> None:
    whole, _ = drain(model.draft(CAPITAL, max_tokens=60))
    text, _ = drain(model.draft(CAPITAL, max_tokens=60, stop=[" Paris"]))
    assert text == whole.split(" Paris")[0]


def test_a_draft_cut_at_its_limit_is_an_error_after_its_text(model: EmbeddedModel) -> None:
    draft = model.draft([Message("user", "Tell me a long story.")], max_tokens=8)
    pieces: list[str] = []
    with pytest.raises(ModelOutput, match="limit of 8 tokens"):
        pieces.extend(draft)
    assert "".join(pieces)


def test_a_prompt_beyond_its_context_is_refused(model: EmbeddedModel) -> None:
    too_long = [Message("user", "word " * 3000)]
    with pytest.raises(ModelUnavailable, match="fewer passages"):
        drain(model.draft(too_long, max_tokens=8))


def test_closing_stops_it_within_a_second_even_while_it_reads(model: EmbeddedModel) -> None:
    draft = model.draft(LONG, max_tokens=200)
    assert next(draft) == ""  # still at work on the prompt
    started = time.monotonic()
    draft.close()
    closed = time.monotonic() - started
    drain(model.draft(CAPITAL, max_tokens=60))  # the slot is free
    assert closed < 2  # one batch of the prompt: 0.3 s where the machine is idle


def test_drafts_of_several_threads_take_turns(model: EmbeddedModel) -> None:
    alone, _ = drain(model.draft(CAPITAL, max_tokens=60))
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(drain(model.draft(CAPITAL, max_tokens=60))[0]))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert texts == [alone] * 3


def test_a_draft_that_takes_too_long_is_given_up() -> None:
    impatient = EmbeddedModel(total_seconds=0.3)
    impatient.load()
    with pytest.raises(ModelTimeout):
        drain(impatient.draft(LONG, max_tokens=200))


def test_it_prints_nothing(model: EmbeddedModel, capfd: pytest.CaptureFixture[str]) -> None:
    EmbeddedModel().load()
    drain(model.draft(CAPITAL, max_tokens=60))
    assert capfd.readouterr() == ("", "")


def test_a_missing_or_broken_file_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no model file"):
        EmbeddedModel(tmp_path / "none.gguf").load()
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(ModelUnavailable, match=r"could not load .*broken\.gguf"):
        EmbeddedModel(broken).load()


def test_the_packaged_model_is_found_without_importing_its_package() -> None:
    assert find_model().suffix == ".gguf"
