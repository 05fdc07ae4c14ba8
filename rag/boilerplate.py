"""Which paragraphs are the site talking to its visitor: appeals, cookies, newsletters, buttons.

Pure. Paragraphs in, positions of those to drop out. The rules look at whole paragraphs:

- a *strong* sentence can only be boilerplate ("Whether $5 or $50, every contribution counts.");
- a *weak* one may be ("Our mission is to report without fear.") and goes only with a strong one;
- a paragraph is dropped when it has a strong sentence and no other kind than strong and weak;
- a short one in the site's own voice goes too when it stands between two dropped ones, and so
  does the name of an editor next to one.

A sentence with quotation marks is never boilerplate: somebody is being quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

_LONGEST = 90
"""Words. No paragraph longer than this is dropped."""

_PRESS = r"(?:journalis[mt]s?|newsrooms?|reporting|reporters?|news)"
_MONEY = r"[$£€]\s?\d[\d.,]*"
_GIFT = r"(?:support|donations?|contributions?|gifts?|subscriptions?|memberships?)"

_APPEAL = (
    rf"(?:please )?(?:support|fund|help (?:us )?(?:fund|support|protect|keep)|back|join) "
    rf"(?:(?:us|our|the|this|truly|independent|quality|fearless|local|free|investigative|public|"
    rf"nonprofit|non-profit|honest|trusted|open|and|kind of|work of our) ?){{1,5}}{_PRESS}\b",
    r"support us (?:to|today|now|and|with|from|in|by)\b",
    rf"whether (?:it(?:’|')?s |you give |you donate )?{_MONEY}\D{{0,20}} or (?:just )?{_MONEY}"
    rf".{{0,60}}(?:{_GIFT}|counts?|matters?|difference|helps?)\b",
    rf"(?:every|any|each) (?:single )?{_GIFT}.{{0,50}}"
    r"\b(?:counts|helps us|matters|makes a difference|is appreciated)\W*$",
    rf"your (?:generous |financial |ongoing )?{_GIFT} "
    r"(?:helps?|allows?|enables?|makes?|powers?|keeps?|funds?|means|is what|ensures?) "
    r"(?:(?:sure )?(?:us|our|me|all the difference|this (?:work|possible|journalism))\b|"
    r"(?:a difference|everything)\W*$)",
    rf"(?:please )?(?:consider )?(?:make|making|become|becoming) an? .{{0,40}}"
    rf"(?:{_GIFT}|supporter|subscriber|member) .{{0,60}}(?:our|us|the guardian|{_PRESS})\b",
    rf"(?:if you (?:can|are able|value|enjoy|like)).{{0,80}}(?:please )?(?:consider )?"
    rf"(?:supporting|support|donat\w+|subscrib\w+|contribut\w+) .{{0,60}}(?:us|our|{_PRESS})\b",
    rf"we(?:’|')?(?:re| are)? (?:need|rely|depend|count|ask\w*|relying) (?:on )?(?:for )?"
    rf"(?:your|our readers(?:’|')?|readers like you(?:r)?) ?(?:for )?(?:your )?{_GIFT}\b",
)
_NEWSLETTER = (
    r"(?:sign up|subscribe|register)(?: here| now| today| free| below)?"
    r"(?: (?:for|to|and|with)\b.{0,120}|: .{0,60})"
    r"\b(?:newsletters?|inbox|e-?mails? (?:alerts?|updates?)|email|daily briefing|push alerts)\b",
    r"(?:get|receive) (?:the|our|all|a|more|your|daily|breaking)\b.{0,100}\b(?:in|to|into) your "
    r"(?:inbox|email|mailbox)\b",
    r"by (?:signing up|clicking|submitting|subscribing|entering|providing|registering)\b"
    r".{0,160}\b(?:you |i )(?:\w+ )?(?:agree|consent|accept|acknowledge|confirm)\b",
    r"(?:already|not) (?:a|an) (?:subscriber|member)\?",
    r"already have an account\?",
    r"(?:subscribe|log in|sign in|register) (?:now )?to (?:continue|keep) reading\b",
    r"(?:subscribe|sign up) (?:now|today|here)\W*$",
    r"(?:to continue reading|this (?:article|story|content) is (?:free )?(?:only )?"
    r"(?:for|exclusive to|available to|reserved for) (?:our )?(?:subscribers|members))\b",
    r"you(?:’|')?(?:ve| have) (?:\d+|one|no|reached your|read your) .{0,30}free articles?\b",
    r"please enter (?:a valid|your) e-?mail\b",
    r"(?:thanks|thank you) for (?:signing up|subscribing)\W*$",
    r"subscribe to (?:the|our) [\w ’']{2,30} (?:podcast|youtube channel|channel)\b",
    r"(?:click|tap) here to (?:subscribe|sign up|join|donate|support us)\b",
    r"support local journalism\b",
    r"unlock (?:unlimited|full) (?:digital )?access\b",
)
_COOKIES = (
    r"(?:we|this (?:web)?site|our (?:web)?site|we and our .{0,30}partners)\b.{0,30}"
    r"\b(?:uses?|store|set|place)\b.{0,60}\bcookies\b.{0,200}\b(?:you|your|our|site)\b",
    r"(?:accept|reject|manage|allow|decline) (?:all |my )?(?:cookies?|cookie \w+)\W*$",
    r"(?:your )?(?:cookie|privacy) (?:policy|settings|preferences|notice|choices|consent)\W*$",
    r"by (?:continuing|using|browsing)\b.{0,60}\b(?:site|website|page|browse)\b.{0,60}"
    r"\byou (?:agree|consent|accept)\b",
    r"(?:please )?enable (?:javascript|cookies)\b",
)
_LINKS = (
    r"(?:also read|read also|read more|read next|see also|more on this|related|"
    r"related (?:stor(?:y|ies)|articles?|content|coverage|reading|links?|news)|recommended|"
    r"recommended reading|more from [\w .&’']{2,40}|you (?:may|might) also (?:like|enjoy)|"
    r"don(?:’|')?t miss|sign up|up next|most (?:read|popular|viewed)|trending|in case you missed "
    r"it|must read)\s?(?::|\||»|>|→|—|–)\s?.{0,200}",
    r"read more\W*$",
    r"(?:click|tap) here (?:to|for) (?:read |get |see |view )?(?:more|the latest|full|all)\b"
    r".{0,80}",
    r"(?:share|tweet|e-?mail|print|save|gift|bookmark) this (?:article|story|page|post)\b.{0,40}$",
    r"follow (?:us|@?\w+(?: \w+)?) on (?:twitter|facebook|instagram|x|tiktok|whatsapp|telegram|"
    r"google news|threads|bluesky|youtube|linkedin)\b.{0,100}",
    r"like us on facebook\b.{0,60}",
    r"(?:download|get) (?:the|our) .{0,40}\bapp\b.{0,60}\b(?:app store|google play|free|here|now|"
    r"android|ios)\b",
    r"(?:join|have your say|leave a comment|view|show|post|see) ?(?:the |in the )?(?:conversation|"
    r"comments?(?: section)?|discussion)\W*$",
    r"skip to (?:main |primary )?(?:content|navigation)\W*$",
    r"(?:story|article) continues (?:below|after)\b.{0,30}",
    r"scroll (?:down )?(?:to|for) (?:continue|read|more)\b.{0,40}",
    r"advertisement(?: continue reading the main story)?\W*$",
    r"(?:image|photo|video) (?:source|credit)s?\s?[,:]\s?[^.]{0,60}$",
)
_RIGHTS = (
    r"(?:©|\(c\)|copyright)\s?(?:©\s?)?(?:\(c\)\s?)?(?:19|20)\d\d\b.{0,120}$",
    r"(?:©|copyright\b).{0,80}all rights reserved\b.{0,60}",
    r"all rights reserved\W*$",
    r"this material may not be published, broadcast, rewritten\b.{0,60}",
)
_STRONG = re.compile(
    "(?:" + "|".join((*_APPEAL, *_NEWSLETTER, *_COOKIES, *_LINKS, *_RIGHTS)) + ")", re.I
)
_WEAK = re.compile(
    rf"\b(?:our|we|us|your?)\b.{{0,200}}\b(?:{_PRESS}|mission|readers?|{_GIFT}|paywalls?|stories|"
    r"agenda|inbox|newsletters?|cookies|privacy|terms|partners|sponsors?)\b",
    re.I | re.DOTALL,
)
_BUTTON = (
    r"(?:share|tweet|e-?mail|print|save|copy link|link copied|whats ?app|facebook|twitter|x|"
    r"linked ?in|reddit|flipboard|pinterest|telegram|messenger|bluesky|threads|\d+ comments?|"
    r"comments?|close|menu|search|log ?in|sign ?in|sign ?up|register|subscribe(?: now)?|"
    r"support now|support us|donate(?: now)?|find out more|read more|show more|see more|load more|"
    r"learn more|skip to (?:main )?content|advertisement|sponsored(?: content)?|back to top|"
    r"follow(?: us)?(?: on)?|bookmark|gift this article|related (?:articles|stories|topics)|"
    r"most (?:read|popular)|trending(?: now)?|up next|read next|listen|play|pause|mute|next|"
    r"previous|share this (?:article|story)|accept(?: all)?|reject(?: all)?|cookie settings|home)"
)
_BUTTONS = re.compile(rf"{_BUTTON}(?:[\s|•·,/>-]+{_BUTTON})+", re.I)
_PRESSED = re.compile(rf"{_BUTTON}(?:[\s|•·,/>-]+{_BUTTON})*", re.I)
_EDITOR = re.compile(
    r"(?:[A-Z][\w.’'-]+ ){2,4}(?:(?:[A-Z]\w+ )?Editor(?:[- ]in[- ][Cc]hief)?|"
    r"(?:[A-Z]\w+ ){1,3}Correspondent)$"
)
_QUOTED = re.compile('["“”«»„]')
_UNIT_BREAK = re.compile(r"(?<=[.!?])[’')]?\s+(?=[A-Z0-9$£€‘'])|\n")
_HINTS = (
    *("journalis", "newsroom", "reporting", "support", "contribut", "donat", "subscri", "member"),
    *("sign up", "signing up", "sign in", "log in", "inbox", "mail", "cookie", "privacy", "enable"),
    *("read more", "read also", "also read", "read next", "related", "recommend", "more from"),
    *("more on this", "also like", "miss", "trending", "most ", "click", "tap here", "share"),
    *("tweet", "follow", "facebook", "twitter", " app", "comment", "conversation", "discussion"),
    *("skip to", "continu", "scroll", "advertis", "image ", "photo", "video", "©", "(c)"),
    *("copyright", "rights reserved", "this material", "free article", "register", "access"),
    *("up next", "must read", "menu", "search", "print", "see also", "gift", "whether "),
)
"""Every strong sentence and button row holds one of these: a quick way past most paragraphs."""


def boilerplate_positions(paragraphs: Sequence[str]) -> frozenset[int]:
    """Positions of the paragraphs that are no part of the article."""
    dropped: set[int] = set()
    for position, paragraph in enumerate(paragraphs):
        if is_boilerplate(paragraph):
            dropped.add(position)
        elif _is_broken_off(paragraphs, position):
            dropped.update((position, position + 1))
    dropped |= _between(paragraphs, dropped)
    dropped |= {
        position
        for position, paragraph in enumerate(paragraphs)
        if dropped & {position - 1, position + 1} and _EDITOR.match(paragraph)
    }
    return frozenset(dropped)


def is_boilerplate(paragraph: str) -> bool:
    """Whether every sentence of a paragraph speaks for the site, at least one beyond doubt."""
    if paragraph.count(" ") > _LONGEST or _QUOTED.search(paragraph):
        return False
    lowered = paragraph.lower()
    if not any(hint in lowered for hint in _HINTS):
        return False
    if _BUTTONS.fullmatch(paragraph.strip(" .\n")):
        return True
    units = [unit.strip() for unit in _UNIT_BREAK.split(paragraph) if unit.strip()]
    strong = [bool(_STRONG.match(unit)) for unit in units]
    return any(strong) and all(
        sure or _WEAK.search(unit) or _PRESSED.fullmatch(unit.strip(" .")) or _EDITOR.match(unit)
        for sure, unit in zip(strong, units, strict=True)
    )


def _is_broken_off(paragraphs: Sequence[str], position: int) -> bool:
    """Whether an appeal was torn in two: "Support truly", then "independent journalism …"."""
    if position + 1 >= len(paragraphs):
        return False
    here, after = paragraphs[position], paragraphs[position + 1]
    torn = here.count(" ") < 6 and here[-1].isalpha() and after[0].islower()
    return torn and is_boilerplate(f"{here} {after}")


def _between(paragraphs: Sequence[str], dropped: set[int]) -> set[int]:
    """Up to three short paragraphs in the site's voice with dropped ones on both sides."""
    found: set[int] = set()
    ordered = sorted(dropped)
    for before, after in pairwise(ordered):
        middle = range(before + 1, after)
        if 0 < len(middle) <= 3 and all(_is_house_talk(paragraphs[n]) for n in middle):
            found.update(middle)
    return found


def _is_house_talk(paragraph: str) -> bool:
    return (
        paragraph.count(" ") <= 60
        and not _QUOTED.search(paragraph)
        and (_WEAK.search(paragraph) is not None or _EDITOR.match(paragraph) is not None)
    )
