"""Files that a crash leaves whole: text replaced at once, lines of records that are only added to, locks on folders."""

import fcntl
import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import ValidationError

from digest_lib.errors import DigestError, Locked
from digest_lib.records import Record

R = TypeVar("R", bound=Record)
_one_at_a_time = threading.Lock()


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that its name holds the old text or the new one, never a part, whatever happens."""
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_if_new(path: Path, text: str) -> None:
    """Write a file atomically unless it holds the text already."""
    if not path.exists() or path.read_text(encoding="utf8") != text:
        write_atomically(path, text)


def as_lines(records: Iterable[Record]) -> str:
    """Records as JSON, one a line."""
    return "".join(record.model_dump_json() + "\n" for record in records)


def whole_lines(path: Path) -> list[str]:
    """The lines of a file, without a last one that a crash tore; none where there is no file."""
    lines = path.read_text(encoding="utf8").split("\n")[:-1] if path.exists() else []
    return [f"{line}\n" for line in lines]


def read_lines(record: type[R], path: Path) -> Iterator[R]:
    """The records of a file of lines, in order; none where there is no file. Raises as `parse` does."""
    for line in whole_lines(path):
        yield parse(record, line, path)


def parse(record: type[R], text: str, path: Path) -> R:
    """A record from its JSON.

    Raises:
        DigestError: it is none; `path` was changed or damaged.
    """
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise DigestError(
            f"{path} was changed or damaged ({first['loc']}: {first['msg']}); mend it, or move the folder "
            f"{path.parent.name} away and run again."
        ) from None


def append_lines(path: Path, records: Sequence[Record]) -> None:
    """Add records to a file of lines; they are on disk when this returns. Threads may call this together."""
    if not records:
        return
    with path.open("a+b") as file:
        with _one_at_a_time:
            _drop_torn_line(file)
            file.write(as_lines(records).encode())
            file.flush()
        # Outside the lock: what others wait to add would be lost with the process while a slow disk writes.
        os.fsync(file.fileno())


def _drop_torn_line(file: BinaryIO) -> None:
    """Cut what follows the last line end, so that the next line does not grow onto a torn one."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 1))
    if end and file.read(1) != b"\n":
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
    file.seek(0, os.SEEK_END)


def lock_folder(folder: Path, wait_seconds: float) -> int:
    """A file descriptor that holds an exclusive lock on a folder; the system drops it when the process ends.

    Raises:
        Locked: another process holds it, and does not let go in time.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    give_up = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= give_up:
                os.close(descriptor)
                raise Locked(
                    f"Another run (or an open notebook) is at work in {folder.name}/; wait for it, or close it."
                ) from None
            time.sleep(0.1)
