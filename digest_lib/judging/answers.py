"""A model's answer, taken apart row by row: what can be used, and what is wrong with the rest.

The wire shape is fixed: `{"verdicts": [{"paper": 1, "score": 8, "field": "...", "reason": "..."}]}`; below the
threshold field and reason may be absent.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from digest_lib.reader import Reader

_CHINESE = re.compile("[\u3400-\u9fff]")
# What a reasoning model thought before its answer; servers may drop the opening mark, a cut answer the closing one.
_THINKING = re.compile(r"\A.*</think>|<think>.*", re.DOTALL)
MOST_FAULTS = 5
"""Faults of one answer that are shown to the model."""


class Row(BaseModel):
    """One verdict as the model writes it; strict, because `true` is no score and `"8"` may be anything."""

    model_config = ConfigDict(strict=True, extra="ignore")

    paper: int
    score: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False), AfterValidator(lambda score: round(score, 1))]
    field: str | None = None
    reason: str | None = None


def schema(papers: int, reader: Reader) -> dict[str, object]:
    """JSON schema of an answer about so many papers; its bounds keep servers that follow them from rambling."""
    properties = {
        "paper": {"type": "integer", "minimum": 1, "maximum": papers},
        "score": {"type": "number", "minimum": 0, "maximum": 10},
        "field": {"type": "string", "enum": [each.name for each in reader.fields]},
        "reason": {"type": "string"},
    }
    closed = {"type": "object", "additionalProperties": False}
    row = closed | {"properties": properties, "required": ["paper", "score"]}
    verdicts = {"verdicts": {"type": "array", "items": row, "minItems": papers, "maxItems": papers}}
    return closed | {"properties": verdicts, "required": ["verdicts"]}


def read(text: str, papers: int, reader: Reader, *, is_last: bool = False) -> tuple[dict[int, Row], str]:
    """The rows of an answer about `papers` papers that can be used, by number, and what is wrong with the others.

    Args:
        is_last: the model has been asked before; a reason in the wrong language is then better than none.
    """
    given: dict[int, list[Row]] = {}
    faults: list[str] = []
    for found in rows_in(text):
        try:
            row = Row.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            faults.append(f"paper {found['paper']!r}: {'.'.join(map(str, first['loc']))}: {first['msg']}.")
        else:
            given.setdefault(row.paper, []).append(row)
    strange = sorted(number for number in given if not 1 <= number <= papers)
    if strange:
        # Numbers that were never given out mean that the counting is off: no row of the answer is trusted.
        return {}, f"there is no paper {strange[0]}; the papers are numbered 1 to {papers}."
    rows = {}
    for number in range(1, papers + 1):
        wrong = _fault(given.get(number, []), reader, is_last=is_last)
        if wrong:
            faults.append(f"paper {number}: {wrong}.")
        else:
            rows[number] = given[number][0]
    return rows, " ".join(faults[:MOST_FAULTS])


def _fault(given: Sequence[Row], reader: Reader, *, is_last: bool) -> str:
    """What is wrong with the rows given for one paper; empty if they are one usable verdict."""
    if not given:
        return "no verdict"
    row = given[0]
    if any(other != row for other in given):
        return "several different verdicts"
    if row.score < reader.threshold:
        return ""
    names = [each.name for each in reader.fields]
    if row.field not in names:
        return f"{row.field!r} is not one of the fields ({', '.join(names)})"
    if not (row.reason or "").strip():
        return "no reason"
    if not is_last and not in_language(row.reason, reader.language):
        return f"the reason is not in the language asked for ({reader.language})"
    return ""


def rows_in(text: str) -> Iterator[dict]:
    """Every verdict object in a text: the whole answer, JSON between prose, or what a cut answer got finished.

    Thinking that a server left in the text does not count.
    """
    text = _THINKING.sub("", text)
    decoder, place = json.JSONDecoder(), text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            rows = found.get("verdicts", [found])
            rows = rows if isinstance(rows, list) else []
            yield from (row for row in rows if isinstance(row, dict) and "paper" in row)
        place = text.find("{", end)


def in_language(reason: str, language: str) -> bool:
    """Whether a reason is in the reader's language; terms and names in English are common in Chinese ones."""
    chinese = len(_CHINESE.findall(reason))
    words = len(re.findall(r"[A-Za-z]+", reason))
    return chinese > words if language == "zh" else chinese <= words
