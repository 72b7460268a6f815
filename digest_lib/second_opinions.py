"""What the model is asked on purpose beside the morning's papers, and what that says of its verdicts.

The audit: papers that need not be sent and were drawn by lot. The panel: papers of earlier days that the model has
judged before. Both are stored under their purpose, and found again by an interrupted run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from digest_lib.history import Archive, Day
from digest_lib.judging import audit, panel
from digest_lib.judging.model import question_key
from digest_lib.judging.prompt import Prompt
from digest_lib.judging.watch import Alarm, Watch
from digest_lib.reader import Reader
from digest_lib.records import Paper, Verdict

LATELY = 30
"""Announcement days that the audit and the judge's steadiness are pooled over."""
WATCHED = 90
"""Announcement days of panel readings that are looked through for a change of judge."""

Ask = Callable[[Sequence[Paper], int], Mapping[str, Verdict]]
"""Puts papers to the model as readings of a round, each in a request of its own; verdicts by paper id."""


@dataclass(frozen=True)
class SecondOpinions:
    """What second opinions say up to one day."""

    missed: audit.Missed | None
    """Papers a day not sent that would have been recommended; None before the first audit."""
    stability: panel.Stability
    alarms: tuple[Alarm, ...]
    """Days on which the judge was noticed to have changed."""


def drawn(apart: Mapping[str, Verdict], day: Day, reader: Reader) -> dict[str, float]:
    """The papers to audit of those not worth sending, and the chance that each had: as was drawn before, or by lot.

    Args:
        apart: local verdicts by paper id.
    """
    before = {verdict.paper: verdict.chance for verdict in day.verdicts("audit") if verdict.paper in apart}
    relevance = {paper: verdict.relevance for paper, verdict in apart.items()}
    lots = audit.draw(relevance, min(reader.judge.audit, len(apart)), day.date.isoformat())
    room = max(0, len(lots) - len(before))
    return before | dict([lot for lot in lots.items() if lot[0] not in before][:room])


class Panel:
    """The reference panel as it stands on a day: who is in it, and what its readings show.

    Only days asked by the prompt of today count, as another prompt is another question.
    """

    def __init__(self, day: Day, archive: Archive, reader: Reader, prompt: Prompt) -> None:
        self._day, self._archive, self._reader, self._prompt = day, archive, reader, prompt
        earlier = [one for one in archive.days(day.date) if one.was_asked_by(prompt.hash)]
        said: dict[str, Verdict] = {}
        first = {}
        for one in earlier:
            # The newest answers the prompt of the day's account; before a rebuild there may have been another.
            newest = one.newest_verdicts().values()
            first[one.date] = [verdict for verdict in newest if verdict.judge == "model" and verdict.purpose == "first"]
            said = {verdict.paper: verdict for verdict in first[one.date]} | said
            if len(panel.members(first, reader.threshold)) >= panel.SIZE:
                break
        self.members = panel.members(first, reader.threshold)
        self.first = {paper: said[paper] for paper in self.members}
        self._readings = [(one.date, one.verdicts("panel")) for one in earlier[-WATCHED:]]
        self._today = self._answered(day.verdicts("panel"))
        self.watch = Watch(self.first.values(), reader.threshold)
        for date, readings in self._readings:
            self.watch.read(date, readings)

    def _answered(self, readings: Sequence[Verdict]) -> list[Verdict]:
        """Those of today's readings that answer today's question."""
        papers = self._archive.find({verdict.paper for verdict in readings})
        return [
            one
            for one in readings
            if (paper := papers.get(one.paper))
            and one.asked == question_key(paper, self._prompt, self._reader.judge, "panel", one.draw)
        ]

    def read_again(self, ask: Ask) -> None:
        """Have today's members judged again, round by round while the charts are in doubt.

        What is stored of a round counts, also where a day that was made since then would have drawn others.
        """
        earlier = [verdict for _, readings in self._readings for verdict in readings]
        for number, members in enumerate(panel.rounds(self.members, earlier)):
            got = {verdict.paper: verdict for verdict in self._today if verdict.draw == number}
            lacking = [paper for paper in members if paper not in got][: max(0, len(members) - len(got))]
            papers = self._archive.find(lacking)
            said = ask([papers[paper] for paper in lacking if paper in papers], number)
            got |= said
            self.watch.read(self._day.date, got.values())
            if not self.watch.is_in_doubt or (papers and not said):
                break

    def read_stored(self) -> None:
        """Take in what is stored of today's readings."""
        self.watch.read(self._day.date, self._today)

    def stability(self) -> panel.Stability:
        """Agreement with first verdicts over the last `LATELY` days, today included."""
        lately = [verdict for _, readings in self._readings[-LATELY + 1 :] for verdict in readings]
        return panel.stability(self.first, [*lately, *self._today], self._reader.threshold)


def gathered(day: Day, archive: Archive, reader: Reader, prompt: Prompt) -> SecondOpinions:
    """What the stored second opinions say, today's included."""
    watched = Panel(day, archive, reader, prompt)
    watched.read_stored()
    days = [*archive.days(day.date)[-LATELY + 1 :], day]
    return SecondOpinions(
        audit.missed([tally for one in days if (tally := _tally(one, reader.threshold))]),
        watched.stability(),
        tuple(watched.watch.alarms),
    )


def _tally(day: Day, threshold: float) -> list[audit.Stratum] | None:
    """A day's papers not sent, for `audit.missed`; None where everything was sent."""
    newest = day.newest_verdicts().values()
    audited = {verdict.paper: verdict.score >= threshold for verdict in newest if verdict.purpose == "audit"}
    not_sent = {v.paper: v.relevance for v in newest if v.stands_in == "cascade" or v.paper in audited}
    return audit.tally(not_sent, audited) if not_sent else None
