"""Ordinary news English that says less than a claim which has its words; and what does say it."""

from __future__ import annotations

import pytest

from tests.test_cite_pairs import action

# (the article, a claim that it does not bear out)
WHOSE = [
    ("Mr Kerr's wife died on Friday.", "Mr Kerr died on Friday."),
    ("The minister's brother was arrested in Paris.", "The minister was arrested in Paris."),
    ("The brother of the minister was arrested.", "The minister was arrested."),
    ("An aide to the president was charged with fraud.", "The president was charged with fraud."),
    ("Ms Hall's lawyer resigned on Friday.", "Ms Hall resigned on Friday."),
    ("The sister of Mr Park was jailed.", "Mr Park was jailed."),
    ("The son of the former president won the election.", "The former president won the election."),
    ("The victim's killer was deported.", "The victim was deported."),
    ("Dr Wood, a friend of the singer, was jailed.", "The singer was jailed."),
    ("The lawyer for the killer praised the judge.", "The killer praised the judge."),
    ("The actress married the director's son.", "The actress married the director."),
    ("The leader of the opposition in Japan resigned.", "The opposition in Japan resigned."),
    ("The teacher who reported the pupil was praised.", "The pupil was praised."),
    ("The man who shot the officer was killed.", "The officer was killed."),
    ("Google was sued by Apple.", "Google sued Apple."),
    ("Turkey was attacked by Syria.", "Turkey attacked Syria."),
    ("Arsenal were beaten 2-1 by Chelsea.", "Arsenal beat Chelsea 2-1."),
    ("Lee was replaced by Park.", "Lee replaced Park."),
    ("Brown was attacked by Hill.", "Brown attacked Hill."),
    ("Labour was criticised by Reform.", "Labour criticised Reform."),
    ("The plant is near Madrid.", "The plant is in Madrid."),
    ("The blast hit a village outside Kabul.", "The blast hit Kabul."),
    ("The plane crashed on its way to Nairobi.", "The plane crashed in Nairobi."),
    ("The ship sank off the coast of Spain.", "The ship sank in Spain."),
    ("He was born in Kenya and raised in Britain.", "He was born in Britain."),
    ("New Mexico banned the drug.", "Mexico banned the drug."),
]
WHO_SAYS_SO = [
    ('"The election was stolen," the senator told Fox News.', "The election was stolen."),
    ('"The bridge is unsafe," a worker told the Times.', "The bridge is unsafe."),
    ('"The judge took bribes," his lawyer told the court.', "The judge took bribes."),
    ('"The army killed my son," a woman said.', "The army killed her son."),
    ('"The company stole my money," a customer said.', "The company stole the money."),
    ("According to his wife, the actor stole the car.", "The actor stole the car."),
    ("The bridge collapsed, according to a blog.", "The bridge collapsed."),
    ("Prosecutors say he hid the money in Cyprus.", "He hid the money in Cyprus."),
    ("The lawsuit says the firm hid the data.", "The firm hid the data."),
    ("The senator says the election was stolen.", "The election was stolen."),
    ("A hoax caller said there was a bomb in the school.", "There was a bomb in the school."),
    ("Mr Smith called Mr Jones a thief.", "Mr Jones is a thief."),
    ("The judge was described as a liar by his brother.", "The judge is a liar."),
    ("He joked that he had robbed a bank.", "He robbed a bank."),
    ("He dreamed that he had robbed a bank.", "He robbed a bank."),
    ("Mayor 'took bribes'", "The mayor took bribes."),
    ("Officials 'hid data' on virus", "Officials hid data on the virus."),
    ("Pilot 'fell asleep' before crash", "The pilot fell asleep before the crash."),
    ("Trump: election was stolen", "The election was stolen."),
    ("Judge: minister broke the law", "The minister broke the law."),
    ("In the film, the queen kills her son.", "The queen killed her son."),
    ("In his new novel, the queen kills her son.", "The queen killed her son."),
    ("The pair are on trial for robbing a bank.", "The pair robbed a bank."),
    ("The pair are being investigated for robbing a bank.", "The pair robbed a bank."),
    ("The firm is under investigation over hiding data.", "The firm hid data."),
]
EXCEPTED = [
    ("Every country except Hungary backed the plan.", "Hungary backed the plan."),
    (
        "All the ministers apart from Mr Rossi voted for the budget.",
        "Mr Rossi voted for the budget.",
    ),
    ("Everyone but Ms Cole survived the crash.", "Ms Cole survived the crash."),
    ("Schools across the county closed, excluding those in Leeds.", "Schools in Leeds closed."),
    ("All flights other than those to Berlin were delayed.", "Flights to Berlin were delayed."),
    ("Barring Spain, every state in the group met the target.", "Spain met the target."),
    ("Italy, unlike France, raised its retirement age.", "France raised its retirement age."),
    ("All but two of the hostages were freed.", "Two of the hostages were freed."),
    ("The club sacked all but three of its players.", "The club sacked three of its players."),
    ("The quake all but destroyed Amatrice.", "The quake destroyed Amatrice."),
    ("The deal is all but dead, analysts say.", "The deal is dead."),
]
NOT_SO = [
    ("He flew to Rome in place of the minister.", "The minister flew to Rome."),
    ("The president vetoed the bill.", "The president signed the bill."),
    ("The striker turned down a move to Chelsea.", "The striker moved to Chelsea."),
    ("The concert in Hull was called off.", "There was a concert in Hull."),
    ("The concert in Hull was postponed.", "There was a concert in Hull."),
    ("The concert in Hull was axed.", "There was a concert in Hull."),
    ("The merger of the banks was blocked.", "The banks merged."),
    ("The merger of the banks fell through.", "The banks merged."),
    ("The conviction of the nurse was set aside.", "The nurse was convicted."),
    ("The conviction of the nurse was struck down.", "The nurse was convicted."),
    ("The coup in Niger was foiled.", "There was a coup in Niger."),
    ("Police kept protesters from entering the square.", "Protesters entered the square."),
    ("Police barred protesters from entering the square.", "Protesters entered the square."),
    ("He evaded arrest.", "He was arrested."),
    ("The firm staved off collapse.", "The firm collapsed."),
    ("He was left out of the team for the final.", "He was in the team for the final."),
    ("He was dropped from the team for the final.", "He was in the team for the final."),
    ("He ran for president in 2016.", "He was president in 2016."),
    ("He came within a point of winning the title.", "He won the title."),
    ("He pretended to be a police officer.", "He was a police officer."),
    ("He was posing as a police officer.", "He was a police officer."),
    ("He is too old to play.", "He plays."),
    ("Fans wish he had stayed at the club.", "He stayed at the club."),
    ("The aspiring actor moved to Hollywood.", "The actor moved to Hollywood."),
    ("The self-styled doctor moved to Hollywood.", "The doctor moved to Hollywood."),
    (
        "The president was to have signed the law in Paris.",
        "The president signed the law in Paris.",
    ),
    (
        "The president was due on Monday to have signed the law in Paris.",
        "The president signed the law in Paris.",
    ),
    ("Of 500 people tested, 20 were ill.", "500 people were ill."),
    ("One in five children is poor.", "Five children are poor."),
    ("Shares fell 3% to 50 pence.", "Shares fell to 3%."),
    (
        "She is Britain's second most successful swimmer.",
        "She is Britain's most successful swimmer.",
    ),
    ("He died in his 80s.", "He died at 80."),
    ("He ran a half mile.", "He ran a mile."),
    ("»The election was stolen.« He left.", "The election was stolen."),
    ('said:"The election was stolen." Nobody agreed.', "The election was stolen."),
]


@pytest.mark.parametrize(("text", "claim"), [*WHOSE, *WHO_SAYS_SO, *EXCEPTED, *NOT_SO])
def test_what_the_article_does_not_say_is_not_kept(text: str, claim: str) -> None:
    assert action(claim, text) != "kept"


# (the article, a claim in other words that it does bear out)
SAID = [
    (
        "The mayor of Leeds opened the new bridge on Monday.",
        "The new bridge was opened on Monday by the mayor of Leeds.",
    ),
    (
        "Police arrested 40 people, 12 of them women.",
        "Police arrested 40 people, including 12 women.",
    ),
    (
        "The bank cut its main rate to 4.5% on Thursday.",
        "On Thursday the bank cut its main rate to 4.5 per cent.",
    ),
    (
        "Some 300 people died, including 40 children.",
        "About 300 people died, among them 40 children.",
    ),
    (
        "The president signed the bill into law on Friday after weeks of talks.",
        "The president signed the bill on Friday.",
    ),
    (
        "The firm, which is based in Texas, made a profit of $2m in 2019.",
        "The Texas firm made a $2m profit in 2019.",
    ),
    ("He died at the age of 82 in a hospital in Paris.", "He died in a Paris hospital, aged 82."),
    (
        "The quake struck the north of Japan early on Monday.",
        "An earthquake struck northern Japan early on Monday.",
    ),
    (
        "A court in Rome sentenced the banker to five years in prison.",
        "The banker was sentenced to five years in prison by a court in Rome.",
    ),
    (
        "Two men were arrested after the attack on the embassy.",
        "Two men have been arrested after the embassy attack.",
    ),
    ("The airline no longer flies to Moscow.", "The airline does not fly to Moscow any more."),
    ("The airline has stopped flying to Moscow.", "The airline stopped flying to Moscow."),
    (
        "The school will close in July because of a lack of pupils.",
        "The school will close in July because it lacks pupils.",
    ),
    ("Shares in Tesla rose 8% on Tuesday.", "Tesla shares rose by 8% on Tuesday."),
    (
        "The minister denied that he had lied to parliament.",
        "The minister denied lying to parliament.",
    ),
    ("Mr Ali denies hitting the boy.", "Ali denies that he hit the boy."),
    (
        "The council rejected the plan for a new stadium.",
        "The plan for a new stadium was rejected by the council.",
    ),
    ("She was born in Kenya and raised in Britain.", "She was born in Kenya."),
    (
        "Doctors warned that the drug may harm children.",
        "The drug may harm children, doctors warned.",
    ),
    ("Police said the driver had been drinking.", "The driver had been drinking, police said."),
    (
        "Half of the workers lost their jobs when the mine closed.",
        "When the mine closed, half of the workers lost their jobs.",
    ),
    ("The price of oil rose above $90 a barrel.", "Oil rose above $90 a barrel."),
    (
        "The singer cancelled her tour because of illness.",
        "The singer's tour was cancelled because of illness.",
    ),
    (
        "Parliament voted to ban smoking in cars.",
        "Parliament has voted for a ban on smoking in cars.",
    ),
    ("The European Union imposed sanctions on Belarus.", "The EU imposed sanctions on Belarus."),
    (
        "The storm left thousands of homes without power.",
        "Thousands of homes were left without power by the storm.",
    ),
    (
        "It took the team a day and a half to reach the summit.",
        "The team took one and a half days to reach the summit.",
    ),
    ("He spent an hour and a half in the shop, then an hour at home.", "He spent an hour at home."),
    (
        '"We are delighted," said the manager, Ann Lee.',
        "The manager, Ann Lee, said they were delighted.",
    ),
    (
        '"The bridge opens in May," the mayor told the Times.',
        "The mayor told the Times that the bridge opens in May.",
    ),
    ("The ban on flights was lifted on Monday.", "The flight ban was lifted on Monday."),
    (
        "The firm halted production at its plant in Ohio.",
        "Production at the plant in Ohio was halted.",
    ),
    (
        "His conviction for murder was quashed in 2019.",
        "His murder conviction was quashed in 2019.",
    ),
    ("The law that banned abortion was repealed in May.", "The law was repealed in May."),
    ("The flood in Leeds was averted by engineers.", "Engineers averted a flood in Leeds."),
    ("The team that cancelled the tour was fined in May.", "The team was fined in May."),
    ("After the tour was cancelled, the band split in May.", "The band split in May."),
    ("The bill was withdrawn by the senator.", "The senator withdrew the bill."),
    ("The troops were withdrawn from Kabul.", "The troops were in Kabul."),
    ("Soldiers in Leeds were withdrawn on Monday.", "There were soldiers in Leeds."),
    ("The city of Leeds has banned cars.", "Leeds has banned cars."),
    ("Dozens of men were arrested in Hull.", "Men were arrested in Hull."),
    ("The leader of the party resigned.", "The party leader resigned."),
    ("Mr Kerr's wife died on Friday.", "The wife of Mr Kerr died on Friday."),
    ("Mr Kerr's wife died on Friday.", "Mr Kerr's wife died."),
    ("South Korea banned the drug in May.", "South Korea banned the drug."),
    (
        "Every country except Hungary backed the plan.",
        "Every country except Hungary backed it, the plan.",
    ),
    ("All but two of the hostages were freed.", "All but two hostages were freed."),
    ("According to the police, a man stole the car.", "A man stole the car."),
    ("“The bridge is unsafe,” police said.", "The bridge is unsafe."),
    (
        "The storm, which hit Leeds on Monday, was called off limits.",
        "The storm hit Leeds on Monday.",
    ),
    ("The director made the film in Leeds.", "The director made a film in Leeds."),
    ("He was born in Kenya and raised in Britain.", "He was raised in Britain."),
    ("The law that banned smoking was repealed in May.", "The law was repealed in May."),
    (
        "The council rejected the plan for a new stadium.",
        "The plan for a new stadium was rejected by the council.",
    ),
    (
        "The players' union met the owners' group in Hull.",
        "The union of the players met the owners in Hull.",
    ),
    ("Shares fell 3% to 50 pence.", "Shares fell to 50 pence."),
    ("The trip took more than a year.", "The trip took over a year."),
    ("He was in his 80s when he died in Hull.", "He died in his 80s."),
]


@pytest.mark.parametrize(("text", "claim"), SAID)
def test_what_the_article_does_say_is_kept(text: str, claim: str) -> None:
    assert action(claim, text) == "kept"
