"""Every error a user can meet, one tree. The text of each is a sentence for that user.

DigestError                 1   a defect, or something nobody foresaw
├── ParametersError         2   a parameters file or an argument is wrong; nothing was run or written
├── ArxivUnreachable        4   arXiv gave nothing that a day could be made of
│   └── ArxivOffline        4   there is no way to it at all: no network, a wrong address, the service down
└── Locked                  5   another run is at work on the same outputs

The number is the exit code of `python -m digest_lib daily`; 0 is a complete or a quiet
day, 3 a published one that lacks something, 6 one on which the cap of tokens or money was reached.
"""

from collections.abc import Iterator


class DigestError(Exception):
    """Base of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1


class ParametersError(DigestError):
    """A reader file, a prompt or a command line argument that cannot be used."""

    exit_code = 2


class ArxivUnreachable(DigestError):
    """arXiv did not answer, or answered with something that is not a feed or a query result."""

    exit_code = 4


class ArxivOffline(ArxivUnreachable):
    """No connection could be made, so there is nothing to wait for."""


class Locked(DigestError):
    """Another run holds the lock of the same folder."""

    exit_code = 5


def by_name(name: str) -> type[DigestError]:
    """The class of this tree called `name` (how an error comes back from a kernel), else `DigestError`."""
    return next((cls for cls in _tree(DigestError) if cls.__name__ == name), DigestError)


def _tree(cls: type[DigestError]) -> Iterator[type[DigestError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _tree(child)
