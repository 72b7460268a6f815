"""What a run says while it is at work: live to a terminal, one line a finished step to a log and to `run.log`."""

from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo


class RunLog:
    """The standard error of a run's kernel, and the file beside the day's documents that keeps it, line by line.

    Args:
        stream: a terminal gets all that is written as it comes; anything else gets whole lines.
        path: the file; it grows with every run of the day, each line begun with its ISO time in `zone`.
    """

    def __init__(self, stream: IO[str], path: Path, zone: ZoneInfo) -> None:
        self._stream, self._zone = stream, zone
        self._line = ""
        self.move(path)
        path.parent.mkdir(parents=True, exist_ok=True)

    def move(self, path: Path) -> None:
        """Go on in another file: where the folder is now."""
        self._path = path.absolute()  # papermill works in another folder

    def note(self, text: str) -> None:
        """Add one line to the file alone."""
        with self._path.open("a", encoding="utf8") as file:
            file.write(f"{datetime.now(self._zone).isoformat(timespec='seconds')} {' '.join(text.split())}\n")

    def write(self, text: str) -> None:
        """Pass on what the kernel wrote; of a bar that was drawn over and over, a log keeps the last state."""
        if self._stream.isatty():
            self._stream.write(text)
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            last = line.rpartition("\r")[2].rstrip()
            if last:
                self.note(last)
                if not self._stream.isatty():
                    self._stream.write(last + "\n")

    def flush(self) -> None:
        """Show what was written."""
        self._stream.flush()
