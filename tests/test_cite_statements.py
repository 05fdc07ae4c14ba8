"""Two statements of an article are not put together to a third: one verb's words for another's,
cause for effect, then for now, one speaker for another. From bench/pairs.jsonl."""

from __future__ import annotations

import pytest

from tests.test_cite_pairs import action

# (the article, a claim that it does not bear out)
PUT_TOGETHER = [
    (
        "Chipmaker Veltron reported a quarterly loss of $80 million, blaming weak phone "
        "sales; its shares had fallen last month after the departure of its finance chief.",
        "Veltron's shares fell after it reported a quarterly loss of $80 million.",
    ),
    (
        "Shares in the airline fell sharply because investors had learned of the chief "
        "executive's sudden resignation that morning.",
        "The airline's chief executive resigned suddenly because its shares had fallen sharply.",
    ),
    (
        "Lead in the pipes was found after doctors noticed high levels of the metal in "
        "local children and pressed the city to test its water.",
        "Doctors noticed high levels of lead in local children after the city found the "
        "metal in the pipes.",
    ),
    (
        "Because the bus drivers were on strike, the university moved its exams online for "
        "the week.",
        "The bus drivers went on strike because the university moved its exams online.",
    ),
    (
        "Children in rural schools read better than their peers in the cities, according to"
        " the ministry's annual report.",
        "Children in city schools read better than their rural peers, according to the "
        "ministry's annual report.",
    ),
    (
        "The study found that patients who walked daily recovered faster than those who "
        "were given physiotherapy alone.",
        "The study found that patients given physiotherapy alone recovered faster than "
        "those who walked daily.",
    ),
    (
        "The loan will be released only once Zambia has reached a deal with its private "
        "creditors, the fund said.",
        "The loan to Zambia will be released, the fund said.",
    ),
    (
        "All of the band's albums except its first were recorded in the same small studio "
        "in Reykjavik.",
        "All of the band's albums were recorded in the same small studio in Reykjavik.",
    ),
    (
        "Every member state but Hungary backed the new sanctions at a late-night meeting in"
        " Brussels.",
        "Every member state backed the new sanctions at a late-night meeting in Brussels.",
    ),
    (
        "The Rialta is among the largest hotels on the island and employs around 600 people"
        " in high season.",
        "The Rialta is the largest hotel on the island and employs around 600 people in "
        "high season.",
    ),
    (
        "Brazil was one of four countries to vote against the resolution in Geneva on Friday.",
        "Brazil was the only country to vote against the resolution in Geneva on Friday.",
    ),
    (
        "When Harris visited his father in hospital, the 91-year-old told reporters that he"
        " was feeling much better.",
        "Harris told reporters that he was feeling much better when he visited his father "
        "in hospital.",
    ),
    (
        "The contract for the tanks went to the South Korean firm Daehan, not to its German"
        " competitor Rheintal.",
        "The contract for the tanks went to the German firm Rheintal.",
    ),
    (
        "The ministry will spend 300 million rupees over five years on repairing village roads.",
        "The ministry will spend 300 million rupees a year on repairing village roads.",
    ),
    (
        "The ferry Star of Paros ran aground off Naxos on Tuesday night, hours after a "
        "cargo ship lost power in the same strait and had to be towed to Piraeus.",
        "The ferry Star of Paros lost power off Naxos and had to be towed to Piraeus.",
    ),
    (
        "Chipmaker Velltek reported record sales in Asia last quarter, while its European "
        "business shrank for a third straight quarter.",
        "Velltek's European business reported record sales last quarter.",
    ),
    (
        "The fishing treaty was signed in 1987, came into force two years later and was "
        "last amended in 2004.",
        "The fishing treaty came into force in 1987.",
    ),
    (
        "Ms Adeyemi joined the bank in 2009 and has run its African division since 2018.",
        "Ms Adeyemi has run the bank's African division since 2009.",
    ),
    (
        "If parliament in Accra passes the fuel tax by the end of June, the fund will "
        "release another $360m to Ghana.",
        "The fund will release another $360m to Ghana.",
    ),
    (
        "Nadia Rahimi will race again in March, provided that doctors clear the hurdler "
        "after a scan on her ankle.",
        "Hurdler Nadia Rahimi will race again in March.",
    ),
    (
        "The cement group, which is based in Geneva, will spend 90m francs on a plant in Tangier.",
        "The cement group will spend 90m francs on a plant in Geneva.",
    ),
    (
        "Born in Lahore and brought up in Bradford, the comedian now tours small theatres "
        "with a show about her grandmother.",
        "The comedian, who now tours small theatres, was born in Bradford.",
    ),
    (
        "Police in Antwerp have arrested two brothers over an armed robbery at a jeweller's"
        " in Rotterdam.",
        "Two brothers have been arrested over an armed robbery at a jeweller's in Antwerp.",
    ),
    (
        "The bridge, which was shut for a year after a barge struck it in 2016, will be "
        "repainted this summer.",
        "The bridge has been shut because a barge struck it.",
    ),
    (
        "Diego Tordera, who was suspended for doping in 2019, came third in Sunday's road "
        "race in Girona.",
        "Diego Tordera is suspended for doping.",
    ),
    (
        "The dispute recalls that of January 2009, when Moscow cut off gas to Ukraine for "
        "almost two weeks.",
        "Moscow has cut off gas to Ukraine in the current dispute.",
    ),
    (
        "Top-flight Zaragossa Rovers were knocked out of the cup by second-tier Alba, who "
        "scored twice in extra time.",
        "Zaragossa Rovers knocked second-tier Alba out of the cup in extra time.",
    ),
    (
        "Brightwater Foods, the maker of Jolly oatcakes, has been bought by its Dutch rival"
        " Kuipers for $340m.",
        "Brightwater Foods has bought its Dutch rival Kuipers for $340m.",
    ),
    (
        '"This is a dark day for the valley," said mayor Ulla Kerner, standing beside the '
        "regional fire chief, Dieter Abt.",
        '"This is a dark day for the valley," said fire chief Dieter Abt.',
    ),
    (
        'Goalkeeper Tom Haines called the red card "ridiculous", but his manager, Phil '
        "Garrity, said the referee had had no choice.",
        'Manager Phil Garrity called the red card "ridiculous".',
    ),
]


@pytest.mark.parametrize(("text", "claim"), PUT_TOGETHER)
def test_what_belongs_to_another_statement_is_not_kept(text: str, claim: str) -> None:
    assert action(claim, text) != "kept"


# (the article, a claim that rests on one of its statements)
OF_ONE_STATEMENT = [
    ("The rebels attacked the base and killed 12 guards.", "The rebels killed 12 guards."),
    ("The firm, founded in 1990, closed a plant in Leeds.", "The firm closed a plant in Leeds."),
    ("The law that banned tents was repealed in May.", "The law was repealed in May."),
    ("The storm hit Hull on Monday, destroying 40 houses.", "The storm destroyed 40 houses."),
    ("When the mine closed, 40 men left Hull.", "40 men left Hull when the mine closed."),
    ("The firm closed because the mill burned.", "The firm closed because the mill burned."),
    ("Prices in Hull are higher than in Leeds.", "Prices are higher in Hull than in Leeds."),
    ("If it rains, the match will end. The club signed Lee.", "The club signed Lee."),
    ("Mr Kerr is suspended from the club in Hull.", "Mr Kerr is suspended from the club."),
]


@pytest.mark.parametrize(("text", "claim"), OF_ONE_STATEMENT)
def test_what_belongs_to_one_statement_is_kept(text: str, claim: str) -> None:
    assert action(claim, text) == "kept"
