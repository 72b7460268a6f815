"""What a message says: a day's best papers, or one line about what went wrong, fitted to each service."""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from apprise import NotifyFormat
from apprise.conversion import convert_between
from apprise.plugins import NotifyBase

from digest_lib.digest import Recommendation, completeness, recommended, remarks
from digest_lib.errors import DigestError
from digest_lib.history import Day
from digest_lib.reader import Reader
from digest_lib.records import Manifest
from digest_lib.wording import Wording, wording

MOST_PAPERS = 20
"""Papers in a message, at most; the digest has them all."""
_MARGIN = 32
"""Bytes that apprise may need beside the title where a service has no place for it but the body."""


@dataclass(frozen=True)
class Message:
    """What a service is to show: lines, then papers, each with what makes one look it up."""

    title: str
    lines: Sequence[str]
    papers: Sequence[Recommendation]
    left: int
    """Recommended papers beyond `papers`."""
    words: Wording

    def text(self, papers: int) -> str:
        """The message with its first papers, plain."""
        paragraphs = ["\n".join(self.lines)]
        paragraphs += [
            f"{verdict.score:.1f}  {paper.title}\n{verdict.reason}\n{verdict.field} | {paper.link}"
            for paper, verdict in self.papers[:papers]
        ]
        return "\n\n".join(paragraphs + self._more(papers))

    def html(self, papers: int) -> str:
        """The message with its first papers, in the few tags that every service knows; all texts escaped."""
        paragraphs = ["<br>".join(map(html.escape, self.lines))]
        for paper, verdict in self.papers[:papers]:
            title, reason, field = map(html.escape, (paper.title, verdict.reason, verdict.field))
            # The address stands there in full: what becomes of a link in plain text is the service's choice.
            link = f'<a href="{html.escape(paper.link)}">{html.escape(paper.link)}</a>'
            small = f'<span style="color:#666">{field} | {link}</span>'
            paragraphs.append(f"<b>{verdict.score:.1f} &nbsp;{title}</b><br>{reason}<br>{small}")
        body = "".join(f'<p style="margin:0 0 16px">{paragraph}</p>\n' for paragraph in paragraphs + self._more(papers))
        return f'<div style="max-width:600px;font:15px/1.5 sans-serif;color:#222">\n{body}</div>'

    def _more(self, papers: int) -> list[str]:
        more = self.left + len(self.papers) - papers
        return [self.words.more.format(more)] if more else []

    def fitted(self, service: NotifyBase) -> tuple[str, NotifyFormat]:
        """The body for a service, and its format: HTML where the service takes or converts it, within its limit.

        The limit is held in bytes, which some services count, and at whole papers.
        """
        shown = service.resolve_format(NotifyFormat.HTML)
        render, source = (self.html, NotifyFormat.HTML) if shown != NotifyFormat.TEXT else (self.text, shown)
        room = service.body_maxlen - len(self.title.encode()) - _MARGIN
        for papers in range(len(self.papers), -1, -1):
            body = render(papers)
            if len(convert_between(source, shown, body).encode()) <= room:
                break
        return body, source


def morning(day: Day, manifest: Manifest, reader: Reader) -> Message:
    """The digest of a complete day, its best papers first."""
    words = wording(reader.language)
    pairs = recommended(day.papers(), day.newest_verdicts(), reader)
    counts = words.headline.format(manifest.papers_read, len(pairs))
    lines = [counts, completeness(manifest, words), *remarks(manifest, reader)]
    best = pairs[:MOST_PAPERS]
    return Message(words.title.format(day.date), lines, best, len(pairs) - len(best), words)


def incomplete(manifest: Manifest, words: Wording) -> Message:
    """One line about a partial day: what it lacks, and what to do."""
    no_model = bool(manifest.stood_in.get("service"))
    faults = [f"{name}: {category.why}" for name, category in manifest.categories.items() if category.why]
    faults += [words.stands_in["service"]] if no_model else []
    counts = words.headline.format(manifest.papers_read, manifest.recommended)
    what = " ".join([words.partial, counts, *(f"{fault}." for fault in faults)])
    return _line(manifest.date, what, words.remedies["service" if no_model else 3], words)


def failure(day: date, error: Exception, words: Wording) -> Message:
    """One line about a day that came to nothing: what happened, and what to do."""
    what = str(error) if isinstance(error, DigestError) else f"{type(error).__name__}: {error}"
    return _line(day, what, words.remedies[getattr(error, "exit_code", DigestError.exit_code)], words)


def _line(day: date, what: str, remedy: str, words: Wording) -> Message:
    line = words.trouble.format(day, what, remedy)
    return Message(words.title.format(day), [" ".join(line.split())], [], 0, words)
