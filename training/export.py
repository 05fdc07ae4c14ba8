"""Write the trained reader as the file that the package ships.

    python -m training.export --state training/runs/state.pt         # of training.train
    python -m training.export --mean A.safetensors=0.6 B.safetensors=0.4

In: the state of a run on a processor, or readers with the share of each in their mean (Wortsman et
al., Model soups, ICML 2022: of runs that went on from each other). Out: the weights in bfloat16, in
which they were trained to be read, without the word embeddings (they are MiniLM's, untouched). With
--record also `tests/data/reader-200.json`, what the float32 weights before the export read on 200
questions (ids, offsets, scores; no text).
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path

import torch

from rag.errors import SettingsError
from rag.network import Network, load_network, save_network
from rag.reader import WEIGHTS, Reader, forward_of, load_tokenizer
from training.evaluate import load, read_squad
from training.train import RUNS, Flat

ROOT = Path(__file__).resolve().parent
EXPECTED = ROOT.parent / "tests" / "data" / "reader-200.json"


def trained(state: Path) -> Network:
    """The network of a saved state, in float32."""
    flat = Flat(torch.float32)
    flat.values.copy_(torch.load(state)["values"])
    return flat.network


def mean(shares: Sequence[tuple[Path, float]]) -> Network:
    """The network whose weights are the mean of these readers', in float32. The shares add to 1."""
    states = [(load_network(path).state_dict(), share) for path, share in shares]
    if any(state.keys() != states[0][0].keys() for state, _ in states):
        raise SettingsError("readers of different depth have no mean")
    weights = {
        name: torch.stack([state[name].float() * share for state, share in states]).sum(0)
        for name in states[0][0]
    }
    network = load_network(shares[0][0])
    network.load_state_dict(weights)
    return network


def share_of(argument: str) -> tuple[Path, float]:
    """A reader and its share, from "PATH=SHARE"."""
    path, _, share = argument.rpartition("=")
    return Path(path), float(share)


def expectations(network: Network) -> dict[str, list[float]]:
    """Start, end and answerable of every 30th question of squad, read in float32."""
    reader = Reader(forward_of(network, bfloat16=False), load_tokenizer())
    _, questions = load("squad")
    read = read_squad(reader, questions[:6000:30])
    rows = ((row["id"], row["readings"][0]) for row in read)
    return {key: [r["start"], r["end"], round(r["answerable"], 5)] for key, r in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    of = parser.add_mutually_exclusive_group()
    of.add_argument("--state", type=Path, default=RUNS / "state.pt")
    of.add_argument("--mean", type=share_of, nargs="+", metavar="PATH=SHARE")
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    parser.add_argument("--record", action="store_true", help="write what the tests expect")
    options = parser.parse_args()
    if options.mean and not math.isclose(sum(share for _, share in options.mean), 1):
        parser.error("the shares must add to 1")
    network = mean(options.mean) if options.mean else trained(options.state)
    options.to.parent.mkdir(parents=True, exist_ok=True)
    save_network(network, options.to, {})
    if options.record:
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text(json.dumps(expectations(network)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
