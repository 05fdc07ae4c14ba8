"""A copy has the marks that say how it is meant: a question, or another's words, is no fact."""

from __future__ import annotations

import pytest

from rag.cite import cite_sentence
from rag.cite.markers import DraftSentence
from rag.types import Passage, Sentence, Span
from tests.test_cite_pairs import Convinced, action


def shown(claim: str, text: str) -> Sentence | None:
    there = [Passage(Span("a", 0, len(text)), text, 0.0)]
    sentence, _ = cite_sentence(DraftSentence(claim), there, Convinced())
    return sentence


STOLEN = "The election was stolen."
MANY = " ".join(f"We saw the town of {number} towers there." for number in range(20, 50))
LEE = "Mr Lee spoke for an hour in Paris."


@pytest.mark.parametrize(
    "text",
    [
        f"{LEE} “{STOLEN}” He then left the stage.",
        f'{LEE} "{STOLEN}" He then left the stage.',
        f"{LEE} ‘{STOLEN}’ He then left the stage.",
        f"{LEE} «{STOLEN}» He then left the stage.",
        f"{LEE} ‹{STOLEN}› He then left the stage.",
        f"{LEE} 「{STOLEN}」 He then left the stage.",
        f"{LEE} 『{STOLEN}』 He then left the stage.",
        f'{LEE}\u00a0"{STOLEN}"\u00a0He then left the stage.',
        f'{LEE} He said:\u00a0"{STOLEN}" Nobody agreed.',
        f"{LEE} “I know it. {STOLEN} Nobody helped.” He then left the stage.",
        f"{LEE} “{MANY} {STOLEN} {MANY}” He then left the stage.",
        f"{LEE}\n\n“Nobody helped us. {STOLEN} I know it.\n\n“We lost.” He left.",
        f"{LEE}\n\n“{STOLEN}\n\n“Nobody helped us.” He then left the stage.",
    ],
)
def test_the_words_of_another_are_not_kept_as_the_articles(text: str) -> None:
    assert action(STOLEN, text) != "kept"
    sentence = shown(STOLEN, text)
    assert sentence is None or sentence.text[0] in '“"‘«‹「『' or "said" in sentence.text


@pytest.mark.parametrize(
    "claim",
    ["The vaccine causes autism.", "The vaccine causes autism", "The vaccine causes autism!"],
)
def test_a_question_is_neither_kept_as_a_fact_nor_quoted(claim: str) -> None:
    assert shown(claim, "The vaccine causes autism? Doctors say there is no link.") is None
    assert shown(claim, "“The vaccine causes autism?” Doctors say there is no link.") is None
    assert shown(claim, "The vaccine causes autism?! Doctors say there is no link.") is None


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("He left in 2019.", '"We won in 2019" was the title. He left in 2019. "Ok."'),
        (f"“{STOLEN}”", f"{LEE} “{STOLEN}” He then left the stage."),
        (f'"{STOLEN}"', f"{LEE} “{STOLEN}” He then left the stage."),
        (f'"{STOLEN}"', f"{LEE} “I know it. {STOLEN} Nobody helped.” He left."),
        (f"“{STOLEN}", f"{LEE} “{STOLEN} Nobody helped.” He left."),
        (f"“{STOLEN}”", f"{LEE} “{MANY} {STOLEN} {MANY}” He left."),
        ("Police said: “We won the case.”", "Police said: “We won the case.” They left."),
        (LEE, f"“I know it.” {LEE} “{STOLEN}” He then left the stage."),
        ("The “dotard” left Hanoi.", "The “dotard” left Hanoi. “I know it.”"),
        ("He grew up in the '90s.", "He grew up in the '90s. They don't know."),
        ("The screen is 12 inches wide.", 'The screen is 12 inches wide. It was 12" once.'),
    ],
)
def test_a_copy_with_its_marks_is_kept(claim: str, text: str) -> None:
    sentence = shown(claim, text)
    assert action(claim, text) == "kept"
    assert sentence is not None
    assert sentence.text == claim


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ("Police said 12 people died.", "Police said “12 people died.”"),
        ("12 people died.", "Police said “12 people died.”"),
        ("12 people died.", "“12 people died,” police said."),
    ],
)
def test_what_somebody_is_named_as_saying_is_judged_as_before(claim: str, text: str) -> None:
    assert action(claim, text) == "kept"
