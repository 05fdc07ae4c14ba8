"""The reader: exact words of the passage as it was given, and the same file everywhere."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from rag.errors import InputError, SettingsError
from rag.hub_reader import HubReader
from rag.network import Network, base_folder, base_weights, load_network, save_network
from rag.reader import LONGEST, Reader, best_spans, load_reader, load_tokenizer
from training.build import EightGrams, edit_question, token_span
from training.metrics import auroc, exact_match, normalise, word_f1

ROOT = Path(__file__).parent.parent
SQUAD = ROOT.parent / "shared" / "data" / "squad"
needs_weights = pytest.mark.skipif(
    not Reader.available(), reason="the trained weights are not here"
)

# About 100 word pieces of nothing to the point.
FILLER = (
    "The bakery on the corner opens early and sells bread, cakes and coffee to the street. " * 6
)


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of MiniLM with heads that know nothing: the reading is real, the answers are not."""
    torch.manual_seed(1)
    network = Network()
    network.load_state_dict(base_weights(), strict=False)
    path = tmp_path_factory.mktemp("reader") / "reader.safetensors"
    save_network(network, path, {})
    return path


@pytest.fixture(scope="module")
def reader(untrained: Path) -> Reader:
    return Reader.load(untrained, bfloat16=False)


@pytest.fixture(scope="module")
def trained() -> Reader:
    return Reader.load()


# -- What always holds, whatever the weights -------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=40),
    st.lists(st.text(max_size=120), max_size=4),
    st.booleans(),
)
def test_offsets_are_code_points_of_the_passage_as_given(
    reader: Reader, question: str, passages: list[str], headed: bool
) -> None:
    headers = ["A title, 2025-03-01"] * len(passages) if headed else None
    readings = reader.read(question, passages, headers)
    assert len(readings) == len(passages)
    for reading, passage in zip(readings, passages, strict=True):
        assert 0 <= reading.answerable <= 1
        assert (reading.start, reading.end) == (
            (reading.found[0].start, reading.found[0].end) if reading.found else (0, 0)
        )
        places = sorted((found.start, found.end) for found in reading.found)
        assert all(0 <= start < end <= len(passage) for start, end in places)
        assert sorted(reading.found, key=lambda found: -found.score) == list(reading.found)


@pytest.mark.parametrize(
    "passage",
    [
        "Émile Zola naît à Paris.",
        "东京塔高333米。",
        "a\ud800b c",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 🎉 ok",
        "\n\n Ottawa \n",
    ],
)
def test_found_words_are_whole_words(reader: Reader, passage: str) -> None:
    [reading] = reader.read("where?", [passage])
    for found in reading.found:
        words = passage[found.start : found.end]
        assert words == words.strip()
        assert words


def test_a_passage_without_words_answers_nothing(reader: Reader) -> None:
    empty, blank = reader.read("Where?", ["", "  \n "])
    assert empty == blank
    assert (empty.start, empty.end, empty.answerable, empty.found) == (0, 0, 0.0, ())


def test_no_passages_no_readings(reader: Reader) -> None:
    assert reader.read("Where?", []) == []


def test_each_passage_needs_its_header(reader: Reader) -> None:
    with pytest.raises(InputError, match="2 passages but 1 headers"):
        reader.read("Where?", ["one", "two"], ["a title"])


def test_a_passage_reads_the_same_alone_and_among_others(reader: Reader) -> None:
    passages = ["Ottawa hosted it.", FILLER, "In June the leaders met by the lake. " * 9, "No."]
    together = reader.read("Who hosted it?", passages)
    for passage, reading in zip(passages, together, strict=True):
        [alone] = reader.read("Who hosted it?", [passage])
        assert (alone.start, alone.end) == (reading.start, reading.end)
        assert alone.answerable == pytest.approx(reading.answerable, abs=1e-4)


def test_several_threads_may_read_at_once(reader: Reader) -> None:
    passages = [f"Number {n} was built in {1900 + n}." for n in range(12)]
    questions = [f"When was number {n} built?" for n in range(6)]
    one_by_one = [reader.read(question, passages) for question in questions]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda question: reader.read(question, passages), questions))
    for first, second in zip(one_by_one, at_once, strict=True):
        assert [(r.start, r.end) for r in first] == [(r.start, r.end) for r in second]


def test_a_long_passage_is_read_to_its_end(reader: Reader) -> None:
    text = FILLER * 7
    [encoding] = reader._encode([text])
    windows = list(reader._windows("Where? " * 200, [encoding], ["A title " * 100]))
    covered = {w.begin + n for w in windows for n in range(w.length)}
    assert covered == set(range(len(encoding.ids)))
    assert max(len(window.ids) for window in windows) <= LONGEST


def test_best_spans_by_hand() -> None:
    # starts + ends: (1, 2) gives 5 + 4; what is left besides are (0, 0) 1 + 0 and (3, 3) 0 + 3.
    starts = np.array([1, 5, 0, 0], dtype=np.float32)
    ends = np.array([0, 0, 4, 3], dtype=np.float32)
    assert best_spans(starts, ends, 3) == [(1, 2, 9.0), (3, 3, 3.0), (0, 0, 1.0)]


def test_an_answer_never_ends_before_it_starts() -> None:
    starts = np.array([0, 0, 9], dtype=np.float32)
    ends = np.array([9, 0, 0], dtype=np.float32)
    assert all(first <= last for first, last, _ in best_spans(starts, ends, 3))


# -- The file of weights -----------------------------------------------------------------------


def test_the_encoder_is_minilm() -> None:
    from transformers import BertModel

    network = Network()
    network.load_state_dict(base_weights(), strict=False)
    theirs = BertModel.from_pretrained(base_folder(), add_pooling_layer=False).eval()
    ids = torch.tensor([[101, 2073, 102, 14166, 102], [101, 2040, 102, 0, 0]])
    segments = torch.tensor([[0, 0, 0, 1, 1], [0, 0, 0, 0, 0]])
    with torch.inference_mode():
        expected = theirs(
            input_ids=ids, token_type_ids=segments, attention_mask=(ids != 0).long()
        ).last_hidden_state
        for training in (True, False):
            found = network.train(training).encode(ids, segments)
            assert torch.allclose(found[ids != 0], expected[ids != 0], atol=1e-5)


def test_missing_weights_are_a_settings_error(tmp_path: Path) -> None:
    assert not Reader.available(tmp_path / "none")
    with pytest.raises(SettingsError, match="missing"):
        Reader.load(tmp_path / "none")


@pytest.mark.parametrize("content", [b"", b"not weights", b"\x00" * 4096])
def test_damaged_weights_are_a_settings_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "reader.safetensors"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="cannot be read"):
        Reader.load(path)


def test_weights_of_something_else_are_a_settings_error(tmp_path: Path, untrained: Path) -> None:
    state, path = load_file(untrained), tmp_path / "other.safetensors"
    save_file(state, path, {"format": "another"})
    with pytest.raises(SettingsError, match="of this version"):
        load_network(path)
    save_file(state, path, {"format": "footnote-reader-1", "words": "00000000"})
    with pytest.raises(SettingsError, match="another MiniLM"):
        load_network(path)


def test_a_reader_can_be_switched_off() -> None:
    assert load_reader("none") is None


# -- The reader that ships ---------------------------------------------------------------------


@needs_weights
def test_the_shipped_file_is_small() -> None:
    from rag.reader import WEIGHTS

    assert WEIGHTS.stat().st_size < 45_000_000


@needs_weights
def test_it_finds_the_words_and_knows_when_they_are_not_there(trained: Reader) -> None:
    passage = "The summit took place in Ottawa in June. Leaders of Japan and Italy took part."
    yes, no = trained.read("Where did the summit take place?", [passage, FILLER])
    assert passage[yes.start : yes.end] == "Ottawa"
    assert yes.answerable > 0.5 > no.answerable


@needs_weights
def test_it_finds_words_far_into_a_long_passage(trained: Reader) -> None:
    passage = FILLER * 6 + "The new bridge over the Tarn was opened by Anna Keller in 1987."
    [reading] = trained.read("Who opened the bridge over the Tarn?", [passage])
    assert passage[reading.start : reading.end] == "Anna Keller"


@needs_weights
@pytest.mark.parametrize("bfloat16", [False, True])
def test_what_ships_reads_like_what_was_trained(bfloat16: bool) -> None:
    """On 200 questions, in each precision, against the float32 weights before the export."""
    if not SQUAD.is_dir():
        pytest.skip("../shared/data/squad is not here")
    expected = json.loads((ROOT / "tests" / "data" / "reader-200.json").read_text("utf-8"))
    with gzip.open(SQUAD / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        articles = {row["id"]: row["text"] for row in map(json.loads, lines)}
    rows = map(json.loads, (SQUAD / "questions.jsonl").read_text("utf-8").splitlines())
    questions = {row["id"]: row for row in rows if row["id"] in expected}
    reader = Reader.load(bfloat16=bfloat16)
    same, differences = 0, []
    for key, (start, end, answerable) in expected.items():
        question = questions[key]
        passage = articles[question["articles"][0]].split("\n\n")[question["passage"]]
        [reading] = reader.read(question["question"], [passage])
        same += (reading.start, reading.end) == (start, end)
        differences.append(abs(reading.answerable - answerable))
    assert len(expected) == 200
    assert same >= 190
    assert float(np.mean(differences)) < 0.01


# -- Another model in its place ----------------------------------------------------------------


@pytest.fixture(scope="module")
def other_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A question-answering model of the transformers library, tiny and untrained."""
    from transformers import AutoTokenizer, BertConfig, BertForQuestionAnswering

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("other")
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base_folder()).save_pretrained(folder)
    return str(folder)


def test_any_question_answering_model_can_read_instead(other_model: str) -> None:
    reader = load_reader(other_model)
    assert isinstance(reader, HubReader)
    passages = ["Émile was in Ottawa.", "", FILLER * 5]
    readings = reader.read("Where? " * 100, passages, ["a", "b", "c"])
    assert readings[1].found == ()
    for reading, passage in zip(readings, passages, strict=True):
        assert all(0 <= f.start < f.end <= len(passage) for f in reading.found)
    assert readings[0].found


def test_a_model_that_is_not_there_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be loaded"):
        HubReader(str(tmp_path / "none"))


# -- The recipe --------------------------------------------------------------------------------


def test_answers_are_compared_as_squad_compares_them() -> None:
    assert normalise("The  Reds' win, a 2-1!") == "reds win 21"
    assert exact_match("the Reds", ["Reds", "Red team"]) == 1.0
    assert exact_match("", []) == 1.0
    assert exact_match("Reds", []) == 0.0
    # "big red dog" and "red cat": one word in common; precision 1/3, recall 1/2, F1 2/5.
    assert word_f1("big red dog", ["red cat"]) == pytest.approx(0.4)


def test_auroc_by_hand() -> None:
    # Of the 4 pairs the positive is above in 2, level in 1, below in 1: (2 + 0.5) / 4.
    assert auroc([3.0, 1.0, 2.0, 1.0], [True, True, False, False]) == pytest.approx(0.625)


def test_texts_that_share_eight_words_in_a_row_are_found() -> None:
    seen = EightGrams(["One two three four five six seven eight nine."])
    assert seen.shared("zero ONE two, three four five six seven eight") == 1
    assert seen.shared("two three four five six seven eight ten nine") == 0
    assert seen.shared("one two three") == 0


def test_an_edited_question_asks_something_else() -> None:
    import random

    edit = edit_question(
        "When did Marie Curie move?", "Marie Curie moved.", ["Pierre Gay"], random.Random(1)
    )
    assert edit == "When did Pierre Gay move?"
    assert edit_question("who sang", "He sang.", [], random.Random(1)) is None


def test_an_answer_is_found_among_the_tokens() -> None:
    [encoding] = load_tokenizer().encode_batch(["In Ottawa, then."], add_special_tokens=False)
    offsets = np.asarray(encoding.offsets)
    assert token_span(offsets, 3, 9) == (1, 1)
    assert token_span(offsets, 16, 20) is None
