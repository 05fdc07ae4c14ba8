"""What the whole suite shares: the models and the index over the seed are made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag import Assistant

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
SEED = "000_f7661af205ce43e5.txt"
DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def seed_assistant() -> Assistant:
    """The seed article in memory, answered by quoting; read only."""
    return Assistant.from_sources([SEEDS], answerer="quote")
