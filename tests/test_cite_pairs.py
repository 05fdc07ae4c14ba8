"""Pairs that differ in one small word: the false claim is never shown, its true twin is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from rag.cite import cite_sentence
from rag.cite.markers import DraftSentence
from rag.types import Passage, Span


class Convinced:
    """A Scorer that takes most things for alike, so that the rules alone decide."""

    def score(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        return [0.8] * len(pairs)


def action(claim: str, text: str) -> str:
    there = [Passage(Span("a", 0, len(text)), text, 0.0)]
    _, checked = cite_sentence(DraftSentence(claim), there, Convinced())
    return checked.action


# (the article, a true claim, false ones)
SIGNS = [
    ("It cost $5 million.", "It cost $5 million.", ["It cost £5 million.", "It cost 5 million."]),
    ("It was -5 degrees in Oslo.", "It was -5 degrees in Oslo.", ["It was 5 degrees in Oslo."]),
    ("Prices rose by 5%.", "Prices rose by 5%.", ["Prices rose by 5."]),
    ("Sales fell in 2018-19 by 5%.", "Sales fell by 5% in 2018-19.", []),
]
NAMES = [
    (
        "Pope Francis appealed for peace in Gaza.",
        "Francis appealed for peace in Gaza.",
        ["France appealed for peace in Gaza."],
    ),
    (
        "The Nigerian president resigned.",
        "The president of Nigeria resigned.",
        ["The president of Niger resigned."],
    ),
    ("Julian sang in Rome.", "Julian sang in Rome.", ["Julia sang in Rome."]),
    ("Mr Annan spoke in Geneva.", "Annan spoke in Geneva.", ["Anna spoke in Geneva."]),
    ("Serena Williams won in Paris.", "Williams won in Paris.", ["William won in Paris."]),
    ("He helped us.", "He helped us.", ["He helped the US."]),
    ("The U.S. army left.", "The US army left.", []),
    ("Canadian and Ukrainian troops left.", "The troops of Canada and Ukraine left.", []),
    ("The Finnish army left.", "The army of Finland left.", []),
]
TITLES = [
    (
        "Vice President Vance signed the bill.",
        "Vice President Vance signed the bill.",
        ["President Vance signed the bill."],
    ),
    (
        "Former President Trump spoke on Monday.",
        "Trump spoke on Monday.",
        ["President Trump spoke on Monday."],
    ),
    (
        "Prime Minister Modi spoke in Delhi.",
        "Prime Minister Modi has spoken in Delhi.",
        ["President Modi spoke in Delhi."],
    ),
    (
        "Prince Charles opened the school.",
        "Charles opened the school.",
        ["King Charles opened the school."],
    ),
    (
        "Republican voters like the plan.",
        "The plan is liked by Republican voters.",
        ["Democratic voters like the plan."],
    ),
    ("President Donald Trump signed the bill.", "President Trump signed the bill.", []),
]
LETTERS = [
    ("Vitamin C prevents scurvy.", "Vitamin C prevents scurvy.", ["Vitamin D prevents scurvy."]),
    (
        "The show starts at 8 p.m. on Sunday.",
        "The show starts at 8 pm.",
        ["The show starts at 8 a.m. on Sunday."],
    ),
    ("The shop opens at 8am.", "The shop opens at 8 a.m.", ["The shop opens at 8pm."]),
    ("John F. Kennedy won the vote.", "John F Kennedy won the vote.", []),
]
HYPHENS = [
    ("The crash was non-fatal.", "The crash was non-fatal.", ["The crash was fatal."]),
    (
        "Pro-Russian groups won the seats.",
        "The seats were won by pro-Russian groups.",
        ["Anti-Russian groups won the seats."],
    ),
    (
        "Lyon is the second-largest city of France.",
        "Lyon is the second largest city of France.",
        ["Lyon is the largest city of France."],
    ),
    (
        "Lyon is the second largest city of France.",
        "Lyon is the second-largest city of France.",
        ["Lyon is the largest city of France."],
    ),
]
DENIALS = [
    ("Reports that Kim died were false.", "Reports that Kim died were false.", ["Kim died."]),
    (
        "The theory that vaccines can cause autism in children has been debunked.",
        "The theory that vaccines can cause autism in children has been debunked.",
        ["Vaccines can cause autism in children."],
    ),
    (
        "Smith was charged with murdering Jones.",
        "Smith was charged with the murder of Jones.",
        ["Smith murdered Jones."],
    ),
    (
        "Smith was acquitted of murdering Jones.",
        "Smith was acquitted of the murder of Jones.",
        ["Smith murdered Jones."],
    ),
    (
        "The government ruled out raising taxes.",
        "The government ruled out raising taxes.",
        ["The government raised taxes."],
    ),
    ("He nearly died in the war.", "He nearly died in the war.", ["He died in the war."]),
    ("The bridge almost collapsed.", "The bridge almost collapsed.", ["The bridge collapsed."]),
]
PLANS = [
    ("The bridge will open in May.", "The bridge will open in May.", ["The bridge opened in May."]),
    (
        "Mr Smith was the mayor of Leeds until 2019.",
        "Smith was the mayor of Leeds until 2019.",
        ["Mr Smith is the mayor of Leeds."],
    ),
    (
        "Mr Smith used to be the mayor of Leeds.",
        "Mr Smith used to be the mayor of Leeds.",
        ["Mr Smith is the mayor of Leeds."],
    ),
    ("The firm agreed to buy Acme.", "The firm agreed to buy Acme.", ["The firm bought Acme."]),
    (
        "The leaders met to sign the treaty.",
        "The leaders met to sign the treaty.",
        ["The leaders signed the treaty."],
    ),
    (
        "The mayor called for a ban on cars.",
        "The mayor called for a ban on cars.",
        ["The mayor banned cars."],
    ),
    ("Did Kim sign the deal? He left Hanoi.", "He left Hanoi.", ["Kim signed the deal."]),
    ("The firm managed to buy Acme.", "The firm bought Acme.", []),
    ("She went on to win the prize.", "She won the prize.", []),
]
SPEAKERS = [
    (
        "Putin said Ukraine started the war.",
        "Putin said that Ukraine started the war.",
        ["Ukraine started the war."],
    ),
    (
        "Ukraine started the war, Mr Putin said.",
        "Putin said that Ukraine started the war.",
        ["Ukraine started the war."],
    ),
    ("Police said 12 people died.", "12 people died.", []),
    ("NASA said the rocket landed in Texas.", "The rocket landed in Texas.", []),
]
QUANTIFIERS = [
    ("Few voters back the plan.", "Few voters back the plan.", ["Many voters back the plan."]),
    (
        "There is little evidence that it works.",
        "There is little evidence that it works.",
        ["There is evidence that it works."],
    ),
    (
        "Most of the 500 soldiers died.",
        "Most of the 500 soldiers died.",
        ["The 500 soldiers died."],
    ),
    (
        "Half of the 500 soldiers died.",
        "Half of the 500 soldiers died.",
        ["The 500 soldiers died."],
    ),
    ("A few voters back the plan.", "A few voters back the plan.", []),
]
ROLES = [
    ("Officer Lee arrested the man.", "Lee arrested the man.", ["Mr Lee was arrested."]),
    ("Mr Brown shot a policeman.", "Mr Brown shot a policeman.", ["Mr Brown was shot."]),
    (
        "A report told police that thieves killed a man.",
        "Thieves killed a man.",
        ["Police killed a man."],
    ),
    ("Mr Brown, shot in the leg, died.", "Mr Brown was shot in the leg.", []),
]
FIGURES = [
    (
        "Of the 30 people on board, 12 died.",
        "Of the 30 people on board, 12 died.",
        ["30 people died."],
    ),
    (
        "Between 10 and 15 people were hurt.",
        "Between 10 and 15 people were hurt.",
        ["15 people were hurt.", "10 people were hurt."],
    ),
    ("Many people died in 2019.", "Many people died in 2019.", ["2,019 people died."]),
    ("The price rose to 50 dollars.", "The price rose to $50.", ["The price rose by 50 dollars."]),
    ("Turnout was 80% lower.", "Turnout was 80% lower.", ["Turnout was 80%."]),
    # 2.5 and 3.5 in full: no 2, no half, and no half of a million.
    (
        "Two and a half million people fled the city.",
        "2.5 million people fled the city.",
        [
            "Half a million people fled the city.",
            "Two million people fled the city.",
            "Two people fled the city.",
        ],
    ),
    (
        "The firm lost three and a half billion dollars.",
        "The firm lost $3.5bn.",
        ["The firm lost half a billion dollars.", "The firm lost three billion dollars."],
    ),
    (
        "A million and a half people fled the city.",
        "1.5 million people fled the city.",
        ["A million people fled the city."],
    ),
    ("Half a dozen people died.", "Six people died.", ["A dozen people died."]),
]
FRACTIONS = [
    (
        "Three quarters of voters stayed at home.",
        "75 per cent of voters stayed at home.",
        [
            "A quarter of voters stayed at home.",
            "Half of voters stayed at home.",
            "Most voters stayed at home.",
            "Voters stayed at home.",
        ],
    ),
    (
        "Half of voters stayed at home.",
        "50 percent of voters stayed at home.",
        ["Two thirds of voters stayed at home.", "A third of voters stayed at home."],
    ),
    (
        "More than half of voters stayed at home.",
        "More than 50% of voters stayed at home.",
        ["Half of voters stayed at home.", "Less than half of voters stayed at home."],
    ),
    ("A quarter of voters stayed at home.", "Some voters stayed at home.", []),
    (
        "Half the voters stayed at home.",
        "50% of the voters stayed.",
        ["The voters stayed at home."],
    ),
    (
        "In the third quarter of 2019 sales rose.",
        "Sales rose in the third quarter of 2019.",
        ["A third of sales rose in 2019.", "Three quarters of sales rose."],
    ),
    (
        "He scored in the second half of the match.",
        "In the second half of the match he scored.",
        [],
    ),
]
DATES = [
    ("The vote is next Monday.", "The vote is next Monday.", ["The vote is last Monday."]),
    (
        "The bridge was built before 2019.",
        "The bridge was built before 2019.",
        ["The bridge was built in 2019."],
    ),
    (
        "The bridge was built after 2020.",
        "The bridge was built after 2020.",
        ["The bridge was built in 2020."],
    ),
]
SYNONYMS = [
    (
        "Texas is the second most populous state.",
        "Texas is the second most populous state.",
        ["Texas is the second most populous country."],
    ),
    (
        "The train travelled at 300 mph.",
        "The train went at 300 mph.",
        ["The train travelled 300 miles."],
    ),
]
NEIGHBOURS = [
    ("The dog bit the postman. It died.", "The dog bit the postman and died.", []),
    (
        "The dog bit the postman. The mayor died.",
        "The dog bit the postman.",
        ["The dog bit the postman and died."],
    ),
    (
        "The fire killed 12 people. The storm injured 30 others.",
        "The fire killed 12 people.",
        ["The fire killed 12 people and injured 30 others."],
    ),
]

ALL = [
    *SIGNS,
    *NAMES,
    *TITLES,
    *LETTERS,
    *HYPHENS,
    *DENIALS,
    *PLANS,
    *SPEAKERS,
    *QUANTIFIERS,
    *ROLES,
    *FIGURES,
    *FRACTIONS,
    *DATES,
    *SYNONYMS,
    *NEIGHBOURS,
]


@pytest.mark.parametrize(("text", "claim"), [(text, claim) for text, claim, _ in ALL])
def test_the_true_one_is_kept(text: str, claim: str) -> None:
    assert action(claim, text) == "kept"


@pytest.mark.parametrize(
    ("text", "claim"), [(text, claim) for text, _, claims in ALL for claim in claims]
)
def test_the_false_one_is_not(text: str, claim: str) -> None:
    assert action(claim, text) != "kept"
