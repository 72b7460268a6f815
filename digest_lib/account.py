"""What a day came to: the account that the digest shows and `run.json` keeps."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from digest_lib.digest import recommended
from digest_lib.history import Day
from digest_lib.judging.prompt import Prompt
from digest_lib.reader import Reader
from digest_lib.records import Announcement, Manifest, Verdict


def account(
    day: Day,
    announcement: Announcement,
    verdicts: Mapping[str, Verdict],
    reader: Reader,
    prompt: Prompt,
    now: datetime,
) -> Manifest:
    """What the day came to.

    It is `complete` only where every category is settled and every announced paper has a verdict of the judge that
    was to be asked, or a labelled one where that judge gave no usable answer or the reader's cap was reached.
    """
    verdicts = {paper.id: verdicts[paper.id] for paper in announcement.papers if paper.id in verdicts}
    judged = Counter(paper.home(reader.categories) for paper in announcement.papers if paper.id in verdicts)
    categories = {
        name: category.model_copy(update={"judged": judged[name]}) for name, category in announcement.categories.items()
    }
    unjudged = tuple(paper.id for paper in announcement.papers if paper.id not in verdicts)
    stood_in = Counter(verdict.stands_in for verdict in verdicts.values() if verdict.stands_in)
    whole = all(category.is_settled for category in categories.values()) and not unjudged and not stood_in["service"]
    quiet = all(category.state == "quiet" for category in categories.values())
    by_model = [verdict.model for verdict in verdicts.values() if verdict.judge == "model"]
    models = Counter(by_model or [verdict.model for verdict in verdicts.values()])
    tokens = day.spent()
    best = recommended(announcement.papers, verdicts, reader)
    return Manifest(
        date=day.date,
        state="quiet" if quiet else "complete" if whole else "partial",
        categories=categories,
        papers_read=len(announcement.papers) - len(unjudged),
        recommended=len(best),
        best=best[0][0].title if best else "",
        unjudged=unjudged,
        judge="model" if by_model else "local",
        model=models.most_common(1)[0][0] if models else "-",
        prompt_hash=prompt.hash if by_model else "",
        reader_hash=reader.hash,
        feed_hash=announcement.feed_hash,
        tokens=tokens,
        cost=round(reader.judge.cost(tokens), 6) if reader.judge else 0.0,
        stood_in=dict(stood_in),
        begun=day.begun or now,
        updated=now,
        history=day.earlier_runs,
    )
