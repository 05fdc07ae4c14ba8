"""`python -m rag`: the same as the console script `rag`."""

from rag.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
