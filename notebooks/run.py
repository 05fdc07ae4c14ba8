"""Runs the notebooks beside this file and saves what they give: `make notebook`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def execute(path: Path) -> Any:
    """The notebook with the output of every cell; nothing is written, no times are kept.

    Raises CellExecutionError, which shows the cell, if one fails.
    """
    notebook = read(path)
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(
        notebook,
        timeout=240,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,  # how a print is cut into messages depends on the machine's load
        resources=place,
    )
    client.execute()
    notebook.metadata.pop("language_info")  # says which Python it was
    return notebook


def main() -> int:
    for path in sorted(HERE.glob("*.ipynb")):
        nbformat.write(execute(path), path)
        sys.stdout.write(f"{path.name}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
