"""The calendar of all days: one line each, on a page that needs neither script nor network, and its server."""

import functools
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path

from digest_lib.durable import write_atomically
from digest_lib.errors import ParametersError
from digest_lib.history import BIBTEX, DIGEST, FEED, INDEX, REPORT, Archive, Day
from digest_lib.pages import templates
from digest_lib.reader import Reader
from digest_lib.wording import wording

_FILES = {"report": REPORT, "digest": DIGEST, "bib": BIBTEX}
_templates = templates("archive")


def write(archive: Archive, reader: Reader, folder: Path | None = None, text: str = "") -> None:
    """Write `index.html`, the newest day first; of each day it reads `run.json` alone.

    Args:
        folder: where; beside the day folders by default.
        text: the address below which digests are read; in the day folders by default.
    """
    lines = [(day.manifest(), list(_links(day, text))) for day in reversed(archive.days())]
    years = groupby(lines, key=lambda line: line[0].date.year)
    page = _templates.get_template("index.html.j2").render(
        years=((year, groupby(of_year, key=lambda line: f"{line[0].date:%Y-%m}")) for year, of_year in years),
        words=wording(reader.language).archive,
        language=reader.language,
        feed=FEED,
    )
    write_atomically((folder or archive.root) / INDEX, page)


def _links(day: Day, text: str) -> Iterator[tuple[str, str]]:
    """What the day's folder offers to a reader: its name in the wording, and the way there."""
    for name, file in _FILES.items():
        if (day.path / file).exists():
            yield name, f"{f'{text}/' if text and file == DIGEST else ''}{day.path.name}/{file}"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing of pages that were read."""


def serve(archive: Archive, port: int) -> None:
    """Show the archive's folder to this machine alone, until interrupted.

    Raises:
        ParametersError: the port is taken.
    """
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), functools.partial(_Quiet, directory=archive.root))
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", error)
        raise ParametersError(f"PORT {port} cannot be had ({why}); name another one.") from None
    with server:
        print(f"http://127.0.0.1:{server.server_port}/{INDEX} (Ctrl-C ends it)", flush=True)
        server.serve_forever()
