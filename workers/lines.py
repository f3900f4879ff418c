"""Bytes that a task function printed, as lines that people can read."""

from wire.messages import LINE_AT_MOST

LINE_BYTES_AT_MOST = 4 * LINE_AT_MOST
"""Bytes of one line that are kept at most: no more characters than a line may have can be in fewer."""

_HIDDEN = [*range(0x20), *range(0x7F, 0xA0)]
_VISIBLE = {code: f"\\x{code:02x}" for code in _HIDDEN if chr(code) != "\t"}


def readable(line: bytes) -> str:
    """The line as text of at most LINE_AT_MOST characters, with everything in it to be seen."""
    text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
    if not text.isprintable():
        text = text.translate(_VISIBLE)
    return text if len(text) <= LINE_AT_MOST else f"{text[: LINE_AT_MOST - 1]}…"


class Unended:
    """The beginning of a line whose end has not come yet. Of a long one only what is shown is kept."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._kept += piece[: max(0, LINE_BYTES_AT_MOST + 1 - len(self._kept))]

    def take(self) -> bytes:
        """What there is of the line; the next one begins."""
        line = bytes(self._kept)
        self._kept.clear()
        self.size = 0
        return line
