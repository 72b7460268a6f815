"""The steps of a morning, as the daily notebook calls them: each does what the day's folder still lacks."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from openai import OpenAI
from tqdm import tqdm

from digest_lib.announcements import newest_announcement
from digest_lib.arxiv_source import ArxivSource
from digest_lib.census import Census, Known
from digest_lib.history import Archive, Day
from digest_lib.judging.local import LocalJudge
from digest_lib.judging.model import ModelJudge, question_key
from digest_lib.judging.prompt import Prompt
from digest_lib.patience import Patience
from digest_lib.reader import Reader
from digest_lib.records import Announcement, Paper, Verdict
from digest_lib.sharing import shared

# As many unlabelled papers as improve the local judge without making the reader wait (about a fortnight's).
BACKLOG = 4000


def open_day(archive: Archive, text: str, reader: Reader, now: datetime, rebuild: bool = False) -> Day:
    """The folder of the announcement day `text` (ISO; empty: the newest at `now`), locked for writing.

    Raises:
        Locked: another run or notebook writes there.
    """
    newest = newest_announcement(now, reader.silent_evenings)
    day = date.fromisoformat(text) if text else newest
    return archive.open(day, rebuild, refetch=day == newest)


def fetch(
    day: Day, reader: Reader, archive: Archive, source: ArxivSource, now: datetime, patience: float = 0
) -> Announcement:
    """The day's announcement: what its folder holds, and what that still lacks from other readers, or arXiv; stored.

    Args:
        patience: minutes to wait for feeds or an index that are not ready yet.

    Raises:
        ArxivUnreachable: arXiv gave nothing that a day could be made of; nothing was stored.
    """
    stored = day.announcement()
    same = stored and list(stored.categories) == list(reader.categories)
    if same and all(state.is_settled for state in stored.categories.values()):
        return stored
    known = Known.of(archive, day.date, reader.categories, reader.silent_evenings)
    others = archive.announcements_of_other_readers(day.date)
    told = shared(stored, others, reader, source.feed_url, known.ids)
    if told != stored:
        print("What another reader was told of the day is taken over; arXiv is asked for the rest.", file=sys.stderr)
    with progress_bar("papers fetched") as bar:
        announcement = Census(day.date, reader, source, known, bar.update).take(Patience(patience), told)
    day.store(announcement, now)
    return announcement


def local_verdicts(day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive) -> dict[str, Verdict]:
    """The local judge's verdicts on papers of a day, by id; the stored papers before it are its backlog."""
    judge = LocalJudge(reader, archive.backlog(day.date, BACKLOG))
    return {verdict.paper: verdict for verdict in judge.judge(papers)}


def judge(
    day: Day,
    papers: Sequence[Paper],
    reader: Reader,
    archive: Archive,
    prompt: Prompt,
    client: OpenAI | None = None,
) -> dict[str, Verdict]:
    """A verdict for every paper, by id: those of the folder that answer today's question, the others asked for now.

    With a client the model judges, and the local judge stands in, labelled, where it cannot; without one the local
    judge works alone.
    """
    verdicts = local_verdicts(day, papers, reader, archive)
    newest = day.newest_verdicts()
    with progress_bar("papers judged", len(papers)) as bar:
        paid = _paid_for(day, papers, reader, archive, prompt)
        bar.update(len(paid))
        if reader.judge and (client or paid):
            lacking = [paper for paper in papers if paper.id not in paid]
            verdicts |= paid | _ask_model(day, lacking, reader, prompt, client, verdicts, bar)
        else:
            bar.update(len(papers))
    # What counts is what was said last, also where an earlier verdict answers today's question again.
    day.append([verdict for paper, verdict in verdicts.items() if newest.get(paper) != verdict])
    return verdicts


def _paid_for(
    day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive, prompt: Prompt
) -> dict[str, Verdict]:
    """The model's verdicts that answer today's question already, here or for another reader, by paper id."""
    if reader.judge is None:
        return {}
    known = [*archive.verdicts_of_other_readers(day.date), *day.verdicts()]
    answered = {(verdict.paper, verdict.asked): verdict for verdict in known}
    keys = {paper.id: question_key(paper, prompt, reader.judge) for paper in papers}
    return {paper: answered[paper, key] for paper, key in keys.items() if (paper, key) in answered}


def _ask_model(
    day: Day,
    papers: Sequence[Paper],
    reader: Reader,
    prompt: Prompt,
    client: OpenAI | None,
    local: Mapping[str, Verdict],
    bar: tqdm,
) -> dict[str, Verdict]:
    """The model's verdicts, and where there are none the local judge's, labelled; without a client all of these."""
    if client is None:
        return {paper.id: local[paper.id].model_copy(update={"stands_in": "service"}) for paper in papers}
    relevance = {paper: verdict.relevance for paper, verdict in local.items()}
    judge = ModelJudge(client, reader, prompt, relevance, day.spent(), day.append)

    def progress(count: int) -> None:
        money = f", {judge.budget.cost:.3f}" if reader.judge.prices else ""
        bar.set_postfix_str(f"{judge.budget.spent.total} tokens{money}", refresh=False)
        bar.update(count)

    outcome = judge.judge(papers, progress)
    if outcome.stopped:
        tqdm.write(f"{outcome.stopped} The local judge stands in; the next run asks again.", file=sys.stderr)
    stand_ins = {paper: local[paper].model_copy(update={"stands_in": reason}) for paper, reason in outcome.left.items()}
    return outcome.verdicts | stand_ins


def progress_bar(what: str, total: int | None = None) -> tqdm:
    """A counter that shows in a notebook as in a terminal; under papermill the run passes it on."""
    count = "{n_fmt}/{total_fmt}" if total is not None else "{n_fmt}"
    shape = f"{{desc}}: {count} [{{elapsed}}{{postfix}}]"
    return tqdm(desc=what, total=total, bar_format=shape, file=sys.stderr, mininterval=0.2)
