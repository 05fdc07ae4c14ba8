"""The verdict on claims about the seed article: what it does not say is never supported."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunk import split_sentences
from rag.cite import Check, EmbeddingScorer, check
from rag.embed import load_embedder
from tests.conftest import SEED, SEEDS

TEXT = (SEEDS / SEED).read_text("utf-8").partition("Louise Thomas Editor")[2].strip()
SENTENCES = [TEXT[start:end] for start, end in split_sentences(TEXT)]
PUBLISHED = datetime.date(2024, 7, 26)


@pytest.fixture(scope="module")
def scorer() -> EmbeddingScorer:
    return EmbeddingScorer(load_embedder())


def sentence_with(words: str) -> str:
    return next(sentence for sentence in SENTENCES if words in sentence)


def judge(claim: str, words: str, similarity: float) -> Check:
    """The verdict on a claim from the one sentence of the article that has these words."""
    evidence = sentence_with(words)
    return check(claim, evidence, similarity=similarity, published=PUBLISHED, context=TEXT)


@pytest.mark.parametrize(
    "evidence", ["If it rains, the Reds will win.", "The Reds will win if it rains."]
)
def test_what_depends_on_a_condition_is_not_claimed_without_it(evidence: str) -> None:
    assert check("The Reds will win.", evidence, similarity=1.0).verdict == "partly"


PARAPHRASES = {
    "abruptly": [
        "The Hanoi summit ended without an agreement because of differences over sanctions relief "
        "and denuclearisation steps.",
        "The 2019 summit in Hanoi ended abruptly with no agreement.",
        "Engagement declined after the Hanoi summit in 2019.",
    ],
    "At the 2018": [
        "In 2018 in Singapore they signed a statement on the denuclearisation of the Korean "
        "Peninsula.",
        "At the Singapore summit, they agreed to work towards denuclearising the Korean Peninsula.",
    ],
    "dotard": [
        "KCNA called his envoys gangsters.",
        'Trump threatened to unleash "fire and fury".',
        "Mr Kim tested nuclear weapons in 2017.",
    ],
    "stinging": [
        "North Korea rebuked Donald Trump for flaunting his relations with Kim Jong-un.",
    ],
    "Speaking at": [
        "Trump spoke at the Republican National Convention in Milwaukee.",
        "In July 2024 Trump spoke at the Republican National Convention in Milwaukee.",
    ],
    "exchanging": [
        "Trump claimed that he and Kim had been exchanging letters.",
        "Mr Trump has claimed that he and Mr Kim had fallen in love.",
    ],
    "Joe Biden": [
        "Joe Biden took over as president from Donald Trump in early 2021.",
        "Joe Biden became president in 2021.",
        "Washington conducts regular defensive drills in the Korean Peninsula.",
    ],
    "historic": ["Summits were held in Singapore and Hanoi."],
    "state-run Korean": [
        "The Korean Central News Agency is run by the state.",
        "KCNA ran an editorial.",
    ],
    "complicated": ["Kim Jong-un and Donald Trump had a complicated relationship."],
    "shaking": ["Trump shook hands with Kim in Hanoi in February 2019."],
    "no substantial": [
        "The news agency said Trump's attempt brought no substantial positive change.",
    ],
    "rejected the idea": [
        "It rejected the idea that Trump's first presidency had a substantial impact on relations "
        "with North Korea.",
    ],
    "No matter": ["The state news agency said the political climate does not change."],
}


@pytest.mark.parametrize(
    ("words", "claim"), [(words, claim) for words, found in PARAPHRASES.items() for claim in found]
)
def test_a_true_paraphrase_is_supported(words: str, claim: str, scorer: EmbeddingScorer) -> None:
    (similarity,) = scorer.score([(claim, sentence_with(words))])
    verdict = judge(claim, words, similarity)
    assert verdict.verdict == "supported", verdict.reason


# True, but the words leave it open whom "him" means, or a synonym is not known: a quotation is
# shown in their place, which loses nothing but the wording.
OPEN = {
    "dotard": ['KCNA called Trump a "dotard".'],
    "Panmunjom": ["Kim Jong-un and Donald Trump met in Panmunjom in 2019."],
    "Joe Biden": ["Biden succeeded Trump as president in 2021."],
}


@pytest.mark.parametrize(
    ("words", "claim"), [(words, claim) for words, found in OPEN.items() for claim in found]
)
def test_a_claim_that_goes_further_is_partly_supported(words: str, claim: str) -> None:
    assert judge(claim, words, 0.7).verdict == "partly"


FALSEHOODS = {
    "abruptly": [
        "The Hanoi summit ended with an agreement.",
        "The 2018 Hanoi summit ended abruptly without an agreement.",
        "The Hanoi summit ended without an agreement because of differences over human rights.",
        "The engagement increased after the 2019 Hanoi summit ended without an agreement.",
        "The engagement declined before the 2019 Hanoi summit ended without an agreement.",
        "The engagement declined after the 2019 Singapore summit ended without an agreement.",
        "The engagement did not decline after the 2019 Hanoi summit.",
    ],
    "Joe Biden": [
        "Kim Jong-un took over as president from Mr Trump in early 2021.",
        "Donald Trump took over as president from Joe Biden in early 2021.",
        "Joe Biden took over as president from Mr Trump in early 2020.",
        "Washington deepended ties with North Korea and Japan.",
        "Washington deepended ties with South Korea and China.",
        "Washington weakened ties with South Korea and Japan.",
        "Washington engaged directly with the Kim regime.",
        "Japan and South Korea are conducting nuclear tests in the Korean Peninsula.",
        "Emmanuel Macron is the president of France.",
        "Kim Jong-un is the president of the United States.",
    ],
    "dotard": [
        "Mr Kim threatened to unleash fire and fury on Mr Trump.",
        "Mr Trump tested a series of nuclear weapons in 2017.",
        "Mr Trump called Mr Kim a dotard.",
        "KCNA called Kim Jong-un a dotard.",
        "Mr Kim tested a series of nuclear weapons in 2007.",
        "Mr Kim tested a series of chemical weapons in 2017.",
        "KCNA called his envoys heroes.",
        "North Korea has 11 nuclear warheads.",
    ],
    "At the 2018": [
        "At the 2018 summit in Paris, they signed a statement.",
        "At the 2018 summit in Singapore, they refused to sign a statement.",
        "At the 2018 summit in Singapore, they signed a peace treaty.",
        "They agreed to work against the denuclearisation of the Korean Peninsula.",
    ],
    "stinging": [
        "North Korea said it cares about the Republican.",
        "Donald Trump delivered a stinging rebuke to North Korea.",
        "South Korea delivered a stinging rebuke to Donald Trump.",
        "Melania Trump flaunted her friendly relations with Kim Jong-un.",
    ],
    "rejected the idea": [
        "Mr Trump’s first presidency had a substantial impact on US-North Korea relations.",
        "Trump rejected the idea that North Korea had a substantial impact.",
    ],
    "no interest": ["It is interested in talking to a possible second Trump administration."],
    "historic": [
        "The summits were held in Singapore and Milwaukee.",
        "They held three summits in Singapore and Hanoi.",
    ],
    "Speaking at": [
        "The Republican National Convention took place in Milwaukee last month.",
        "The Democratic National Convention took place in Milwaukee last week.",
        "Mr Kim spoke at the Republican National Convention in Milwaukee.",
        "The summits were held in Milwaukee.",
    ],
    "exchanging": [
        "Mr Trump and Mr Kim had been exchanging letters.",
        "Biden claimed that he and Mr Kim had been exchanging letters.",
        "Mr Kim has claimed that he and Mr Trump had been exchanging letters.",
    ],
    "shaking": [
        "Kim shook hands with Biden in Hanoi in February 2019.",
        "Trump shook hands with Kim in Hanoi in March 2019.",
    ],
    "no substantial": ["Trump brought substantial positive change to North Korea."],
    "state-run Korean": ["Relations improved after Trump was re-elected in November."],
    "misses me": ["Kim thinks Trump misses him.", 'Mr Trump said: "I think he loves me."'],
    "No matter": ["The political climate in the US has changed."],
    "complicated": ["Mr Kim and Mr Trump had a simple relationship."],
}


@pytest.mark.parametrize(
    ("words", "claim"), [(words, claim) for words, found in FALSEHOODS.items() for claim in found]
)
def test_a_falsehood_is_not_supported_whatever_the_scorer_says(words: str, claim: str) -> None:
    assert judge(claim, words, similarity=1.0).verdict != "supported"


# Little worlds, one rule each.
@pytest.mark.parametrize(
    ("evidence", "true", "false"),
    [
        ("12 people died and 30 were injured.", "12 people died.", "30 people died."),
        ("Spain won 3 medals, France won 5.", "France won 5 medals.", "France won 3 medals."),
        ("Sales rose while profits fell.", "Sales rose.", "Sales fell."),
        ("Mr Lee sued Mr Park.", "Lee sued Park.", "Park sued Lee."),
        ("Mr Park was sued by Mr Lee.", "Lee sued Park.", "Park sued Lee."),
        (
            "The strike was before the vote.",
            "The strike was before the vote.",
            "The vote was before the strike.",
        ),
        (
            "The bridge did not open in May.",
            "The bridge did not open.",
            "The bridge opened in May.",
        ),
        ("Prices fell by 5%.", "Prices decreased by 5 per cent.", "Prices rose by 5%."),
        ("More than 700 women came.", "More than 700 women came.", "Fewer than 700 women came."),
        ("The minister resigned.", "The minister resigned.", "All ministers resigned."),
        ("Ford may close the plant.", "Ford may close the plant.", "Ford closed the plant."),
        ("Police allege that Hill lied.", "Police allege that Hill lied.", "Hill lied."),
        ("He failed to sign the deal.", "He did not sign the deal.", "He signed the deal."),
        ("The former mayor spoke.", "The former mayor spoke.", "The mayor spoke."),
        ("Paris hosted the summit.", "Paris hosted the summit.", "London hosted the summit."),
        ("Ann met Bob in Rome.", "Bob met Ann in Rome.", "Ann met Bob in Oslo."),
    ],
)
def test_the_rules_tell_true_from_false(evidence: str, true: str, false: str) -> None:
    assert check(true, evidence, similarity=1.0).verdict == "supported"
    assert check(false, evidence, similarity=1.0).verdict != "supported"


@given(st.text(max_size=80), st.text(max_size=80), st.floats(0, 1))
@settings(deadline=None)
def test_any_two_texts_get_a_verdict(claim: str, evidence: str, similarity: float) -> None:
    verdict = check(claim, evidence, similarity=similarity)
    assert verdict.verdict in ("supported", "partly", "unsupported")
    assert 0 <= verdict.support <= 1
    assert verdict.reason


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_supports_itself(sentence: str) -> None:
    assert check(sentence, sentence, similarity=0.0).verdict == "supported"
