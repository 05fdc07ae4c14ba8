"""What a rule finds wrong with a claim, given its evidence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `wrong`: the evidence says otherwise, or knows nothing of it.

    Otherwise the claim goes a little further than the evidence (it leaves out "reportedly",
    or says "700" for "nearly 700"): the quotation is to be shown instead.
    """

    reason: str
    wrong: bool = True
