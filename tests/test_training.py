"""What the reader is trained on: edits that read like questions, hard negatives, whole passes."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
import torch

from rag.errors import SettingsError
from rag.network import Network, save_network
from training.build import crossed, edits_of
from training.examples import POOL, Examples
from training.export import mean
from training.gpu import Masters, begin, deepen
from training.mine import sampled, worst

PASSAGE = "In 1905 the museum in Bergen bought a painting; in 1911 the gallery in Oslo sold it."


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def test_every_word_of_a_crossed_question_still_stands_in_the_question_or_the_passage():
    question = "Which museum in Bergen bought a painting in 1905?"
    nouns = {"museum", "painting", "gallery"}
    edits = crossed(question, PASSAGE, nouns, random.Random(7))
    # a name (Bergen), a number (1905) and two nouns (museum, painting) are exchanged, one each
    assert len(edits) == 4
    for edit in edits:
        assert len(words(edit) - words(question)) == 1
        assert words(edit) <= words(question) | words(PASSAGE)


def test_a_question_that_shares_nothing_with_the_passage_is_not_crossed():
    assert crossed("Who won?", PASSAGE, {"museum"}, random.Random(7)) == []


def test_edits_change_one_thing_each():
    edits = edits_of("Who was first in 1905?", PASSAGE, [], random.Random(7))
    assert {edit.split(" in ")[0] for edit in edits} == {"Who was first", "Who was last"}
    assert len(edits) == 2


def test_of_each_source_the_worst_candidate_is_kept_unless_it_is_easy():
    sources = np.array([3, -3, 3, 5, 3, -3])
    said = np.array([0.20, 0.90, 0.60, 0.01, 0.40, 0.10])
    # source 3: .60, at place 2; -3 (its passages): .90, at place 1; 5: only .01, too easy
    assert worst(sources, said).tolist() == [1, 2]


@pytest.fixture(scope="module")
def examples_file(tmp_path_factory):
    """One full pool of examples, each of a passage of its own, and ten candidates."""
    path = tmp_path_factory.mktemp("training") / "examples.npz"
    count = POOL + 10
    passages = [[1000 + number % 7, 2000, 3000 + number % 9, 1012] for number in range(count)]
    row = np.arange(count)
    rows = np.zeros((count, 7), dtype=np.int32)
    rows[:, 1], rows[:, 3], rows[:, 4], rows[POOL:, 6] = row, row % 3, row % 3, 1
    np.savez(
        path, rows=rows,
        passage_ids=np.array(passages, dtype=np.uint16).ravel(),
        passage_bounds=np.arange(count + 1) * 4,
        short_ids=np.array([2040, 2003], dtype=np.uint16), short_bounds=np.array([0, 2]),
    )  # fmt: skip
    return path


def test_a_pass_sees_every_example_once_and_the_same_for_the_same_seed(examples_file):
    examples = Examples(examples_file, held_out=False, batch=256)
    assert (len(examples), examples.pools) == (POOL, 1)
    first, again = examples.pool(0), examples.pool(0)
    assert sum(len(batch.ids) for batch in first) == POOL
    assert all(torch.equal(a.ids, b.ids) for a, b in zip(first, again, strict=True))
    other = Examples(examples_file, held_out=False, batch=256, seed=8).pool(0)
    assert not all(torch.equal(a.ids, b.ids) for a, b in zip(first, other, strict=True))


def test_half_of_what_was_mined_joins_a_pass(examples_file, tmp_path):
    np.save(tmp_path / "mined.npy", np.arange(POOL, POOL + 10))
    examples = Examples(examples_file, held_out=False, mined=tmp_path / "mined.npy")
    assert len(examples) == POOL + 5


def test_what_was_mined_of_other_examples_is_refused(examples_file, tmp_path):
    for numbers in ([0], [POOL + 10]):  # no candidate; no row
        np.save(tmp_path / "mined.npy", np.array(numbers))
        with pytest.raises(ValueError, match="other examples"):
            Examples(examples_file, held_out=False, mined=tmp_path / "mined.npy")


def test_a_sample_of_the_candidates_is_of_all_kinds_alike():
    numbers = np.arange(1000)
    kept = sampled(numbers, 100)
    assert len(kept) == 100
    assert list(kept) == sorted(kept)
    # Of 100 drawn at random from 1,000 some lie in each tenth; the first 100 would all in one.
    assert len({number // 100 for number in kept}) == 10
    assert list(sampled(numbers, None)) == list(numbers)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(7)
    return Network()


def test_a_deeper_network_starts_with_each_layer_twice(network):
    deeper = deepen(network, 12)
    assert len(deeper.layers) == 12
    for number, layer in enumerate(deeper.layers):
        assert torch.equal(layer.up.weight, network.layers[number // 2].up.weight)


def test_a_network_cannot_be_made_half_as_deep_again(network, tmp_path):
    save_network(network, tmp_path / "six.safetensors", {})
    assert len(begin(tmp_path / "six.safetensors", None).layers) == 6
    with pytest.raises(SettingsError, match="9 layers"):
        begin(tmp_path / "six.safetensors", 9)


def test_training_goes_on_where_it_was_saved(network, tmp_path):
    ids = torch.tensor([[101, 2040, 102, 1000, 2000, 102]])
    inputs = ids, torch.tensor([[0, 0, 0, 1, 1, 1]]), ids > 102
    network.requires_grad_(True)
    masters = Masters(network, rate=1e-3)
    network(*inputs)[1].sum().backward()
    masters.step(0.0)
    masters.save(tmp_path / "run.state", "this run", spent=12.5)
    kept = [value.clone() for value in masters.values]
    network(*inputs)[1].sum().backward()
    masters.step(0.5)
    again = Masters(network, rate=1e-3)
    assert again.load(tmp_path / "run.state", "this run") == 12.5
    with pytest.raises(SettingsError, match="another run"):
        again.load(tmp_path / "run.state", "that run")
    assert again.steps == 1
    assert all(torch.equal(a, b) for a, b in zip(again.values, kept, strict=True))
    trained = [p for p in network.parameters() if p.requires_grad]
    assert all(torch.equal(p, value) for p, value in zip(trained, kept, strict=True))


def test_the_mean_of_two_readers_lies_between_them(tmp_path):
    paths = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        paths.append(tmp_path / f"{seed}.safetensors")
        save_network(Network(), paths[-1], {})
    one, other = (mean([(path, 1.0)]).spans.weight for path in paths)
    mixed = mean([(paths[0], 0.75), (paths[1], 0.25)]).spans.weight
    torch.testing.assert_close(mixed, 0.75 * one + 0.25 * other)
