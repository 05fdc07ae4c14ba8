"""The notebooks run, and the output saved in them is what they give."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

from notebooks.run import execute, read

ROOT = Path(__file__).parent.parent
NOTEBOOKS = {path.stem: path for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
AGAIN = "`make notebook` runs it again and saves what it gives"


@pytest.fixture(scope="module")
def executed() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))  # the kernel finds the package of this checkout
        return {name: execute(path) for name, path in NOTEBOOKS.items()}


def shown(cell: Any) -> list[str]:
    """What a reader sees of a cell: what it printed, and its value as a card or as text."""
    texts = []
    for output in cell.get("outputs", []):
        assert output["output_type"] != "error"
        data = output.get("data", {})
        text = output.get("text") or data.get("text/html") or data.get("text/plain")
        if output.get("name") != "stderr":
            texts.append(str(text))
    return texts


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def varies(cell: Any) -> bool:
    """Whether a cell is marked as one whose output is not the same everywhere: a language
    model's words may differ from one processor to another, and a new run has new figures."""
    return "varies" in cell.metadata.get("tags", ())


SCORE = re.compile(r"(?<=score[ =])\d+\.\d+")


def same(one: list[str], other: list[str]) -> bool:
    """Whether two outputs are the same, scores to two hundredths: processors with other ways to
    multiply in bfloat16 differ in the third place."""
    figures = [
        [float(it) for text in texts for it in SCORE.findall(text)] for texts in (one, other)
    ]
    words = [[SCORE.sub("…", text) for text in texts] for texts in (one, other)]
    return words[0] == words[1] and figures[0] == pytest.approx(figures[1], abs=0.02)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_saved_output_is_what_the_notebook_gives(executed: dict[str, Any], name: str) -> None:
    saved_cells = code_cells(read(NOTEBOOKS[name]))
    for saved, run in zip(saved_cells, code_cells(executed[name]), strict=True):
        assert saved.source == run.source
        if varies(saved):
            assert bool(shown(saved)) == bool(shown(run)), AGAIN
        else:
            assert same(shown(saved), shown(run)), AGAIN


def everything(notebook: Any) -> str:
    return "\n".join(text for cell in code_cells(notebook) for text in shown(cell))


def test_the_quick_start_shows_an_answer_a_refusal_and_exact_words(
    executed: dict[str, Any],
) -> None:
    text = everything(executed["quickstart"])
    reason = "differences over sanctions relief and denuclearisation steps"
    assert f"{reason}.</mark>" in text
    assert "<strong>The articles do not say.</strong>" in text
    assert "True 0\n" in text


def test_a_stream_ends_as_the_card_of_its_answer(executed: dict[str, Any]) -> None:
    (cell,) = [c for c in code_cells(executed["quickstart"]) if c.source.endswith("\nstream")]
    (output,) = cell.outputs
    assert output["output_type"] == "display_data"
    assert "<mark>At the 2018 summit in Singapore" in output["data"]["text/html"]


def test_questions_are_asked_side_by_side_in_a_running_loop(executed: dict[str, Any]) -> None:
    (cell,) = [c for c in code_cells(executed["your_own_articles"]) if "await " in c.source]
    (text,) = shown(cell)
    assert "Ines Calloway" in text
    assert "Who won the football match?\n    The articles do not say.\n" in text


@pytest.mark.parametrize("path", NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_nothing_of_the_machine_it_ran_on_is_saved_in_it(path: Path) -> None:
    text = path.read_text("utf-8")
    for place in (str(Path.home()), str(ROOT.parent), tempfile.gettempdir() + "/"):
        assert place not in text
    assert "Traceback" not in text
    assert all(not shown(cell) or cell.execution_count for cell in code_cells(read(path)))
