"""`python -m bench NAME`: runs one of the measurements.

answerers    quote, embedded and endpoint on squad and news-2025: the table in the README
answers      time and memory of an answer, cold and warm
ingest       articles into an index, beside the bare encoder and a peer
retrieval    which passages are handed on, on news-2025, step by step
claims       the support check on WiCE, beside similarity and word overlap
pairs        news English rightly and wrongly retold: what the check keeps of it
drafts       what SmolLM2 drafts of news, labelled by hand: how much that is false gets through
injections   attacks planted in articles: are they followed?
rewrite      follow-ups on MTRAG, beside the last turn and all turns
start        from the start of the web chat to its first page, beside a bare page
chats        fifty chats at once on a real server
screenshots  the pictures in the README, from the real page
"""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    *("answerers", "answers", "ingest", "retrieval", "claims", "pairs", "drafts", "injections"),
    *("rewrite", "start", "chats", "screenshots"),
)


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in NAMES:
        print(__doc__, file=sys.stderr)
        return 2
    name = sys.argv.pop(1)
    return import_module(f"bench.{name}").main() or 0


if __name__ == "__main__":
    raise SystemExit(main())
