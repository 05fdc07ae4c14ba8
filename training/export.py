"""Write the trained reader as the file that the package ships.

    python -m training.export [--to rag/data/reader.safetensors] [--average PATH]

In: `training/runs/state.pt`; with --average the mean of its weights and those of a reader that it
went on from (Wortsman et al., Model soups, ICML 2022). Out: the weights in bfloat16, in which they
were trained to be read, without the word embeddings (they are MiniLM's, untouched); with --record
also `training/results/training.md`, the log of the run as a table, and
`tests/data/reader-200.json`, what the float32 weights before the export read on 200 questions
(ids, offsets, scores; no text).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from rag.network import Network, load_network, save_network
from rag.reader import WEIGHTS, Reader, forward_of, load_tokenizer
from training.evaluate import load, read_squad
from training.train import RUNS, Flat

ROOT = Path(__file__).resolve().parent
RESULTS = ROOT / "results"
EXPECTED = ROOT.parent / "tests" / "data" / "reader-200.json"
COLUMNS = (
    "examples", "fraction", "train_loss", "held_out_loss", "held_out_exact", "held_out_overlap",
    "held_out_auroc",
)  # fmt: skip


def export(state: Path, path: Path, average: Path | None = None) -> Network:
    """Write the weights of a saved state to `path`; returns them in float32."""
    flat = Flat(torch.float32)
    saved = torch.load(state)
    flat.values.copy_(saved["values"])
    if average is not None:
        other = load_network(average).state_dict()
        mean = {
            name: (value + other[name].float()) / 2
            for name, value in flat.network.state_dict().items()
        }
        flat.network.load_state_dict(mean)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_network(flat.network, path, {"updates": str(int(saved["updates"]))})
    return flat.network


def expectations(network: Network) -> dict[str, list[float]]:
    """Start, end and answerable of every 30th question of squad, read in float32."""
    reader = Reader(forward_of(network, bfloat16=False), load_tokenizer())
    _, questions = load("squad")
    read = read_squad(reader, questions[:6000:30])
    rows = ((row["id"], row["readings"][0]) for row in read)
    return {key: [r["start"], r["end"], round(r["answerable"], 5)] for key, r in rows}


def table(log: Path) -> str:
    """The training log as a Markdown table."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    rows = [" | ".join(str(line[column]) for column in COLUMNS) for line in lines]
    head = [" | ".join(column.replace("_", " ") for column in COLUMNS), "---|" * len(COLUMNS)]
    return "\n".join(f"| {row} |" if "---|" not in row else f"|{row}" for row in head + rows) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, default=RUNS / "state.pt")
    parser.add_argument("--to", type=Path, default=WEIGHTS)
    parser.add_argument("--average", type=Path, help="a reader to take the mean with")
    parser.add_argument("--record", action="store_true", help="write the log and the expectations")
    options = parser.parse_args()
    exported = export(options.state, options.to, options.average)
    if options.record:
        EXPECTED.parent.mkdir(exist_ok=True)
        EXPECTED.write_text(json.dumps(expectations(exported)) + "\n", encoding="utf-8")
        (RESULTS / "training.md").write_text(table(RUNS / "log.jsonl"), encoding="utf-8")
