"""Train the reader on a GPU: an epoch in half a minute, so that a teacher can be had as well.

    python -m training.gpu --to training/runs/teacher.safetensors --layers 12 --seconds 200
    python -m training.gpu --to training/runs/taught.safetensors \
        --teacher training/runs/teacher.safetensors

In: `training/runs/examples.npz`, `mined.npy` where there is one, and the reader to go on from
(--from). A deeper network starts with each of its layers twice. With teachers, half of the loss is
the distance from what they say (Hinton et al., Distilling the Knowledge in a Neural Network, 2015).
Out: the moving mean of the weights. The rate rises for 300 steps and falls linearly to 0 by the
clock; `training/runs/log.jsonl` gets a line at the end. What is needed to go on is saved every
minute in `training/runs/NAME.state`, and taken up there by the same command.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from rag.errors import SettingsError
from rag.network import Network, load_network, save_network
from rag.reader import WEIGHTS
from training.examples import Batch, Examples
from training.train import (
    BETAS,
    CLIP,
    RUNS,
    WARM_UP,
    WEIGHT_DECAY,
    held_out_batches,
    loss_of,
    measure,
    training_examples,
    write_log,
)

BATCH = 256
PEAK_RATE = 4e-4
DROPOUT = 0.1
KEEP = 0.999  # of the moving mean, at each step
WORKERS = 12
SAVE_SECONDS = 60
TAUGHT = 0.5  # the share of the teachers in the loss


@dataclass(frozen=True)
class Course:
    """How long to train, in seconds; the highest rate; what the examples are drawn by; and what
    names the run, so that no other goes on with its state."""

    seconds: float
    rate: float = PEAK_RATE
    seed: int = 7
    run: str = ""


class Stream(IterableDataset[Batch]):
    """Batches without end; each worker makes whole pools of them."""

    def __init__(self, examples: Examples) -> None:
        self._examples = examples

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        number, step = (worker.id, worker.num_workers) if worker else (0, 1)
        torch.set_num_threads(1)
        while True:
            yield from self._examples.pool(number)
            number += step


def stream_of(examples: Examples) -> DataLoader[Batch]:
    return DataLoader(Stream(examples), batch_size=None, num_workers=WORKERS, prefetch_factor=8)


def deepen(network: Network, layers: int) -> Network:
    """A network of so many layers that starts from this one, each of whose layers is repeated."""
    old = network.state_dict()
    times = layers // len(network.layers)
    new = {name: value for name, value in old.items() if not name.startswith("layers.")}
    for number in range(layers):
        start = f"layers.{number // times}."
        for name, value in old.items():
            if name.startswith(start):
                new[f"layers.{number}." + name.removeprefix(start)] = value
    deeper = Network(layers, DROPOUT)
    deeper.load_state_dict(new)
    return deeper


def taught_loss(network: Network, teachers: Sequence[Network], batch: Batch) -> Tensor:
    """Half of it by the labels, half by the mean of what the teachers say."""
    spans, answerable = network(*batch.inputs)
    with torch.no_grad():
        said = [teacher(*batch.inputs) for teacher in teachers]
        meant = torch.stack([logits for logits, _ in said]).mean(0).softmax(1)
        chance = torch.stack([logit.sigmoid() for _, logit in said]).mean(0)
    far = -(meant * spans.log_softmax(1)).sum(1).mean()
    far = far + nn.functional.binary_cross_entropy_with_logits(answerable, chance)
    return TAUGHT * far + (1 - TAUGHT) * loss_of(spans, answerable, batch)


def loss_by(network: Network, teachers: Sequence[Network], batch: Batch) -> Tensor:
    """By the labels alone where there are no teachers."""
    if teachers:
        return taught_loss(network, teachers, batch)
    return loss_of(*network(*batch.inputs), batch)


class Masters:
    """The trained weights in float32 beside the bfloat16 ones that compute, and their mean."""

    def __init__(self, network: Network, rate: float) -> None:
        network.words.requires_grad_(False)
        self.rate, self.steps = rate, 0
        self._computing = [p for p in network.parameters() if p.requires_grad]
        self.values = [p.detach().float().clone() for p in self._computing]
        self.mean = [value.clone() for value in self.values]
        groups = [
            {"params": [v for v in self.values if v.dim() > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [v for v in self.values if v.dim() <= 1], "weight_decay": 0.0},
        ]
        self._optimizer = torch.optim.AdamW(groups, lr=rate, betas=BETAS, fused=True)

    def step(self, fraction: float) -> None:
        """Apply the gradients; `fraction` of the time is over."""
        self.steps += 1
        for group in self._optimizer.param_groups:
            group["lr"] = self.rate * min(1.0, self.steps / WARM_UP) * (1 - fraction)
        for value, parameter in zip(self.values, self._computing, strict=True):
            assert parameter.grad is not None
            value.grad, parameter.grad = parameter.grad.float(), None
        nn.utils.clip_grad_norm_(self.values, CLIP)
        self._optimizer.step()
        with torch.no_grad():
            torch._foreach_copy_([p.data for p in self._computing], self.values)
            share = 1 - min(KEEP, self.steps / (self.steps + 10))
            torch._foreach_lerp_(self.mean, self.values, share)

    def save(self, path: Path, run: str, spent: float) -> None:
        """Everything to go on from, after so many seconds of this run."""
        part = path.with_suffix(".part")
        kept = {name: getattr(self, name) for name in ("steps", "values", "mean")}
        kept |= {"optimizer": self._optimizer.state_dict(), "run": run, "spent": spent}
        torch.save(kept, part)
        part.replace(path)

    def load(self, path: Path, run: str) -> float:
        """Go on from there; how many seconds were spent before.

        Raises SettingsError where another run was saved there.
        """
        kept = torch.load(path)
        if kept["run"] != run:
            raise SettingsError(f"{path} is of another run; delete it to begin anew")
        self.steps = kept["steps"]
        with torch.no_grad():
            torch._foreach_copy_([*self.values, *self.mean], [*kept["values"], *kept["mean"]])
            torch._foreach_copy_([p.data for p in self._computing], self.values)
        self._optimizer.load_state_dict(kept["optimizer"])
        return float(kept["spent"])

    def settle(self, network: Network) -> None:
        """Put the moving mean of the weights into the network, which is in float32 from then on."""
        network.float()
        trained = (p for p in network.parameters() if p.requires_grad)
        for parameter, value in zip(trained, self.mean, strict=True):
            parameter.data.copy_(value)


def train(
    network: Network,
    examples: Examples,
    course: Course,
    teachers: Sequence[Network],
    device: str,
    state: Path,
) -> dict[str, float | None]:
    """Train the network; what it holds then is the moving mean. Figures of the run."""
    network.to(device, torch.bfloat16).train()
    masters, losses = Masters(network, course.rate), []
    spent = masters.load(state, course.run) if state.exists() else 0.0
    # Another seed for what is left, so that it does not see the first pools again.
    examples.seed = course.seed + masters.steps
    begun = saved = time.monotonic()
    for batch in stream_of(examples):
        now = time.monotonic()
        fraction = (spent + now - begun) / course.seconds
        if fraction >= 1:
            break
        loss = loss_by(network, teachers, batch.to(device))
        loss.backward()
        masters.step(fraction)
        if masters.steps % 50 == 1:
            losses.append(float(loss.detach()))
        if now - saved > SAVE_SECONDS:
            masters.save(state, course.run, spent + now - begun)
            saved = now
    masters.save(state, course.run, course.seconds)
    masters.settle(network)
    mean = round(float(np.mean(losses[-20:])), 4) if losses else None
    return {"examples": masters.steps * examples.batch_size, "train_loss": mean}


def begin(begin_with: Path, layers: int | None) -> Network:
    """The reader to go on from, with dropout, as deep as asked. Raises SettingsError."""
    read = load_network(begin_with).requires_grad_(True)
    wanted = layers or len(read.layers)
    if wanted % len(read.layers):
        raise SettingsError(f"{wanted} layers cannot be made of {len(read.layers)}, each repeated")
    return deepen(read, wanted)


def run(
    begin_with: Path, to: Path, layers: int | None, course: Course, teachers: Sequence[Path],
    device: str,
) -> None:  # fmt: skip
    """Train and write one reader, and a line of the log."""
    torch.manual_seed(course.seed)
    to.parent.mkdir(parents=True, exist_ok=True)
    state = RUNS / f"{to.stem}.state"
    taught = [load_network(teacher).to(device, torch.bfloat16) for teacher in teachers]
    network = begin(begin_with, layers)
    figures = train(network, training_examples(BATCH), course, taught, device, state)
    held_out = [batch.to(device) for batch in held_out_batches()]
    line = {"to": to.name, "layers": len(network.layers), "seconds": course.seconds, **figures}
    line |= measure(network.eval(), held_out)
    write_log(line)
    print(json.dumps(line), flush=True)
    save_network(network.cpu(), to, {"examples": str(figures["examples"])})
    state.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="begin_with", type=Path, default=WEIGHTS)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--layers", type=int, help="if not as many as --from has")
    parser.add_argument("--seconds", type=float, default=140)
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="the highest learning rate")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--teacher", type=Path, action="append", default=[])
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    named = {name: str(value) for name, value in sorted(vars(options).items())}
    course = Course(options.seconds, options.rate, options.seed, json.dumps(named))
    run(options.begin_with, options.to, options.layers, course, options.teacher, options.device)


if __name__ == "__main__":
    main()
