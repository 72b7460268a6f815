"""The reader file: who reads, which categories, which fields, in which language."""

import difflib
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from digest_lib.announcements import HOLIDAYS
from digest_lib.errors import ParametersError
from digest_lib.records import CATEGORY_ALIASES, AnnounceType, Tokens

# `archive.SUBJECT`, or an archive that has no subjects, as listed on https://arxiv.org/category_taxonomy
Category = Annotated[
    str,
    StringConstraints(
        pattern=r"^((astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\.([A-Z]{2}|[a-z]+(-[a-z]+)*)"
        r"|gr-qc|hep-(ex|lat|ph|th)|math-ph|nucl-(ex|th)|quant-ph)$"
    ),
    AfterValidator(lambda name: CATEGORY_ALIASES.get(name, name)),
]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"no such time zone{nearest(name, available_timezones())}")
    return name


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Subject(_Section):
    """Something papers can be about: a field the reader follows, or a subject to avoid."""

    name: Name
    description: str = ""
    phrases: tuple[Name, ...] = ()
    """English key phrases: what the local judge matches against titles and abstracts."""


class ResearchField(Subject):
    """A field of the digest; `aliases` are the names it bore before, so that its trend survives a renaming."""

    aliases: tuple[Name, ...] = ()


class Prices(_Section):
    """What a model costs, per million tokens, in any currency."""

    prompt: float = Field(ge=0)
    cached: float = Field(default=0, ge=0)
    completion: float = Field(ge=0)


class Judge(_Section):
    """The model judge: used where OPENAI_API_KEY is set; without a key the local judge works alone."""

    model: Name
    temperature: float | None = Field(default=None, ge=0, le=2)
    reasoning_effort: Literal["minimal", "low", "medium", "high"] | None = None
    batch: int = Field(default=20, ge=1, le=200)
    """Papers a request."""
    in_flight: int = Field(default=24, ge=1, le=200)
    """Requests at once, at most; fewer while the service answers 429."""
    max_tokens: int | None = Field(default=None, ge=0)
    max_cost: float | None = Field(default=None, ge=0)
    """Caps of one day; beyond them the local judge goes on."""
    prices: Prices | None = None
    recall: float = Field(default=0.97, gt=0, le=1)
    """Share of the papers worth 8 or more that must be sent, where history can tell them; 1 sends every paper."""
    audit: int = Field(default=5, ge=0, le=100)
    """Papers a day that are sent although they need not be, by lot: they say what the others hold."""
    panel: bool = True
    """Whether papers judged before are judged again each day, to see how steady the judge is."""

    @model_validator(mode="after")
    def _a_cost_needs_prices(self) -> "Judge":
        if self.max_cost is not None and self.prices is None:
            raise ValueError("'judge.max_cost' needs 'judge.prices' to count with")
        return self

    def cost(self, tokens: Tokens) -> float:
        """What tokens cost by the price table; 0 without one."""
        if self.prices is None:
            return 0.0
        paid = (tokens.prompt - tokens.cached) * self.prices.prompt + tokens.cached * self.prices.cached
        return (paid + tokens.completion * self.prices.completion) / 1e6


class Reader(_Section):
    """A validated reader file."""

    categories: tuple[Category, ...] = Field(min_length=1)
    include: tuple[AnnounceType, ...] = Field(default=("new",), min_length=1)
    language: Literal["zh", "en"] = "en"
    time_zone: Annotated[str, AfterValidator(_known_time_zone)] = "UTC"
    threshold: float = Field(default=6, ge=0, le=10, strict=True)
    """Papers with this score or a higher one are recommended."""
    fields: tuple[ResearchField, ...] = Field(min_length=1)
    avoid: tuple[Subject, ...] = ()
    follow: tuple[Name, ...] = ()
    """Authors as arXiv writes them, first names in full or as initials: their papers are always shown."""
    judge: Judge | None = None
    holidays: tuple[date, ...] = ()
    """Evenings (New York) without an announcement, beside those the calendar knows."""

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Reader":
        for key, names in (
            ("fields", [name for field in self.fields for name in (field.name, *field.aliases)]),
            ("categories", list(self.categories)),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"'{key}' names '{twice[0]}' twice")
        if "new" not in self.include:
            raise ValueError("'include' can add cross and replace to new, not leave new out")
        return self

    @property
    def silent_evenings(self) -> frozenset[date]:
        """Every evening (New York) without an announcement: the calendar's and the reader's own."""
        return HOLIDAYS | frozenset(self.holidays)

    @property
    def zone(self) -> ZoneInfo:
        """The reader's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def hash(self) -> str:
        """SHA-256 over everything the file says (comments and layout aside)."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def load_reader(path: Path | str) -> Reader:
    """Read and validate a reader file.

    Raises:
        ParametersError: one sentence that names the file, the key and, for an unknown key, the nearest known one.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf8"))
    except (FileNotFoundError, IsADirectoryError):
        raise ParametersError(f"{path.name}: there is no such reader file ({path}).") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}: {error.problem}" if mark else ""
        raise ParametersError(f"{path.name} is not valid YAML{line}.") from None
    if not isinstance(content, dict):
        raise ParametersError(f"{path.name} holds no keys; a reader file needs at least 'categories' and 'fields'.")
    try:
        return Reader.model_validate(content)
    except ValidationError as error:
        # A misspelt key is the cause where a missing one is the effect, so it is told first.
        first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
        raise ParametersError(f"{path.name}: {_sentence(first, content)}.") from None


def _sentence(error: dict[str, Any], content: dict) -> str:
    """What pydantic found, as a person would say it: key first, then what is wrong, then the nearest right thing."""
    location, value = error["loc"], error["input"]
    key = _key_path(location, content)
    match error["type"]:
        case "extra_forbidden":
            sections = {
                "fields": ResearchField,
                "avoid": Subject,
                "judge": Prices if "prices" in location[1:-1] else Judge,
            }
            known = Reader if len(location) == 1 else sections[str(location[0])]
            return f"unknown key '{key}'{nearest(str(location[-1]), known.model_fields)}"
        case "missing":
            return f"the key '{key}' is missing"
        case "literal_error":
            return f"'{key}' is {value!r}; it can be {error['ctx']['expected']}"
        case "too_short":
            return f"'{key}' is empty"
        case "tuple_type":
            return f"'{key}' is {value!r}; it should be a list"
        case "string_pattern_mismatch":
            return f"'{key}' is {value!r}, which is no arXiv category (like cs.CV, math.OC or hep-th)"
        case "value_error" if not location:
            return str(error["ctx"]["error"])
    message = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["msg"].lower()
    return f"'{key}' is {value!r}: {message}" if not isinstance(value, dict | list) else f"'{key}': {message}"


def _key_path(location: Sequence[str | int], content: Any) -> str:
    """`fields[深度学习理论].phrases[2]` for ('fields', 0, 'phrases', 1): a list item goes by its name or its place."""
    path = ""
    for step in location:
        if isinstance(step, int):
            content = content[step] if isinstance(content, list) and step < len(content) else None
            label = content.get("name", step + 1) if isinstance(content, dict) else step + 1
            path += f"[{label}]"
        else:
            content = content.get(step) if isinstance(content, dict) else None
            path += f".{step}" if path else step
    return path


def nearest(word: str, known: Iterable[str]) -> str:
    """` (did you mean '...'?)` with the most similar known word, or nothing."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean '{found[0]}'?)" if found else ""
