"""What the workspace remembers: papers, verdicts and the account of a run. Frozen, validated, no behaviour."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Two names of one category; papers and readers are kept under the second (arXiv/arxiv-base, taxonomy).
CATEGORY_ALIASES = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}

Purpose = Literal["first", "audit", "panel", "tune"]
"""Why a verdict was asked for: a deliberate second opinion is no repetition."""
AnnounceType = Literal["new", "cross", "replace", "replace-cross"]


class Record(BaseModel):
    """Base of all records: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Paper(Record):
    """One announced paper, as arXiv describes it."""

    id: str
    """arXiv id without version: `2602.06122`, or `hep-th/9901001` in the scheme before 2007."""
    version: int = Field(ge=1)
    announced: date
    """The announcement day: the date of the feed and the mailing."""
    announce_type: AnnounceType
    title: str
    authors: tuple[str, ...]
    """Names in Unicode, in arXiv's order."""
    affiliations: tuple[str, ...] = ()
    """Every affiliation that arXiv states, once each, in the authors' order; mostly none."""
    abstract: str
    primary_category: str
    categories: tuple[str, ...]
    submitted: datetime | None = None
    """When version 1 was submitted (UTC); the feed does not say."""
    comment: str = ""
    metadata: Literal["api", "feed", "digest"] = "api"
    """Who described the paper: the query API, for the time being the feed, or an imported digest, which knows neither
    abstract nor categories."""

    @property
    def link(self) -> str:
        """The abstract page; arXiv asks that links go there and not to the PDF."""
        return f"https://arxiv.org/abs/{self.id}"

    def home(self, categories: Sequence[str]) -> str:
        """Which of the reader's categories the paper counts under: its primary one, else the first it is listed in."""
        listed = [category for category in categories if category in self.categories]
        return next(iter(listed), categories[0]) if self.primary_category not in categories else self.primary_category


class Tokens(Record):
    """A model service's own count of what it was sent and what it answered."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    total: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in Tokens.model_fields})


class Answer(Record):
    """One answer of a model service, as it is paid for: also where nothing in it could be used."""

    model: str
    """What the service calls itself."""
    tokens: Tokens
    papers: int
    """Papers asked about."""
    accepted: int
    """Verdicts that could be used."""
    purpose: Purpose = "first"
    seconds: float
    wrong: str = ""
    """What could not be used of it."""


class Verdict(Record):
    """One judge's opinion of one paper."""

    paper: str
    """arXiv id without version."""
    version: int
    score: float = Field(ge=0, le=10)
    field: str
    """Name of the reader's field that the paper is nearest to."""
    reason: str
    """One paragraph in the reader's language."""
    relevance: float
    """The local judge's ranking value, which orders papers of equal score."""
    judge: Literal["local", "model", "imported"]
    """`imported`: read from a digest that another tool, or an earlier one, has made."""
    model: str
    """What the judge calls itself; for a service, the model that really answered."""
    asked: str
    """Fingerprint of what the judge was asked with: an answer to another question does not count."""
    purpose: Purpose = "first"
    draw: int = 0
    """Number of the drawing, where the same question is asked again on purpose."""
    stands_in: Literal["", "answer", "cap", "service", "cascade"] = ""
    """Why this is the local judge's verdict although a model was to be asked: no usable answer, beyond the cap, no
    service, or not worth sending."""
    local_score: float | None = None
    """The local judge's score of a paper that the model judged."""
    chance: float = Field(default=1.0, gt=0, le=1)
    """Probability with which the paper was sent: below 1 where the audit drew it."""


class Delivery(Record):
    """One attempt to tell one address what became of a day, or that it arrived."""

    day: date
    message: str
    """`digest`, `partial`, or the name of the error that a run ended with."""
    target: str
    """Fingerprint of the address, which may be a secret itself."""
    at: datetime
    sent: bool = False


class CategoryState(Record):
    """What became of one category on one day."""

    state: Literal["announced", "quiet", "stale", "late", "truncated", "failed"]
    announced: int = 0
    """Papers that arXiv announced here for this reader (by default: new, with this primary category)."""
    fetched: int = 0
    """Those of them that the query API has described."""
    judged: int = 0
    source: Literal["feed", "window"] = "feed"
    """`feed`: the announcement itself. `window`: the submission window, an approximation."""
    feed: str = ""
    """Where the feed is that lists exactly its new papers; empty where none does, or another day has some of them."""
    why: str = ""
    """What is wrong or in doubt."""

    @property
    def is_settled(self) -> bool:
        """Whether there is nothing left to ask arXiv for; a quiet category in doubt is asked about again."""
        return self.state in ("announced", "quiet") and not self.why


class Announcement(Record):
    """What arXiv announced on one day in the reader's categories."""

    day: date
    papers: tuple[Paper, ...]
    categories: dict[str, CategoryState]
    feed_hash: dict[str, str] = {}
    """SHA-256 of each category's feed body; empty where the feed was not used."""


class Run(Record):
    """One run that published a day: when, in which state it left the day, how long it took."""

    updated: datetime
    state: Literal["complete", "partial", "quiet"]
    seconds: float


class Manifest(Record):
    """`run.json`: the account of the run that made a day folder."""

    date: date
    state: Literal["complete", "partial", "quiet"]
    categories: dict[str, CategoryState]
    papers_read: int
    recommended: int = 0
    best: str = ""
    """Title of the recommended paper that stands first: what a list of days shows of each."""
    unjudged: tuple[str, ...] = ()
    judge: str = ""
    model: str = ""
    prompt_hash: str = ""
    reader_hash: str = ""
    feed_hash: dict[str, str] = {}
    tokens: Tokens = Tokens()
    cost: float = 0.0
    """In the currency of the reader's price table."""
    stood_in: dict[str, int] = {}
    """Papers for which the local judge stood in for the model, by reason (see `Verdict.stands_in`)."""
    begun: datetime
    """When the first papers of the day were stored."""
    updated: datetime
    """When the documents were made."""
    seconds: dict[str, float] = {}
    """Wall clock of each stage of the run."""
    versions: dict[str, str] = {}
    history: tuple[Run, ...] = ()
    """Every run that published this day, oldest first."""

    @property
    def is_imported(self) -> bool:
        """Whether older digests are all that is known of the day: what they recommend, and nothing else."""
        return self.judge == "imported"

    @property
    def is_final(self) -> bool:
        """Whether the next run has nothing to add; a quiet day in doubt is asked about again."""
        return self.state != "partial" and all(category.is_settled for category in self.categories.values())
