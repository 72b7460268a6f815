"""`make demo`: the workspace itself on three weeks of synthetic papers, with no network but loopback.

Nothing here is a mock: the stand-in for arXiv announces the days of the generator, the real client fetches them,
the real judge scores them. The earlier days skip the notebook, which only the last one needs for its documents.
"""

import os
import sys
from contextlib import redirect_stderr
from datetime import date, datetime, time
from io import StringIO
from pathlib import Path

from digest_lib import digest, morning
from digest_lib.__main__ import main as command_line
from digest_lib.account import account
from digest_lib.announcements import feed_time
from digest_lib.arxiv_source import ArxivSource
from digest_lib.durable import write_atomically
from digest_lib.history import DIGEST, Archive
from digest_lib.judging.prompt import Prompt, load_prompt
from digest_lib.reader import Reader, load_reader
from tests.servers.arxiv import ArxivServer
from tests.servers.synthetic import synthetic_days

ROOT = Path(__file__).resolve().parents[2]
READER, PROMPT = ROOT / "parameters" / "demo.yml", ROOT / "parameters" / "prompt.md"
LAST, DAYS = date(2026, 3, 20), 15


def main(outputs: Path = ROOT / "outputs" / "demo") -> int:
    """Make the demo's days in `outputs`; the exit code is that of the last one's `daily`."""
    reader, archive = load_reader(READER), Archive(outputs)
    prompt = load_prompt(PROMPT, reader)
    days = synthetic_days(LAST, DAYS)
    *earlier, last = sorted(days)
    with ArxivServer(days, earlier[0]) as server:
        source = ArxivSource(server.api_url, server.feed_url)
        for number, day in enumerate(earlier, 1):
            print(f"\rsynthetic days: {number}/{DAYS} ({day})", end="", file=sys.stderr, flush=True)
            server.today = day
            with redirect_stderr(StringIO()):  # one line of progress for all days
                _store(day, reader, prompt, archive, source)
        print(f"\rsynthetic days: {DAYS}/{DAYS} ({last})", file=sys.stderr)
        server.today = last
        os.environ |= {
            "ARXIV_API_URL": server.api_url,
            "ARXIV_FEED_URL": server.feed_url,
            "DIGEST_NOW": _morning(last, reader).isoformat(),
            # Nobody is to be sent synthetic papers.
            "DIGEST_NOTIFY": "",
            "DIGEST_ZOTERO": "",
        }
        return command_line(["daily", "--reader", str(READER), "--date", last.isoformat(), "--outputs", str(outputs)])


def _store(day: date, reader: Reader, prompt: Prompt, archive: Archive, source: ArxivSource) -> None:
    folder = archive.day(day)
    manifest = folder.manifest()
    if manifest and manifest.state == "complete":
        return
    now = _morning(day, reader)
    folder = archive.open(day)
    announcement = morning.fetch(folder, reader, archive, source, now)
    verdicts = morning.judge(folder, announcement.papers, reader, archive, prompt)
    manifest = account(folder, announcement, verdicts, reader, prompt, now)
    write_atomically(folder.path / DIGEST, digest.render(manifest, announcement.papers, verdicts, reader) + "\n")
    folder.store_manifest(manifest)


def _morning(day: date, reader: Reader) -> datetime:
    """Half past seven in the reader's zone, once the feed is out there."""
    return max(feed_time(day), datetime.combine(day, time(7, 30), reader.zone)).astimezone(reader.zone)


if __name__ == "__main__":
    sys.exit(main())
