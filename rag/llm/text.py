"""Text as it streams in: events out of bytes, stop texts, thinking left out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

OPEN_THINKING = "<think>"
CLOSE_THINKING = "</think>"


class EventDecoder:
    """Server-sent events: bytes in, the data of each event out.

    Follows the WHATWG specification as far as chat servers use it: lines end in LF or CR LF, a
    byte order mark, comments and other fields are ignored, several data lines joined. Raises
    ValueError for bytes that are not UTF-8 and for an event longer than `longest` bytes.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[str]:
        """The data of every event that is complete with this chunk."""
        lines = (self._rest + chunk).replace(b"\r\n", b"\n").split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            self._require_room(len(line))
            yield from self._line(line.rstrip(b"\r").decode("utf-8").removeprefix("\ufeff"))
        self._require_room(len(self._rest))

    def _require_room(self, more: int) -> None:
        if self._size + more > self._longest:
            raise ValueError(f"an event of more than {self._longest:,} bytes")

    def _line(self, line: str) -> Iterator[str]:
        if line:
            field, _, value = line.partition(":")
            if field == "data":
                self._data.append(value.removeprefix(" "))
                self._size += len(line)
        elif self._data:
            yield "\n".join(self._data)
            self._data, self._size = [], 0


class StopFilter:
    """Lets text through up to the stop text that is complete first, which is left out.

    What may be the start of a stop text is held back until the next piece shows.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = [stop for stop in stops if stop]
        self._held = ""
        self.stopped = False

    def feed(self, piece: str) -> str:
        """What of the text so far can be shown now."""
        if self.stopped:
            return ""
        text = self._held + piece
        found = [(at + len(stop), at) for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)[1]]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def flush(self) -> str:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        return held


class ThinkingFilter:
    """Leaves out a `<think>…</think>` that some servers send at the head of the answer."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"  # "thinking", "after"
        self.thought = False

    def feed(self, piece: str) -> str:
        """What of the text so far is answer."""
        if self._state == "before":
            return self._before(self._held + piece)
        if self._state == "thinking":
            return self._thinking(piece)
        return piece

    def flush(self) -> str:
        """What was held back, now that no more comes."""
        held, self._held = self._held, ""
        return held if self._state == "before" else ""

    def _before(self, text: str) -> str:
        head = text.lstrip()
        if head.startswith(OPEN_THINKING):
            self._state, self._held, self.thought = "thinking", "", True
            return self._thinking(head[len(OPEN_THINKING) :])
        if OPEN_THINKING.startswith(head):
            self._held = text
            return ""
        self._state, self._held = "after", ""
        return text

    def _thinking(self, piece: str) -> str:
        self._held += piece
        _, found, answer = self._held.partition(CLOSE_THINKING)
        if not found:
            self._held = self._held[-len(CLOSE_THINKING) :]
            return ""
        self._state, self._held = "after", ""
        return answer.lstrip()


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that begins `stop`."""
    longest = min(len(text), len(stop) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)
