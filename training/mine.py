"""Choose the hard negatives: candidates of `training.build` that a reader takes for answerable.

    python -m training.mine --reader rag/data/reader.safetensors --most 50000
    python -m training.mine --reader rag/data/reader.safetensors --device cuda --workers 14

In: `training/runs/examples.npz`. For each question of the records the worst of its edits and the
worst of its near passages, each by what the reader says, are kept, unless it is nearly sure: of
those too many do answer. Out: `training/runs/mined.npy`, row numbers. A GPU reads all 800,000
in half a minute; two cores read 50 a second, so give them --most, the size of a sample of them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from rag.network import Network, load_network
from training.examples import HELD_OUT, SEED, SOURCE, Batch, Examples
from training.train import RUNS

WORTH = 0.05  # below it, a candidate is easy
SURE = 0.97  # above it, too many answer indeed


class Runs(Dataset[tuple[np.ndarray, Batch]]):
    """All examples in batches of about one length, with their places."""

    def __init__(self, examples: Examples, size: int) -> None:
        self._examples, self._places = examples, examples.by_length(size)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, number: int) -> tuple[np.ndarray, Batch]:
        places = self._places[number]
        return places, self._examples.at(places)


def chances(network: Network, examples: Examples, device: str, workers: int) -> np.ndarray:
    """What the reader says of each example, 0 to 1: (example,) float32, in their order."""
    said = np.zeros(len(examples), dtype=np.float32)
    runs = DataLoader(Runs(examples, 512), batch_size=None, num_workers=workers)
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
        for places, batch in runs:
            _, answerable = network(*batch.to(device).inputs)
            said[np.asarray(places)] = answerable.float().sigmoid().cpu().numpy()
    return said


def worst(sources: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Places of the highest of each source that is worth it: (kept,) int64, ascending."""
    order = np.lexsort((said, sources))
    last = np.append(sources[order][1:] != sources[order][:-1], True)
    return np.sort(order[last & (said[order] > WORTH)])


def sampled(numbers: np.ndarray, most: int | None) -> np.ndarray:
    """At most so many of them, of all kinds alike; ascending, the same at each call."""
    chosen: np.ndarray = np.sort(np.random.default_rng(SEED).permutation(numbers)[:most])
    return chosen


def mine(network: Network, path: Path, device: str, most: int | None, workers: int) -> np.ndarray:
    """Row numbers of the hard negatives, ascending. `most` candidates are looked at."""
    rows = np.load(path)["rows"]
    numbers = sampled(np.nonzero((rows[:, SOURCE] != 0) & (rows[:, HELD_OUT] == 0))[0], most)
    said = chances(network, Examples(path, held_out=False, only=numbers), device, workers)
    numbers, said = numbers[said <= SURE], said[said <= SURE]
    kept: np.ndarray = numbers[worst(rows[numbers, SOURCE], said)]
    return kept


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", type=Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    parser.add_argument("--most", type=int, help="candidates")
    options = parser.parse_args()
    reader = load_network(options.reader).to(options.device)
    found = mine(reader, RUNS / "examples.npz", options.device, options.most, options.workers)
    np.save(RUNS / "mined.npy", found)
    print(f"{len(found)} hard negatives")
