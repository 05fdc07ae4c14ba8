"""The folder of a run: what it says about itself, and which folder a run goes on in.

config.json names all that the answers depend on. Two runs are the same run exactly where
their configs are, apart from `made_on`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eval.plan import Plan
from rag.errors import InputError

if TYPE_CHECKING:
    from rag import Assistant
    from rag.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
RUNS = Path(__file__).resolve().parent / "runs"
_CODE = ("rag", "eval/*.py", "eval/metrics", "pyproject.toml")
_SHOWN_SETTINGS = ("answerer", "model_name", "embedding_model", "passages", "abstain_below")


def describe(plan: Plan, assistant: Assistant, settings: Settings, embedder: str) -> dict[str, Any]:
    """What config.json holds: all that the answers depend on, and where they were made."""
    shown = settings.model_dump(mode="json")
    questions = [question.model_dump(mode="json") for question in plan.questions]
    return {
        "set": plan.set_name,
        "questions": len(plan.questions),
        "questions_sha256": _digest(questions),
        "half": plan.half,
        "limit": plan.limit,
        "seed": plan.seed,
        "open_pool": plan.open_pool,
        "offsets_only": plan.offsets_only,
        "retrieval_only": plan.retrieval_only,
        "settings": {name: shown[name] for name in _SHOWN_SETTINGS},
        "index": _manifest(assistant, embedder),
        "revision": git_revision(),
    }


def pick_folder(config: dict[str, Any], runs: Path = RUNS) -> Path:
    """The newest unfinished run of this very config, to be gone on with; else a new folder."""
    for folder in sorted(runs.glob("*/"), reverse=True):
        if not (folder / "metrics.json").exists() and _same_run(folder, config):
            return folder
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return runs / f"{stamp}-{config['set']}-{config['settings']['answerer']}"


def claim(folder: Path, config: dict[str, Any]) -> None:
    """Marks the folder with this config. Raises InputError where it holds another run."""
    path = folder / "config.json"
    if path.exists():
        if not _same_run(folder, config):
            different = ", ".join(_differences(json.loads(path.read_text()), config))
            raise InputError(f"{folder} holds another run (it differs in {different}); give --out")
        return
    folder.mkdir(parents=True, exist_ok=True)
    machine = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
    }
    write_json(path, {**config, "made_on": machine})


def _same_run(folder: Path, config: dict[str, Any]) -> bool:
    path = folder / "config.json"
    return path.exists() and not _differences(json.loads(path.read_text()), config)


def _differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    keys = (first.keys() | second.keys()) - {"made_on"}
    return sorted(key for key in keys if first.get(key) != second.get(key))


def write_json(path: Path, values: Any) -> None:
    """Whole or not at all: written beside, then moved into place."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def git_revision() -> str:
    """The last commit of the code, "+changes" where the tree differs, "" outside of git."""
    try:
        commit = _git("log", "-1", "--format=%h", "--abbrev=12", "--", *_CODE)
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", *_CODE)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return commit + ("+changes" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True, timeout=20
    )
    return done.stdout.strip()


def _manifest(assistant: Assistant, embedder: str) -> dict[str, Any]:
    infos = sorted(assistant.articles(), key=lambda info: info.id)
    return {
        "articles": len(infos),
        "code_points": sum(info.length for info in infos),
        "sha256": _digest([[info.id, info.version] for info in infos]),
        "embedder": embedder,
    }


def _digest(values: Any) -> str:
    text = json.dumps(values, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
