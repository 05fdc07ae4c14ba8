"""Training examples for the reader, from `../shared/train/reader.jsonl.xz`.

In: the reader records (question, passage, answers, doc). Out: `training/runs/examples.npz`,
token ids of every unique text, and one row an example; and `training/results/build.json`,
what was kept, what was made and what was left out.

    python -m training.build

What is made here besides the records as they are:
* retrieved negatives: the passages nearest to a question by TF-IDF that do not hold its answer;
* edited questions: a name, a number or a direction word of the question exchanged, so that the
  passage no longer answers it (the kind of unanswerable question that people write);
* candidates for `training.mine`, which keeps of them what a reader takes for answerable: more such
  edits, names, numbers and nouns of the passage itself put in, and more near passages.
Every record that shares eight words in a row with a question or passage of `../shared/data` is
left out. One document in a hundred is held out, with all its questions.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import lzma
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.reader import load_tokenizer
from training.examples import SOURCE

ROOT = Path(__file__).resolve().parent
RUNS = ROOT / "runs"
RESULTS = ROOT / "results"
SHARED = ROOT.parent.parent / "shared"
SEED = 7

# How much of each source: (share of its answerable records, share of its unanswerable ones).
SHARES = {
    "squad1_train": (1.0, 1.0),
    "squadshifts_new_wiki": (1.0, 1.0),
    "qed_nq_train": (1.0, 1.0),
    "quoref_contrast": (1.0, 1.0),
    "nq_open_oracle": (1.0, 1.0),
    "fairytaleqa": (0.6, 0.6),
    "squadshifts_amazon_reviews": (0.4, 0.4),
    "squadshifts_reddit": (0.4, 0.4),
    "qamr": (1.0, 0.0),
}
# The easier kind of unanswerable question is thinned out, for about two in five in all.
SAME_DOCUMENT_SHARE = 0.5
EDITED_SHARE = 0.16
RETRIEVED_SHARE = 0.35
# For mining: edits of a question and near passages that do not hold its answer, at most.
EDITS, NEAR = 5, 5
# With a title in front in half of the examples, a date in a quarter: both may be missing in use.
TITLE_SHARE = 0.5
DATE_SHARE = 0.25

OPPOSITES = dict(
    pair
    for a, b in (
        ("first", "last"), ("largest", "smallest"), ("most", "least"), ("before", "after"),
        ("north", "south"), ("east", "west"), ("northern", "southern"), ("eastern", "western"),
        ("highest", "lowest"), ("oldest", "youngest"), ("best", "worst"), ("more", "fewer"),
        ("increase", "decrease"), ("increased", "decreased"), ("won", "lost"), ("win", "lose"),
        ("begin", "end"), ("began", "ended"), ("start", "stop"), ("started", "stopped"),
        ("early", "late"), ("male", "female"), ("men", "women"), ("maximum", "minimum"),
        ("longest", "shortest"), ("founded", "dissolved"), ("opened", "closed"),
        ("born", "buried"), ("allowed", "forbidden"), ("allow", "forbid"), ("with", "without"),
        ("above", "below"), ("inside", "outside"), ("major", "minor"), ("higher", "lower"),
        ("public", "private"), ("largest", "smallest"), ("second", "sixth"), ("third", "ninth"),
    )
    for pair in ((a, b), (b, a))
)  # fmt: skip
WORD = re.compile(r"[a-z0-9]+")
NAME = re.compile(r"(?<=[a-z,] )((?:[A-Z][\w'-]+)(?: (?:of |the )?[A-Z][\w'-]+)*)")
NEGATABLE = re.compile(r"\b(did|does|do|was|is|were|are|can|could) (?=[a-zA-Z])")
NUMBER = re.compile(r"\b\d{1,4}\b")
NOUN = re.compile(r"\b[a-z]{4,}\b")
LEXICON = ROOT.parent / "rag" / "data" / "lexicon.tsv.gz"


def words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """The reader's records of the chosen sources, in the file's order."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["source"] in SHARES:
                yield record


class EightGrams:
    """Which texts share eight words in a row with a fixed set of texts (64-bit hashes)."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._ids: dict[str, int] = {}
        self._seen = np.unique(np.concatenate([self._hashes(text) for text in texts]))

    def _hashes(self, text: str) -> np.ndarray:
        ids = [self._ids.setdefault(word, len(self._ids) + 1) for word in words(text)]
        if len(ids) < 8:
            return np.zeros(0, dtype=np.uint64)
        row = np.asarray(ids, dtype=np.uint64)
        total = np.zeros(len(ids) - 7, dtype=np.uint64)
        for place in range(8):
            total = total * np.uint64(0x9E3779B97F4A7C15) + row[place : len(ids) - 7 + place]
            total ^= total >> np.uint64(29)
        return total

    def shared(self, text: str) -> int:
        """How many of the text's 8-grams are in the set."""
        hashes = self._hashes(text)
        at = np.searchsorted(self._seen, hashes)
        at[at == len(self._seen)] = 0
        return int((self._seen[at] == hashes).sum())


def evaluation_texts(data: Path) -> Iterator[str]:
    """Every question and article of the evaluation data."""
    for folder in sorted(data.iterdir()):
        for path in sorted(folder.glob("articles.jsonl.gz")):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                yield from (json.loads(line)["text"] for line in lines)
        for path in sorted(folder.glob("questions.jsonl")):
            with path.open(encoding="utf-8") as lines:
                yield from (json.loads(line)["question"] for line in lines)


def exchanged(question: str, match: re.Match[str], other: str) -> str:
    """The question with other words in the place of these."""
    return question[: match.start()] + other + question[match.end() :]


def edits_of(question: str, passage: str, names: Sequence[str], rng: random.Random) -> list[str]:
    """The question with one telling word exchanged, each way once, in no order.

    A name is exchanged for another of the same document (`names`), a number for a near one, a
    direction word for its opposite.
    """
    edits: list[str] = []
    for match in NAME.finditer(question):
        others = [name for name in names if name not in question and match.group() not in name]
        if others and match.group() in passage:
            other = rng.choice(others)
            edits.append(exchanged(question, match, other))
    for match in NUMBER.finditer(question):
        near = str(max(1, int(match.group()) + rng.choice((-30, -10, -3, -2, 2, 3, 10, 30))))
        edits.append(exchanged(question, match, near))
    for match in re.finditer(r"\b[a-z]+\b", question):
        if match.group() in OPPOSITES:
            other = OPPOSITES[match.group()]
            edits.append(exchanged(question, match, other))
    return edits


def edit_question(
    question: str, passage: str, names: Sequence[str], rng: random.Random
) -> str | None:
    """One of the edits, seldom a negation where there is none; None where nothing can be."""
    edits = edits_of(question, passage, names, rng)
    negated = NEGATABLE.sub(r"\1 not ", question, count=1)
    if not edits and negated != question and rng.random() < 0.3:
        edits.append(negated)
    return rng.choice(edits) if edits else None


def crossed(question: str, passage: str, nouns: set[str], rng: random.Random) -> list[str]:
    """The question with a word of the passage in the place of one like it that both have.

    Every word of such a question still stands in the passage: only reading tells that it does
    not answer. Names change with names, numbers with numbers, nouns with nouns.
    """
    edits: list[str] = []
    for pattern in (NAME, NUMBER, NOUN):
        there = [m.group() for m in pattern.finditer(passage)]
        if pattern is NOUN:
            there = [word for word in there if word in nouns]
        for match in pattern.finditer(question):
            word = match.group()
            others = sorted({o for o in there if o not in question and word not in o})
            if word in there and others:
                other = rng.choice(others)
                edits.append(exchanged(question, match, other))
    return edits


def common_nouns() -> set[str]:
    """The words that the package's word list has as nouns alone."""
    with gzip.open(LEXICON, "rt", encoding="utf-8") as lines:
        rows = (line.split("\t") for line in lines)
        return {row[0] for row in rows if row[1] == "n"}


def near_passages(
    records: Sequence[dict[str, Any]], passages: Sequence[str]
) -> Iterator[tuple[int, list[int]]]:
    """(record index, passage indices): of the 12 nearest passages those without its answer."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    model = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32, max_df=0.05)
    matrix = model.fit_transform(passages).T.tocsr()
    chosen = [index for index, record in enumerate(records) if record["answers"]]
    for begin in range(0, len(chosen), 500):
        block = chosen[begin : begin + 500]
        scores = (model.transform([records[i]["question"] for i in block]) @ matrix).tocsr()
        for row, index in enumerate(block):
            found = scores[row]
            best = found.indices[np.argsort(-found.data)[:12]]
            answers = [answer["text"].lower() for answer in records[index]["answers"]]
            good = [int(p) for p in best if not any(a in passages[p].lower() for a in answers)]
            if good:
                yield index, good


def title_of(doc: str) -> str:
    """The title that a document key holds, or an empty string."""
    kind, _, name = doc.partition(":")
    return name.replace("_", " ") if kind in {"sq", "nq", "squadshifts_new_wiki"} else ""


def header_of(doc: str, rng: random.Random) -> str:
    """What stands in front of the passage: title and date, each only sometimes."""
    title = title_of(doc) if rng.random() < TITLE_SHARE else ""
    day = f"{rng.randrange(2005, 2027)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
    date = day if rng.random() < DATE_SHARE else ""
    return " ".join(part for part in (title, date) if part)


def held_out(doc: str) -> bool:
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 100 == 0


class Texts:
    """Unique texts, each encoded once; ids are their order."""

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}

    def add(self, text: str) -> int:
        return self.ids.setdefault(text, len(self.ids))


def encode(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Token ids in one array, the bounds of each text in it, and the offsets of each token."""
    tokenizer = load_tokenizer()
    rows: list[np.ndarray] = []
    offsets: list[np.ndarray] = []
    for begin in range(0, len(texts), 2000):
        for item in tokenizer.encode_batch(
            list(texts[begin : begin + 2000]), add_special_tokens=False
        ):
            rows.append(np.asarray(item.ids, dtype=np.uint16))
            offsets.append(np.asarray(item.offsets, dtype=np.int32).reshape(-1, 2))
    bounds = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.concatenate(rows), bounds, offsets


def token_span(offsets: np.ndarray, start: int, end: int) -> tuple[int, int] | None:
    """First and last token that touch text[start:end], or None."""
    touching = np.nonzero((offsets[:, 1] > start) & (offsets[:, 0] < end))[0]
    return (int(touching[0]), int(touching[-1])) if len(touching) else None


def choose(
    records: Iterable[dict[str, Any]],
    grams: EightGrams,
    counts: Counter[str],
    rng: random.Random,
) -> Iterator[dict[str, Any]]:
    """The records to train on: the wanted share of each source, none that overlaps."""
    overlapping: dict[str, int] = {}
    for record in records:
        answered, unanswered = SHARES[record["source"]]
        if rng.random() >= (answered if record["answers"] else unanswered):
            continue
        if record.get("neg_kind") == "same_document" and rng.random() >= SAME_DOCUMENT_SHARE:
            continue
        for text in (record["question"], record["passage"]):
            if text not in overlapping:
                overlapping[text] = grams.shared(text)
        if overlapping[record["question"]]:
            counts["left out: question overlaps"] += 1
        elif overlapping[record["passage"]]:
            counts["left out: passage overlaps"] += 1
        else:
            yield record


def build(train: Path, data: Path) -> None:
    rng = random.Random(SEED)
    counts: Counter[str] = Counter()
    grams = EightGrams(evaluation_texts(data))
    records = list(choose(read_records(train), grams, counts, rng))
    nouns = common_nouns()
    names: dict[str, set[str]] = defaultdict(set)
    for record in records:
        names[record["doc"]].update(NAME.findall(record["question"]))
    passages, short = Texts(), Texts()
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    spans: list[tuple[int, int, int]] = []

    def add(question: str, passage: str, doc: str, kind: str, mined: int = 0) -> None:
        counts[kind] += 1
        header = short.add(header_of(doc, rng))
        asked, read = short.add(question), passages.add(passage)
        rows.append((asked, read, header, -1, -1, held_out(doc), mined))

    for number, record in enumerate(records, start=1):
        question, passage, doc = record["question"], record["passage"], record["doc"]
        add(question, passage, doc, record.get("neg_kind") or "answerable")
        counts[f"source {record['source']}"] += 1
        if not record["answers"]:
            continue
        answer = record["answers"][0]
        spans.append((len(rows) - 1, answer["start"], answer["start"] + len(answer["text"])))
        others = sorted(names[doc])
        if rng.random() < EDITED_SHARE:
            edited = edit_question(question, passage, others, rng)
            if edited:
                add(edited, passage, doc, "edited question")
        edits = edits_of(question, passage, others, rng) + crossed(question, passage, nouns, rng)
        for edited in rng.sample(edits, min(EDITS, len(edits))):
            add(edited, passage, doc, "candidate: edited", number)
    unique = list(passages.ids)
    for index, near in near_passages(records, unique):
        question, doc = records[index]["question"], records[index]["doc"]
        if rng.random() < RETRIEVED_SHARE:
            at = near[min(len(near) - 1, rng.randrange(6))]
            add(question, unique[at], doc, "retrieved")
        for at in near[:NEAR]:
            add(question, unique[at], doc, "candidate: near", -(index + 1))
    save(rows, spans, list(passages.ids), list(short.ids), counts)


def save(
    rows: Sequence[Sequence[int]],
    spans: Sequence[tuple[int, int, int]],
    passages: Sequence[str],
    short: Sequence[str],
    counts: Counter[str],
) -> None:
    """Encode the texts, turn answers into token spans and write both files."""
    table = np.asarray(rows, dtype=np.int32)
    passage_ids, passage_bounds, offsets = encode(passages)
    short_ids, short_bounds, _ = encode(short)
    for row, start, end in spans:
        found = token_span(offsets[table[row, 1]], start, end)
        if found:
            table[row, 3:5] = found
    answered = table[:, 3] >= 0
    lost = np.zeros(len(table), dtype=bool)
    lost[[row for row, _, _ in spans]] = True
    table = table[answered | ~lost]
    usual = table[table[:, SOURCE] == 0]
    counts["examples"] = len(usual)
    counts["of them unanswerable"] = int((usual[:, 3] < 0).sum())
    counts["held out"] = int(usual[:, 5].sum())
    RUNS.mkdir(exist_ok=True)
    (RUNS / "mined.npy").unlink(missing_ok=True)  # its row numbers are of the file before
    np.savez(
        RUNS / "examples.npz", rows=table, passage_ids=passage_ids, passage_bounds=passage_bounds,
        short_ids=short_ids, short_bounds=short_bounds,
    )  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    report = {"seed": SEED, "counts": dict(sorted(counts.items()))}
    (RESULTS / "build.json").write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, default=SHARED / "train" / "reader.jsonl.xz")
    parser.add_argument("--data", type=Path, default=SHARED / "data")
    options = parser.parse_args()
    build(options.train, options.data)
