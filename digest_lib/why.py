"""Why a paper was or was not shown: everything that is stored about it, and the words that spoke for and against it."""

from digest_lib import lessons, morning
from digest_lib.errors import ParametersError
from digest_lib.follow import followed
from digest_lib.history import Archive, Day
from digest_lib.judging.cold import said_by
from digest_lib.judging.marks import arxiv_id, read_marks
from digest_lib.reader import Reader
from digest_lib.records import Paper, Verdict

WORDS = 8
"""Words named on either side."""
STOOD_IN = {
    "answer": "the model gave no usable answer",
    "cap": "the cap was reached",
    "service": "the model service was not available",
    "cascade": "it looked too unlikely to be worth sending to the model",
}


def why(archive: Archive, reader: Reader, paper_id: str) -> str:
    """A few lines about an announced paper.

    Raises:
        ParametersError: no stored day announced it.
    """
    paper_id = arxiv_id(paper_id)
    paper = archive.find([paper_id]).get(paper_id)
    if paper is None:
        raise ParametersError(f"No stored day announced {paper_id}: `make status` shows which days are stored.")
    day = archive.day(paper.announced)
    lines = [f"{paper.id}v{paper.version}  {paper.title}", _announced(paper)]
    newest = day.newest_verdicts().get(paper.id)
    lines += [_told(one, newest) for one in day.verdicts("first", "audit") if one.paper == paper.id]
    for later in (one for one in archive.days() if one.date > day.date):
        lines += [f"again      {later.date}: {one.score:.1f}, {one.field or '-'}" for one in _again(later, paper.id)]
    known = lessons.learned(archive, reader)
    wanted = read_marks(archive.root).get(paper.id)
    if wanted is not None:
        lines.append(f"marked     {'+' if wanted else '-'} by you, which moves its score")
    # Among the papers of its day, as scores are standings.
    together = [paper, *(other for other in day.papers() if other.id != paper.id)]
    local = morning.local_verdicts(day, together, reader, archive, known)[paper.id]
    lines.append(f"local now  {local.score:.1f}, nearest field {local.field}, by {local.model}")
    if known:
        words, unit = known.said_by(paper), "points"
    else:
        words = said_by(paper, reader.fields, reader.avoid, archive.backlog(day.date, morning.BACKLOG))
        unit = "cosine"
    for label, sign in (("for it", 1), ("against it", -1)):
        strongest = sorted(words, key=lambda word: -sign * words[word])[:WORDS]
        named = ", ".join(f"{word} {words[word]:+.2f}" for word in strongest if sign * words[word] > 0)
        lines.append(f"{label:10} {named or 'nothing'} ({unit})")
    lines.append(f"shown      {_shown(paper, newest, reader)}")
    return "\n".join(lines)


def _announced(paper: Paper) -> str:
    return (
        f"announced  {paper.announced} as {paper.announce_type} in {', '.join(paper.categories) or 'no known category'}"
    )


def _told(verdict: Verdict, newest: Verdict | None) -> str:
    by = f"{verdict.judge}: {verdict.model}" + (", drawn by the audit" if verdict.purpose == "audit" else "")
    instead = f", as {STOOD_IN[verdict.stands_in]}" if verdict.stands_in else ""
    beside = f" (local judge {verdict.local_score:.1f})" if verdict.local_score is not None else ""
    label = "judged" if verdict == newest else "before"
    said = f"{verdict.score:.1f}{beside}, {verdict.field or 'no field'}"
    return f"{label:10} {said}, by {by}{instead}: {verdict.reason or '-'}"


def _again(day: Day, paper: str) -> list[Verdict]:
    return [verdict for verdict in day.verdicts("panel") if verdict.paper == paper]


def _shown(paper: Paper, verdict: Verdict | None, reader: Reader) -> str:
    if verdict is None:
        return "no: it has no verdict yet; the next run of its day asks again"
    if authors := followed(paper, reader.follow):
        return f"yes: by {', '.join(authors)}, whom you follow"
    side = "reaches" if verdict.score >= reader.threshold else "is below"
    answer = "yes" if verdict.score >= reader.threshold else "no"
    return f"{answer}: {verdict.score:.1f} {side} the threshold of {reader.threshold:g}"
