"""The Markdown digest: papers and verdicts in, one text out. Its grammar is fixed: archives and scripts parse it."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC

from digest_lib.announcements import is_announcement_day, submission_window
from digest_lib.follow import followed
from digest_lib.judging.hostile import signs
from digest_lib.reader import Reader
from digest_lib.records import Manifest, Paper, Verdict
from digest_lib.wording import Wording, wording

MOST_AUTHORS = 100
# What would be more than text to a Markdown reader: a tag or autolink, a link or image, an entity.
_ACTIVE = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\(|&(?=#?\w+;)")

Recommendation = tuple[Paper, Verdict]


def render(manifest: Manifest, papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader) -> str:
    """The day's digest as Markdown, without a final line end.

    Args:
        verdicts: by paper id, one each.
    """
    words = wording(reader.language)
    lines = [f"# {words.title.format(manifest.date)}", ""]
    lines += [f"> {line}" for line in header(manifest, reader)]
    sections = by_field(papers, verdicts, reader)
    if not sections:
        nothing = words.nothing_recommended.format(f"{reader.threshold:g}")
        lines += ["", nothing if manifest.papers_read else words.nothing_announced]
    for field, recommendations in sections.items():
        lines += ["", f"## {field}"]
        for paper, verdict in recommendations:
            lines += ["", *_entry(paper, verdict, reader)]
    return "\n".join(lines)


def header(manifest: Manifest, reader: Reader) -> list[str]:
    """The quoted lines under the title: time, papers read, judge, completeness, anything else."""
    words = wording(reader.language)
    zone = words.home_zone if reader.time_zone == "Asia/Shanghai" else f" {reader.time_zone} "
    moment = f"{manifest.updated.astimezone(reader.zone):%Y-%m-%d %H:%M:%S}"
    lines = [
        words.updated.format(zone.strip() if reader.language == "en" else zone, moment),
        words.read.format(manifest.papers_read),
        words.model.format(inert(" ".join(manifest.model.split())), manifest.tokens.total),
        completeness(manifest, words),
    ]
    if not_sent := manifest.stood_in.get("cascade"):
        lines.append(words.not_sent.format(not_sent, reader.judge.recall if reader.judge else 1.0))
    return [*lines, *remarks(manifest, reader)]


def remarks(manifest: Manifest, reader: Reader) -> list[str]:
    """What must be said about the day beside its completeness, a sentence each; mostly nothing."""
    words = wording(reader.language)
    lines = []
    approximate = [name for name, category in manifest.categories.items() if category.source == "window"]
    if approximate and is_announcement_day(manifest.date, reader.silent_evenings):
        window = submission_window(manifest.date, reader.silent_evenings)
        moments = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}" for moment in window)
        lines.append(words.approximate.format(words.separator.join(approximate), *moments))
    undescribed = sum(category.announced - category.fetched for category in manifest.categories.values())
    if undescribed:
        lines.append(words.undescribed.format(undescribed))
    stood_in = {reason: number for reason, number in sorted(manifest.stood_in.items()) if reason != "cascade"}
    if stood_in:
        reasons = (f"{words.stands_in[reason]} {number}" for reason, number in stood_in.items())
        lines.append(words.local_stood_in.format(sum(stood_in.values()), words.separator.join(reasons)))
    if manifest.state != "partial" and any(run.state == "partial" for run in manifest.history):
        lines.append(words.completed_later)
    return lines


def completeness(manifest: Manifest, words: Wording) -> str:
    """One line that gives every category's judged and announced papers, and its state where that is not `announced`."""
    counts = []
    for name, category in manifest.categories.items():
        state = words.bracketed.format(words.states[category.state]) if category.state != "announced" else ""
        counts.append(f"{name} {category.judged}/{category.announced}{state}")
    sentence = words.incomplete if manifest.state == "partial" else words.complete
    return sentence.format(words.separator.join(counts))


def best_first(papers: Sequence[Paper], verdicts: Mapping[str, Verdict]) -> list[Recommendation]:
    """Judged papers with their verdicts, in the one order of all documents: score, then relevance, then arXiv id."""
    judged = [(paper, verdicts[paper.id]) for paper in papers if paper.id in verdicts]
    return sorted(judged, key=lambda pair: (-pair[1].score, -pair[1].relevance, pair[0].id))


def recommended(papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader) -> list[Recommendation]:
    """What reaches the reader's threshold, and what a followed author wrote, best first."""
    return [
        (paper, verdict)
        for paper, verdict in best_first(papers, verdicts)
        if verdict.score >= reader.threshold or followed(paper, reader.follow)
    ]


def by_field(
    papers: Sequence[Paper], verdicts: Mapping[str, Verdict], reader: Reader
) -> dict[str, list[Recommendation]]:
    """Recommended papers by field: best paper first; the field of the best paper first, then as listed."""
    listed = {field.name: place for place, field in enumerate(reader.fields)}
    sections: dict[str, list[Recommendation]] = {}
    for pair in recommended(papers, verdicts, reader):
        sections.setdefault(pair[1].field or wording(reader.language).no_field, []).append(pair)
    order = sorted(sections, key=lambda field: (-sections[field][0][1].score, listed.get(field, len(listed))))
    return {field: sections[field] for field in order}


def _entry(paper: Paper, verdict: Verdict, reader: Reader) -> list[str]:
    words, said = wording(reader.language), notes(paper, verdict, reader)
    authors = ", ".join(paper.authors[:MOST_AUTHORS])
    if len(paper.authors) > MOST_AUTHORS:
        authors += ", " + words.etc.format(len(paper.authors))
    return [
        f"### [Score: {verdict.score:.1f}/10] {inert(paper.title)}",
        f"- **Authors:** {inert(authors)}",
        f"- **Published:** {paper.announced}",
        f"- **Link:** [{paper.link}]({paper.link})",
        f"- **Reason:** {inert(verdict.reason)}",
        *([f"- **Note:** {inert('; '.join(said))}"] if said else []),
    ]


def notes(paper: Paper, verdict: Verdict, reader: Reader) -> list[str]:
    """What must be said about one paper beside its reason."""
    words = wording(reader.language)
    said = []
    if paper.announce_type in words.announced_as:
        said.append(words.announced_as[paper.announce_type].format(paper.primary_category, paper.version))
    if verdict.judge == "model" and signs(f"{paper.title}\n{paper.abstract}"):
        said.append(words.hostile)
    if verdict.stands_in:
        said.append(words.stands_in[verdict.stands_in])
    if verdict.purpose == "audit":
        said.append(words.audited)
    if authors := followed(paper, reader.follow):
        said.append(words.followed.format(words.separator.join(authors)))
    return said


def inert(text: str) -> str:
    r"""Text that Markdown shows and does not obey; unchanged where it holds no tag, link or entity.

    Only what is active is escaped, so that titles stay as arXiv writes them (`$\ell_p$`, `A*`); as entities, because
    a backslash in the text would undo a backslash escape.
    """
    return _ACTIVE.sub(lambda match: f"&#{ord(match.group())};", text)
