"""Places and the adjectives made of their names: "Korean" is of Korea, "Nigerian" of Nigeria. Pure.

Only places have such adjectives: Julian is nobody's Julia, and Francis is not of France.
"""

from __future__ import annotations

from functools import lru_cache

_PLACES = """
albania algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus
belgium bolivia bosnia botswana brazil bulgaria burma burundi cambodia cameroon canada chad chile
china colombia congo croatia cuba ecuador egypt eritrea estonia ethiopia fiji gabon gambia georgia
ghana grenada guatemala guinea guyana haiti honduras hungary iceland india indonesia iran iraq
israel italy jamaica japan jordan kenya korea kosovo kuwait laos latvia lebanon liberia libya
lithuania malawi malaysia mali malta mauritania mauritius mexico moldova monaco mongolia morocco
mozambique myanmar namibia nepal nicaragua nigeria norway oman pakistan palestine panama paraguay
peru portugal qatar romania russia rwanda senegal serbia singapore slovakia slovenia somalia sudan
syria taiwan tanzania togo tunisia uganda ukraine uruguay uzbekistan venezuela vietnam yemen zambia
zimbabwe crimea chechnya tibet
africa asia europe arabia
alaska arizona california florida hawaii texas virginia
vienna paris rome berlin moscow sicily bavaria catalonia corsica"""
_NAMES = frozenset(_PLACES.split())
_ALIASES = {
    **dict.fromkeys(("usa", "america", "american", "americans"), "united-states"),
    **dict.fromkeys(("uk", "britain", "british", "briton", "britons"), "united-kingdom"),
    **dict.fromkeys(("eu", "european-union"), "european-union"),
    **dict.fromkeys(("un", "united-nations"), "united-nations"),
    **dict.fromkeys(("dutch", "netherlands"), "netherlands"),
    **dict.fromkeys(("french", "france"), "france"),
    **dict.fromkeys(("spanish", "spain"), "spain"),
    **dict.fromkeys(("german", "germans", "germany"), "germany"),
    **dict.fromkeys(("turkish", "turkey", "turkiye"), "turkey"),
    **dict.fromkeys(("polish", "poland"), "poland"),
    **dict.fromkeys(("greek", "greece"), "greece"),
    **dict.fromkeys(("swiss", "switzerland"), "switzerland"),
    **dict.fromkeys(("irish", "ireland"), "ireland"),
    **dict.fromkeys(("scottish", "scotland"), "scotland"),
    **dict.fromkeys(("welsh", "wales"), "wales"),
    **dict.fromkeys(("danish", "denmark"), "denmark"),
    **dict.fromkeys(("swedish", "sweden"), "sweden"),
    **dict.fromkeys(("finnish", "finland"), "finland"),
    **dict.fromkeys(("norwegian", "norwegians", "norway"), "norway"),
    **dict.fromkeys(("portuguese", "portugal"), "portugal"),
    **dict.fromkeys(("afghan", "afghans", "afghanistan"), "afghanistan"),
    **dict.fromkeys(("somali", "somalis", "somalia"), "somalia"),
    **dict.fromkeys(("thai", "thailand"), "thailand"),
    **dict.fromkeys(("filipino", "philippines"), "philippines"),
    **dict.fromkeys(("cypriot", "cypriots", "cyprus"), "cyprus"),
    **dict.fromkeys(("catalan", "catalans"), "catalonia"),
    **{"peruvian": "peru", "belgian": "belgium", "lebanese": "lebanon", "congolese": "congo"},
    **{"argentine": "argentina", "panamanian": "panama"},
    "united-states-of-america": "united-states",
}
_ADDED = ("ns", "n", "ans", "an", "ians", "ian", "ese", "is", "i", "ic")
"""What an adjective adds to the whole name: Russian, Iranian, Japanese, Israeli, Icelandic."""

_IN_PLACE_OF_A_LETTER = ("ians", "ian", "eans", "ean", "ans", "an", "ese")
"""What it puts in place of the last letter: Canadian, European, Mexican, Chinese."""


def alias(word: str) -> str:
    """One spelling for all of a name's: "french" is "france"; any other word is itself."""
    return _ALIASES.get(word, word)


@lru_cache(maxsize=50_000)
def place_of(word: str) -> str | None:
    """The place that a folded word names or is the adjective of; None for any other word."""
    if word in _NAMES:
        return word
    for ending in _ADDED:
        if word.endswith(ending) and (name := word.removesuffix(ending)) in _NAMES:
            return name
    for ending in _IN_PLACE_OF_A_LETTER:
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            found = [name for letter in "aeoyum" if (name := stem + letter) in _NAMES]
            if found:
                return found[0]
    return None
