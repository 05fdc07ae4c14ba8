"""Train the reader on `training/runs/examples.npz`.

    python -m training.train --minutes 95 --workers 2

Each worker is a process of one thread: it takes the next batch, computes gradients in bfloat16 on
its own copy of the weights, and under a lock applies them (AdamW, float32) to the weights that all
share. On a busy machine this loses less than one process of several threads, which wait for each
other at every matrix. Batches and crops follow from the seed; the order in which updates land
does not, so two runs differ a little.

The learning rate falls linearly to zero over the given minutes; a time in which the processes were
stopped does not count. The state is saved every three minutes to `training/runs/state.pt`; started
again, the run goes on from there, with the rest of the schedule spread over the minutes then given.
`training/runs/log.jsonl` gets a line every twelve.
The word embeddings stay as they are in MiniLM, so that they need not be shipped twice.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.multiprocessing as processes
from torch import Tensor, nn

from rag.network import Network, base_weights, load_network
from training.examples import BATCH, SEED, Batch, Examples

RUNS = Path(__file__).resolve().parent / "runs"
PEAK_RATE = 2e-4
WARM_UP = 300
WEIGHT_DECAY = 0.01
BETAS = (0.9, 0.98)
CLIP = 1.0
SMOOTHING = 0.03
SAVE_SECONDS = 180
LONGEST_STEP = 30  # seconds; what a step took beyond them, the process stood still
MEASURE_SECONDS = 720


def training_examples(batch: int) -> Examples:
    """What is trained on: with the mined negatives, where there are any."""
    mined = RUNS / "mined.npy"
    return Examples(
        RUNS / "examples.npz", False, batch=batch, mined=mined if mined.exists() else None
    )


def held_out_batches() -> list[Batch]:
    """480 examples that are not trained on, to measure with."""
    return list(Examples(RUNS / "examples.npz", held_out=True).in_order(480))


def write_log(line: dict[str, Any]) -> None:
    """Append a line to the log."""
    with (RUNS / "log.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def loss_of(spans: Tensor, answerable: Tensor, batch: Batch) -> Tensor:
    """Span cross-entropy (no answer at the first token) plus answerable cross-entropy."""
    span_loss = nn.functional.cross_entropy(spans, batch.spans)
    target = batch.answerable * (1 - 2 * SMOOTHING) + SMOOTHING
    return span_loss + nn.functional.binary_cross_entropy_with_logits(answerable, target)


class Flat:
    """A network whose trained weights, and their gradients, lie in one vector each."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.network = Network()
        self.network.load_state_dict(base_weights(), strict=False)
        self.network.to(dtype)
        self.network.words.requires_grad_(False)
        trained = [p for p in self.network.parameters() if p.requires_grad]
        self.values = torch.cat([p.detach().flatten() for p in trained])
        self.gradients = torch.zeros_like(self.values)
        self.decayed = torch.cat([torch.full((p.numel(),), float(p.dim() > 1)) for p in trained])
        at = 0
        for parameter in trained:
            until = at + parameter.numel()
            parameter.data = self.values[at:until].view_as(parameter)
            parameter.grad = self.gradients[at:until].view_as(parameter)
            at = until


class Shared:
    """What the workers share: weights, moments, and the counters of batches and updates."""

    def __init__(self, values: Tensor) -> None:
        self.values = values.clone().share_memory_()
        self.mean = torch.zeros_like(values).share_memory_()
        self.square = torch.zeros_like(values).share_memory_()
        self.taken = torch.zeros((), dtype=torch.int64).share_memory_()
        self.updates = torch.zeros((), dtype=torch.int64).share_memory_()
        self.fraction = torch.zeros((), dtype=torch.float64).share_memory_()

    def tensors(self) -> dict[str, Tensor]:
        return dict(vars(self))

    def save(self, path: Path) -> None:
        part = path.with_suffix(".part")
        torch.save(self.tensors(), part)
        part.replace(path)

    def load(self, path: Path) -> None:
        for name, value in torch.load(path).items():
            getattr(self, name).copy_(value)

    def update(self, gradients: Tensor, decayed: Tensor, peak: float) -> None:
        """One AdamW step. The caller holds the lock."""
        self.updates += 1
        count = int(self.updates)
        gradients *= min(1.0, CLIP / (float(gradients.norm()) + 1e-6))
        self.mean.lerp_(gradients, 1 - BETAS[0])
        self.square.mul_(BETAS[1]).addcmul_(gradients, gradients, value=1 - BETAS[1])
        rate = peak * min(1.0, count / WARM_UP) * (1 - float(self.fraction))
        self.values.addcmul_(self.values, decayed, value=-rate * WEIGHT_DECAY)
        scale = (self.square / (1 - BETAS[1] ** count)).sqrt_().add_(1e-8)
        self.values.addcdiv_(self.mean, scale, value=-rate / (1 - BETAS[0] ** count))


def measure(network: Network, batches: list[Batch]) -> dict[str, float]:
    """Loss, exact spans, overlap of spans (F1 over tokens) and AUROC of answerable, held out."""
    from training.metrics import auroc

    losses, exact, overlap, scores, labels = [], [], [], [], []
    for batch in batches:
        with torch.no_grad():
            spans, answerable = network(*batch.inputs)
            losses.append(float(loss_of(spans, answerable, batch)))
        spans[:, 0] = -1e9
        starts = spans[..., 0].argmax(1)
        for row, (first, last) in enumerate(batch.spans.tolist()):
            scores.append(float(answerable[row]))
            labels.append(bool(batch.answerable[row]))
            if first:
                start = int(starts[row])
                end = start + int(spans[row, start : start + 24, 1].argmax())
                same = max(0, min(end, last) - max(start, first) + 1)
                exact.append(float((start, end) == (first, last)))
                overlap.append(2 * same / (end - start + 1 + last - first + 1))
    return {
        "held_out_loss": round(float(np.mean(losses)), 4),
        "held_out_exact": round(float(np.mean(exact)), 4),
        "held_out_overlap": round(float(np.mean(overlap)), 4),
        "held_out_auroc": round(auroc(scores, labels), 4),
    }


@dataclass(frozen=True)
class Course:
    """How long to train, in minutes, and the highest learning rate."""

    minutes: float
    rate: float = PEAK_RATE


def work(worker: int, shared: Shared, lock: Any, course: Course) -> None:
    """One worker, until the time is over. Worker 0 also saves and measures."""
    torch.set_num_threads(1)
    torch.manual_seed(SEED + worker)
    flat = Flat(torch.bfloat16)
    examples = training_examples(BATCH)
    held_out = held_out_batches() if not worker else []
    begun, at_start = time.monotonic(), float(shared.fraction)
    last, saved, measured, losses = begun, begun, begun, []
    while float(shared.fraction) < 1:
        with lock:
            number = int(shared.taken)
            shared.taken += 1
            flat.values.copy_(shared.values)
        flat.gradients.zero_()
        batch = examples.batch(number)
        loss = loss_of(*flat.network(*batch.inputs), batch)
        loss.backward()
        losses.append(float(loss.detach()))
        now = time.monotonic()
        with lock:
            if worker == 0:
                step = (1 - at_start) * min(now - last, LONGEST_STEP) / (60 * course.minutes)
                shared.fraction.fill_(min(1.0, float(shared.fraction) + step))
            shared.update(flat.gradients.float(), flat.decayed, course.rate)
        last = now
        over = float(shared.fraction) >= 1
        if worker == 0 and (now - saved > SAVE_SECONDS or over):
            with lock:
                shared.save(RUNS / "state.pt")
            saved = time.monotonic()
        if worker == 0 and (now - measured > MEASURE_SECONDS or over):
            flat.values.copy_(shared.values)
            report(shared, flat.network, held_out, losses, now - begun)
            measured, losses = time.monotonic(), []


def report(
    shared: Shared, network: Network, held_out: list[Batch], losses: list[float], seconds: float
) -> None:
    """Append a line to the log."""
    line = {
        "minutes": round(seconds / 60, 1),
        "fraction": round(float(shared.fraction), 4),
        "updates": int(shared.updates),
        "examples": int(shared.updates) * BATCH,
        "train_loss": round(float(np.mean(losses)), 4),
        **measure(network, held_out),
    }
    write_log(line)


def train(course: Course, workers: int, begin_with: Path | None, first_batch: int) -> None:
    torch.manual_seed(SEED)
    flat = Flat(torch.float32)
    if begin_with is not None:
        flat.network.load_state_dict(load_network(begin_with).state_dict())
    shared = Shared(flat.values)
    shared.taken.fill_(first_batch)
    state = RUNS / "state.pt"
    if state.exists():
        shared.load(state)
    lock = processes.get_context("spawn").Lock()
    processes.spawn(work, (shared, lock, course), nprocs=workers)
    shared.save(state)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=95)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--from", dest="begin_with", type=Path, help="an exported reader")
    parser.add_argument(
        "--first-batch", type=int, default=0, help="begin there, past what was seen before"
    )
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="the highest learning rate")
    options = parser.parse_args()
    course = Course(options.minutes, options.rate)
    train(course, options.workers, options.begin_with, options.first_batch)
