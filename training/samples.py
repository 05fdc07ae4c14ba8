"""Ten readings of each kind, drawn with a fixed seed, in full: `python -m training.samples`.

In: the readings of squad that `training.evaluate` kept. Out: `training/results/squad-samples.md`.
Drawn from the second half, at the threshold fitted on the first.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence

from rag.chunk import split_sentences
from training.evaluate import (
    RESULTS,
    RUNS,
    Case,
    Row,
    best_threshold,
    load,
    revive,
    split,
    squad_cases,
)
from training.metrics import word_f1

SEED = 7
EACH = 10
HEAD = """# Readings of SQuAD 2.0 questions, drawn at random

Ten of each kind from the second half of `../shared/data/squad`, seed 7, none left out. The
paragraph that belongs to the question was given. In bold the words the reader found. Questions and
quoted sentences: SQuAD 2.0, Rajpurkar and others, 2018, CC BY-SA 4.0.
"""


def kind(case: Case, threshold: float) -> str:
    """What became of a question at a threshold."""
    answers, answerable, text, score = case
    if score < threshold:
        return "Wrongly refused" if answerable else "Rightly refused"
    if not answerable:
        return "Answered although the paragraph does not say"
    return "Right" if word_f1(text, answers) >= 0.5 else "Wrong words"


def sample(rows: Sequence[Row], cases: Sequence[Case], threshold: float) -> Iterator[str]:
    kinds = [kind(case, threshold) for case in cases]
    articles, questions = load("squad")
    by_id = {question["id"]: question for question in questions}
    for name in sorted(set(kinds)):
        chosen = [i for i, k in enumerate(kinds) if k == name]
        yield f"\n## {name} ({len(chosen)} of {len(cases)})\n"
        for i in sorted(random.Random(SEED).sample(chosen, min(EACH, len(chosen)))):
            question = by_id[rows[i]["id"]]
            article = articles[question["articles"][0]]
            passage = article.text.split("\n\n")[question["passage"]]
            gold = " / ".join(dict.fromkeys(question["answers"])) or "(the paragraph does not say)"
            asked, found = question["question"].strip(), marked(passage, rows[i])
            yield f"- {asked}  \n  {found}  \n  Gold: {gold}"


def marked(passage: str, row: Row) -> str:
    """The sentence of the words found, with these in bold."""
    reading = revive(row["readings"][0])
    for start, end in split_sentences(passage):
        if start <= reading.start < end:
            stop = min(reading.end, end)
            before, words = passage[start : reading.start], passage[reading.start : stop]
            return " ".join(f"“{before}**{words}**{passage[stop:end]}”".split())
    return "(nothing found)"


if __name__ == "__main__":
    kept = (RUNS / "readings-squad-footnote-reader.jsonl").read_text("utf-8").splitlines()
    every = [json.loads(line) for line in kept]
    first, second = split(every, squad_cases(every))
    lines = sample(split(every, every)[1], second, best_threshold(first))
    (RESULTS / "squad-samples.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
