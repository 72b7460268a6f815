"""Every error a user can meet, one tree. The text of each is a sentence for that user.

DigestError                 1   a defect, or something nobody foresaw
├── ParametersError         2   a parameters file or an argument is wrong; nothing was run or written
├── ArxivUnreachable        4   arXiv gave nothing that a day could be made of
└── Locked                  5   another run is at work on the same outputs

The number is the exit code of `python -m digest_lib daily`; 0 is a complete or a quiet
day, 3 a published one that lacks something.
"""


class DigestError(Exception):
    """Base of the tree; `exit_code` is what the command line returns for it."""

    exit_code = 1


class ParametersError(DigestError):
    """A reader file, a prompt or a command line argument that cannot be used."""

    exit_code = 2


class ArxivUnreachable(DigestError):
    """arXiv did not answer, or answered with something that is not a feed or a query result."""

    exit_code = 4


class Locked(DigestError):
    """Another run holds the lock of the same folder."""

    exit_code = 5


def by_name(name: str) -> type[DigestError]:
    """The class of this tree called `name` (how an error comes back from a kernel), else `DigestError`."""
    classes = {cls.__name__: cls for cls in DigestError.__subclasses__()}
    return classes.get(name, DigestError)
