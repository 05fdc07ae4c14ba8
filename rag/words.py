"""Words that carry no topic, for every stage that compares words."""

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
