"""Words that carry no topic, for every stage that compares words."""

from functools import lru_cache

_FUNCTION_WORDS = """
a about after again against all along also although am among an and any are around as at be
because been before being between both but by came can come could did do does doing done down
during each either else ever every few for from further get give go had has have having he her
here hers herself him himself his how however i if in into is it its itself just like made make
many may me might mine more most much must my myself neither no nor not of off on once one only
or other our ours out over own per put quite rather said same say says shall she should since so
some still such take than that the their theirs them themselves then there these they this those
through to told too under until up upon us very was we well went were what whatever when where
whether which while who whom whose why will with within without would yes yet you your yours
"""

FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Enough of a word to know it again in another form."""
    for ending in ("ings", "ing", "ies", "ied", "edly", "ed", "es", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
