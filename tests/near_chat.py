"""The real web chat, but it may download from the machine it runs on: from a test's own server.

Everything else is as people have it. That such addresses are refused otherwise is tested in
test_fetch.py, and in the chat in test_library.py.
"""

from __future__ import annotations


def main() -> None:
    import ui
    from rag import fetch

    fetch.is_public = lambda address: True  # looked up at every download
    ui.main()


if __name__ == "__main__":
    main()
