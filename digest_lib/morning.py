"""The steps of a morning, as the daily notebook calls them: each does what the day's folder still lacks."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from openai import OpenAI
from tqdm import tqdm

from digest_lib import lessons, second_opinions
from digest_lib.announcements import NEW_YORK, newest_announcement
from digest_lib.arxiv_source import ArxivSource
from digest_lib.census import Census, Known
from digest_lib.follow import ambiguous, followed
from digest_lib.history import Archive, Day
from digest_lib.judging.cascade import hopeless
from digest_lib.judging.learned import Learned
from digest_lib.judging.local import LocalJudge
from digest_lib.judging.model import ModelJudge, Outcome, question_key
from digest_lib.judging.prompt import Prompt
from digest_lib.patience import Patience
from digest_lib.progress import progress_bar
from digest_lib.reader import Reader
from digest_lib.records import Announcement, Answer, Paper, Purpose, Verdict
from digest_lib.sharing import shared

# As many unlabelled papers as improve the local judge without making the reader wait (about a fortnight's).
BACKLOG = 4000
MOST_NAMED = 6


def open_day(archive: Archive, text: str, reader: Reader, now: datetime, rebuild: bool = False) -> Day:
    """The folder of the announcement day `text` (ISO; empty: the newest at `now`), locked for writing.

    Raises:
        Locked: another run or notebook writes there.
    """
    day = date.fromisoformat(text) if text else newest_announcement(now, reader.silent_evenings)
    # Over a weekend the newest day's feed is gone, and what was stored from it cannot be had better.
    return archive.open(day, rebuild, refetch=day == now.astimezone(NEW_YORK).date())


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


def local_verdicts(
    day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive, known: Learned | None = None
) -> dict[str, Verdict]:
    """The local judge's verdicts on papers of a day, by id.

    The stored papers before it are its backlog, the reader's marks correct it.

    Args:
        known: what it has learned.
    """
    judge = LocalJudge(reader, archive.backlog(day.date, BACKLOG), known, lessons.marked(archive))
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

    With a client the model judges what is worth sending, and the local judge stands in, labelled, where it cannot;
    without one the local judge works alone.
    """
    known = lessons.learned(archive, reader, day.date)
    local = local_verdicts(day, papers, reader, archive, known)
    newest = day.newest_verdicts()
    verdicts = dict(local)
    paid = _paid_for(day, papers, reader, archive, prompt)
    _say_who_is_meant(day, papers, reader, archive)
    with progress_bar("papers judged", len(papers)) as bar:
        if reader.judge and (client or paid):
            apart = {
                paper: local[paper].model_copy(update={"stands_in": "cascade"})
                for paper in _not_worth_sending(papers, paid, newest, known, reader)
            }
            verdicts |= apart | paid
            # Stored before anything is asked: a run that takes over leaves out and audits the same papers.
            day.append([verdicts[paper] for paper in apart if newest.get(paper) != verdicts[paper]])
            bar.update(len(apart.keys() | paid.keys()))
            asker = _Asker(day, reader, prompt, client, local, newest, bar)
            verdicts |= asker.ask([paper for paper in papers if paper.id not in apart.keys() | paid.keys()])
            chances = second_opinions.drawn(apart, day, reader)
            lots = [paper for paper in papers if paper.id in chances.keys() - paid.keys()]
            verdicts |= asker.audit(lots, chances)
            if not asker.stopped and reader.judge.panel and any(one.judge == "model" for one in verdicts.values()):
                second_opinions.Panel(day, archive, reader, prompt).read_again(asker.read_again)
        else:
            bar.update(len(papers))
    # What counts is what was said last, also where an earlier verdict answers today's question again.
    said = day.newest_verdicts()
    day.append([verdict for paper, verdict in verdicts.items() if said.get(paper) != verdict])
    return verdicts


def _say_who_is_meant(day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive) -> None:
    """One line for each followed name that has a paper today and may mean several people, by the stored papers."""
    met = [name for name in reader.follow if any(followed(paper, [name]) for paper in papers)]
    seen = [*papers, *archive.backlog(day.date, BACKLOG)] if met else []
    for name, authors in ambiguous(seen, met).items():
        some = ", ".join(authors[:MOST_NAMED]) + (", ..." if len(authors) > MOST_NAMED else "")
        print(f"'{name}' in 'follow' may mean several people, whose papers are all shown: {some}.", file=sys.stderr)


def _not_worth_sending(
    papers: Sequence[Paper],
    paid: Mapping[str, Verdict],
    newest: Mapping[str, Verdict],
    known: Learned | None,
    reader: Reader,
) -> set[str]:
    """Ids of papers that need no model, or none but the audit's; what was decided earlier today stays decided."""
    if reader.judge.recall >= 1:
        return set()
    left_out = {paper for paper, one in newest.items() if one.stands_in == "cascade" or one.purpose == "audit"}
    worth = {paper for paper, one in newest.items() if one.stands_in not in ("", "cascade")}
    sent = {paper for paper, one in paid.items() if one.purpose == "first"}
    must = {paper.id for paper in papers if followed(paper, reader.follow)}
    open_papers = [paper for paper in papers if paper.id not in left_out | worth | sent | must]
    return (left_out & {paper.id for paper in papers} - sent - must) | hopeless(open_papers, known, reader.judge.recall)


def _paid_for(
    day: Day, papers: Sequence[Paper], reader: Reader, archive: Archive, prompt: Prompt
) -> dict[str, Verdict]:
    """The model's verdicts that answer today's question already, here or for another reader, by paper id."""
    if reader.judge is None:
        return {}
    answered = {
        (verdict.paper, verdict.asked): verdict
        for verdict in [*archive.verdicts_of_other_readers(day.date), *day.verdicts()]
    }
    found = {}
    for paper in papers:
        for purpose in ("audit", "first"):
            key = question_key(paper, prompt, reader.judge, purpose, 0)
            found[paper.id] = answered.get((paper.id, key)) or found.get(paper.id)
    return {paper: verdict for paper, verdict in found.items() if verdict}


class _Asker:
    """Puts papers to the model, and labels what it leaves to the local judge."""

    def __init__(
        self,
        day: Day,
        reader: Reader,
        prompt: Prompt,
        client: OpenAI | None,
        local: Mapping[str, Verdict],
        newest: Mapping[str, Verdict],
        bar: tqdm,
    ) -> None:
        self._day, self._reader, self._prompt, self._client = day, reader, prompt, client
        self._local, self._newest, self._bar = local, newest, bar
        self.stopped = client is None
        """Whether nothing more is to be asked today: no client, no service, or the cap was reached."""

    def ask(self, papers: Sequence[Paper]) -> dict[str, Verdict]:
        """The model's verdicts, and the local judge's, labelled, where there are none or no client."""
        if self._client is None:
            # What an earlier run left to the local judge for good, it is left to it still.
            why = {paper.id: self._newest[paper.id].stands_in for paper in papers if paper.id in self._newest}
            return self._stand_ins({paper.id: why.get(paper.id) or "service" for paper in papers})
        outcome = self._outcome(papers)
        if outcome.stopped:
            tqdm.write(f"{outcome.stopped} The local judge stands in; the next run asks again.", file=sys.stderr)
        return outcome.verdicts | self._stand_ins(outcome.left)

    def audit(self, papers: Sequence[Paper], chances: Mapping[str, float]) -> dict[str, Verdict]:
        """The model's verdicts on papers drawn with these chances; one without an answer stays what it was."""
        return {} if self.stopped else self._outcome(papers, "audit", chances).verdicts

    def read_again(self, papers: Sequence[Paper], number: int) -> Mapping[str, Verdict]:
        """The verdicts of a round of the panel: one request a paper, as a request moves what is in it together."""
        alone = self._reader.judge.model_copy(update={"batch": 1})
        return self._outcome(papers, "panel", {}, number, self._reader.model_copy(update={"judge": alone})).verdicts

    def _outcome(
        self,
        papers: Sequence[Paper],
        purpose: Purpose = "first",
        chances: Mapping[str, float] = MappingProxyType({}),
        draw: int = 0,
        reader: Reader | None = None,
    ) -> Outcome:
        relevance = {paper: verdict.relevance for paper, verdict in self._local.items()}

        def annotated(verdict: Verdict) -> Verdict:
            local = self._local.get(verdict.paper)
            beside = {"local_score": local.score if local else None, "chance": chances.get(verdict.paper, 1.0)}
            return verdict.model_copy(update=beside)

        def keep(verdicts: Sequence[Verdict], answer: Answer) -> None:
            self._day.append([annotated(verdict) for verdict in verdicts], answer)

        def progress(count: int) -> None:
            money = f", {judge.budget.cost:.3f}" if self._reader.judge.prices else ""
            self._bar.set_postfix_str(f"{judge.budget.spent.total} tokens{money}", refresh=False)
            self._bar.update(count if purpose == "first" else 0)

        judge = ModelJudge(
            self._client, reader or self._reader, self._prompt, relevance, self._day.spent(), keep, purpose, draw
        )
        outcome = judge.judge(papers, progress)
        self.stopped = self.stopped or bool(outcome.stopped) or "cap" in outcome.left.values()
        outcome.verdicts = {paper: annotated(verdict) for paper, verdict in outcome.verdicts.items()}
        return outcome

    def _stand_ins(self, why: Mapping[str, str]) -> dict[str, Verdict]:
        return {paper: self._local[paper].model_copy(update={"stands_in": reason}) for paper, reason in why.items()}
