"""Whose doing it is, what is of what, and whether it still is so: each false claim has a true twin
that the same sentence bears out."""

from __future__ import annotations

import pytest

from tests.test_cite_pairs import action

# (the article, a true claim, false ones)
DOERS = [
    (
        "Holm posted a loss, while its rival Vest closed two plants and cut 340 jobs.",
        "Vest closed two plants and cut 340 jobs.",
        ["Holm posted a loss and cut 340 jobs.", "Holm closed two plants."],
    ),
    (
        "Snow shut schools in Hokkaido, while winds grounded 90 flights at Sendai.",
        "Winds grounded 90 flights at Sendai.",
        ["Snow shut schools and grounded 90 flights."],
    ),
    (
        "Although coach Ann Lee wanted to keep him, the club's board sold striker Kofi Adu.",
        "The club's board sold striker Kofi Adu.",
        ["Coach Ann Lee sold striker Kofi Adu."],
    ),
    (
        "The tunnel was dug by a contractor and paid for with loans.",
        "The tunnel was paid for with loans.",
        ["The contractor was paid with loans."],
    ),
    (
        "Doctors in Lyon, who see 4,000 patients a year, have walked out.",
        "Doctors in Lyon have walked out.",
        ["Patients in Lyon have walked out."],
    ),
    (
        "Nadia Ferhat, whose father won a medal, was elected to the council of Lille.",
        "Nadia Ferhat was elected to the council of Lille.",
        ["Nadia Ferhat, who won a medal, was elected to the council."],
    ),
    ("Ann met Bob in Rome.", "Bob met Ann in Rome.", ["Bob met Cid in Rome."]),
]
BELONGING = [
    (
        "After Biden took over as president from Trump, Washington deepened ties with South Korea.",
        "Washington deepened ties with South Korea.",
        ["Biden is the president of South Korea.", "South Korea's president is Biden."],
    ),
    (
        "The council closed the Millbrook library and sold a car park for £1.2m.",
        "The council closed the Millbrook library.",
        ["The council received £1.2m from the sale of the Millbrook library."],
    ),
    (
        "Canadian and Ukrainian troops left.",
        "The troops of Canada and Ukraine left.",
        ["The troops of Canada and Poland left."],
    ),
    (
        "He has written a memoir of his childhood in Baku.",
        "He has written a memoir of his childhood.",
        ["He has written a memoir of his father."],
    ),
]
SPEAKERS = [
    (
        '"We ran out of boats," fire chief Owen Pritchard said, while the mayor, Carol Dunne, '
        "praised the crews.",
        '"We ran out of boats," fire chief Owen Pritchard said.',
        ['"We ran out of boats," the mayor, Carol Dunne, said.'],
    ),
    (
        "Magic Johnson, the former president of the Lakers, said the team was for sale.",
        "Magic Johnson said the team was for sale.",
        ["The Lakers said the team was for sale."],
    ),
    (
        "The general told ministers that recruits were heavier than their fathers.",
        "The general told ministers that recruits were heavier than their fathers.",
        ["Ministers told the general that recruits were heavier than their fathers."],
    ),
]
OVER = [
    (
        "Ms Dahl, formerly a vegetarian, eats fish.",
        "Ms Dahl eats fish.",
        ["Ms Dahl is a vegetarian."],
    ),
    (
        "Malawi used to be the largest exporter of tobacco.",
        "Malawi used to be the largest exporter of tobacco.",
        ["Malawi is the largest exporter of tobacco."],
    ),
    (
        "Mr Volk, who ran the firm until 2012, teaches economics.",
        "Mr Volk teaches economics.",
        ["Mr Volk, who runs the firm, teaches economics."],
    ),
]
QUALIFIED = [
    (
        "Save for a holiday in 1994, the poet Ilmar Tamm never left Estonia.",
        "Save for a holiday, the poet Ilmar Tamm never left Estonia.",
        ["The poet Ilmar Tamm never left Estonia."],
    ),
    (
        "Among the victims was a Swiss guide.",
        "A Swiss guide was among the victims.",
        ["The victim was a Swiss guide."],
    ),
    (
        "The co-founder of the charity died in Kumasi.",
        "The co-founder of the charity died.",
        ["The founder of the charity died."],
    ),
    (
        "Kaisa Rantanen flew to Helsinki.",
        "Ms Kaisa Rantanen flew to Helsinki.",
        ["President Kaisa Rantanen flew to Helsinki."],
    ),
    ("She won by 14 seconds.", "She won by 14 seconds.", ["She won by 14 minutes."]),
    (
        "Subject to approval by a court, the firm will pay $12m.",
        "Subject to approval, the firm will pay $12m.",
        ["The firm will pay $12m."],
    ),
    (
        "It is possible that the hostages will be released.",
        "It is possible that the hostages will be released.",
        ["The hostages will be released."],
    ),
    (
        "The dose was 10⁶ cells in 2012.",
        "The dose was 10⁶ cells.",
        ["The dose was 10 cells.", "The dose was 106 cells."],
    ),
]
ENDS = [
    (
        "Fighting spread from Omdurman to Shendi on Sunday.",
        "Fighting spread to Shendi from Omdurman.",
        ["Fighting spread from Shendi to Omdurman.", "Fighting spread to Omdurman."],
    ),
    (
        "Following the collapse of the talks, both armies resumed shelling.",
        "After the collapse of the talks, both armies resumed shelling.",
        ["The talks collapsed after both armies resumed shelling."],
    ),
    (
        "According to the victim's brother, the police took 50 minutes.",
        "According to the victim's brother, the police took 50 minutes.",
        ["According to the police, the victim's brother took 50 minutes."],
    ),
    (
        "Speaking in Thailand, Cambodia's negotiator said the sides were close.",
        "Cambodia's negotiator said the sides were close.",
        ["Thailand's negotiator said the sides were close."],
    ),
]
MORE = [
    (
        "Nurses at three of Manitoba's 40 hospitals went on strike.",
        "Nurses at three of Manitoba's 40 hospitals went on strike.",
        ["Nurses at Manitoba's 40 hospitals went on strike."],
    ),
    (
        "Sales fell everywhere but in Brazil.",
        "Sales fell everywhere but in Brazil.",
        ["Sales fell everywhere."],
    ),
    (
        "Lena Zulu is among a dozen candidates for the post.",
        "Lena Zulu is among the candidates for the post.",
        ["Lena Zulu is the candidate for the post."],
    ),
    (
        "The firm promised to pay on condition that the union drops its claim.",
        "The firm promised to pay on condition that the union drops its claim.",
        ["The firm promised to pay."],
    ),
    (
        "The lake was so polluted in the 1990s that no fish lived in it.",
        "The lake was polluted in the 1990s.",
        ["The lake is so polluted that no fish live in it."],
    ),
    (
        "Letters written by Hugo Dressler were sold.",
        "Letters written by Hugo Dressler were sold.",
        [
            "Letters by the composer Hugo Dressler were sold.",
            "Letters by Dr Hugo Dressler were sold.",
        ],
    ),
    (
        "The road is 40 kilometres long and cost five million.",
        "The road is 40 km long.",
        ["The road is 40 miles long."],
    ),
    (
        "Amid anger among residents, the mayor closed the bridge.",
        "The mayor closed the bridge.",
        ["The residents closed the bridge."],
    ),
    (
        "Prof. Ann Smith left.",
        "Professor Ann Smith left.",
        ["Senator Ann Smith left."],
    ),
    (
        "In Leeds, the mayor resigned in May.",
        "The mayor of Leeds resigned.",
        ["The mayor of Paris resigned."],
    ),
    ("This winter was less snowy.", "This winter was less snowy.", ["This winter was snowier."]),
]
ALL = [*DOERS, *BELONGING, *SPEAKERS, *OVER, *QUALIFIED, *ENDS, *MORE]


@pytest.mark.parametrize(("text", "claim"), [(text, true) for text, true, _ in ALL])
def test_the_true_one_is_kept(text: str, claim: str) -> None:
    assert action(claim, text) == "kept"


@pytest.mark.parametrize(
    ("text", "claim"), [(text, one) for text, _, false in ALL for one in false]
)
def test_the_false_one_is_not(text: str, claim: str) -> None:
    assert action(claim, text) != "kept"
