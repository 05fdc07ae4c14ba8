"""What did not come to pass, by the many ways of saying so, is not shown as if it had."""

from __future__ import annotations

import pytest

from tests.test_cite_pairs import action

SIGNED = "The president signed the law in Paris."
TREATY = "They signed the treaty."
SAFE = "The bridge is safe."
KILLED = "Mr Smith killed his wife."

# (the article, a claim that it does not bear out)
ONLY_PLANNED = [
    *(
        (f"The president {led} to sign the law in Paris.", SIGNED)
        for led in (
            *("was due", "was about", "was set", "was scheduled", "was reluctant", "was asked"),
            *("was", "was too late", "had agreed", "went to Rome", "got ready", "had a chance"),
            *("came under pressure", "began talks", "is going", "has", "will have"),
        )
    ),
    (
        "The first president was due to sign the law in Paris.",
        "The first president signed the law.",
    ),
    ("He was too ill to attend the summit.", "He attended the summit."),
    ("The president was due to have signed the law in Paris.", SIGNED),
]
CANCELLED = [
    ("The bridge is far from safe.", SAFE),
    ("The bridge is anything but safe.", SAFE),
    ("Mr Smith was cleared of killing his wife.", KILLED),
    ("Mr Smith was wrongly convicted of killing his wife.", KILLED),
    ("They came close to signing the treaty.", TREATY),
    ("They were on the verge of signing the treaty.", TREATY),
    ("They were on the brink of signing the treaty.", TREATY),
    ("They stopped short of signing the treaty.", TREATY),
    ("The bank was saved from collapse.", "The bank collapsed."),
    ("The state saved the bank from collapse.", "The bank collapsed."),
    ("The bank escaped collapse.", "The bank collapsed."),
    ("The bank avoided collapse.", "The bank collapsed."),
    ("The company has yet to make money.", "The company makes money."),
    ("They agreed to lift sanctions.", "They agreed on sanctions."),
    ("They lifted the sanctions on Iran.", "They have sanctions on Iran."),
    ("The court overturned a ruling that upheld the law.", "The court upheld the law."),
    ("They agreed to lift sanctions on Monday.", "They lifted sanctions."),
    ("Mr Lee missed the signing of the treaty.", "Mr Lee signed the treaty."),
    *(
        (f"They {turned} signing the treaty.", TREATY)
        for turned in ("shied away from", "backed away from", "backed out of", "walked away from")
    ),
    ("The bank was spared collapse.", "The bank collapsed."),
    ("The bank was rescued from collapse.", "The bank collapsed."),
    ("The bank dodged collapse.", "The bank collapsed."),
    ("His conviction for murder was quashed.", "He was convicted for murder."),
    ("The court quashed his conviction for murder.", "He was convicted for murder."),
    ("The sanctions on Iran were lifted.", "Iran is under sanctions."),
    ("The wedding in Leeds was cancelled.", "There was a wedding in Leeds."),
    ("The law was repealed in Paris.", "The law is in force in Paris."),
    ("The trip took a year and a half.", "The trip took a year."),
    ("The trip took a year and a half.", "The trip took half a year."),
]


@pytest.mark.parametrize(("text", "claim"), [*ONLY_PLANNED, *CANCELLED])
def test_what_did_not_happen_is_not_kept(text: str, claim: str) -> None:
    assert action(claim, text) != "kept"


# (the article, a claim in words of its own that it does bear out)
HAPPENED = [
    *(
        (f"The president {led} to sign the law in Paris.", SIGNED)
        for led in (
            *("was forced", "was able", "was the first", "was obliged", "went on", "managed"),
            *("was finally able", "was the only leader", "was made", "had", "was seen"),
            *("was the second", "was lucky", "came back"),
        )
    ),
    ("He used a knife to kill his wife.", "He killed his wife."),
    ("The storm forced the firm to close the plant.", "The firm closed the plant."),
    ("The bridge is far from safe.", "The bridge is not safe."),
    ("The company has yet to make money.", "The company has not made money."),
    ("The company has yet to make money.", "The company is yet to make money."),
    ("The court overturned the ruling.", "The court has overturned the ruling."),
    ("The court overturned the ruling.", "The ruling was overturned by the court."),
    ("The court overturned the ruling.", "The court overturned the ruling."),
    ("They lifted the curfew on Monday.", "The curfew was lifted on Monday."),
    ("They agreed to lift a decade-old arms embargo.", "They agreed to lift an arms embargo."),
    ("Mr Smith was cleared of killing his wife.", "Mr Smith was cleared of killing her."),
    ("He escaped from prison.", "He escaped."),
    ("Officials said he escaped from prison in Leeds.", "He was in prison in Leeds."),
    ("A missing boy was found in Leeds.", "A boy was found in Leeds."),
    ("Mr Lee has a spare key in Leeds.", "Mr Lee has a key in Leeds."),
    ("He was rescued from a well in Leeds.", "He was in a well in Leeds."),
    ("The ruling was overturned by the court.", "The court overturned the ruling."),
    ("The wedding in Leeds was cancelled.", "The wedding was cancelled."),
    ("They cancelled the wedding in Leeds.", "The wedding in Leeds was cancelled."),
    ("The train was stopped in Leeds.", "The train stopped in Leeds."),
    ("Prices were lifted by the strike in Leeds.", "The strike in Leeds lifted prices."),
    ("The firms came together to develop a vaccine.", "The firms developed a vaccine."),
    ("He is known to have signed the law in Paris.", "He signed the law in Paris."),
    ("The trip took a year and a half.", "The trip took one and a half years."),
    ("Miss Lee signed the treaty in Leeds.", "Lee signed the treaty."),
    ("The rally lifted shares in Tokyo.", "Shares in Tokyo were lifted."),
    ("Just short of 200 people died in the fire.", "Nearly 200 people died in the fire."),
    ("The hotel is close to the building.", "The hotel is near the building."),
    ("He escaped prosecution and left Leeds.", "He has left Leeds."),
    ("He missed three games and scored five goals.", "He has scored five goals."),
    ("He lives far from the city and works in a mine.", "He has worked in a mine."),
]


@pytest.mark.parametrize(("text", "claim"), HAPPENED)
def test_what_did_happen_is_kept(text: str, claim: str) -> None:
    assert action(claim, text) == "kept"
