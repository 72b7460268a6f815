"""The judge's prompt: a strict template that a reader edits, rendered once a day.

Placeholders are written `{{name}}`; each of `PLACEHOLDERS` stands in the template, `{{papers}}` last, because what
comes before it is the same for every request of a day, which is what providers' prompt caches need.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from digest_lib.errors import ParametersError
from digest_lib.judging.hostile import neutral
from digest_lib.reader import Reader, Subject, nearest
from digest_lib.records import Paper

PLACEHOLDERS = ("fields", "avoid", "threshold", "language", "papers")
_LANGUAGES = {"zh": "Chinese (简体中文)", "en": "English"}
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Prompt:
    """A rendered prompt: what stands before the papers, the same in every request."""

    constant: str

    @property
    def hash(self) -> str:
        """SHA-256 of the rendered text; threshold, fields and language are in it because they are in the text."""
        return hashlib.sha256(self.constant.encode()).hexdigest()

    def messages(self, papers: Sequence[Paper], note: str = "") -> list[dict[str, str]]:
        """The chat messages that ask for verdicts on `papers`, numbered from 1; `note` says what was wrong before."""
        fenced = (f'<paper n="{number}">\n{text_of(paper)}\n</paper>' for number, paper in enumerate(papers, 1))
        blocks = "\n".join(fenced)
        asked = f"{blocks}\n\n{note}" if note else blocks
        return [{"role": "system", "content": self.constant}, {"role": "user", "content": asked}]


def text_of(paper: Paper) -> str:
    """What a judge reads of a paper: title and abstract, one line each, unable to end their fence."""
    return f"{neutral(paper.title)}\n{neutral(paper.abstract)}"


def load_prompt(path: Path | str, reader: Reader) -> Prompt:
    """Read a prompt template and render it for a reader.

    Raises:
        ParametersError: the file, or a placeholder, is missing, unknown or out of place; the sentence names it.
    """
    path = Path(path)
    try:
        template = path.read_text(encoding="utf8")
    except FileNotFoundError:
        raise ParametersError(f"{path.name}: there is no such prompt file ({path}).") from None
    return render(template, reader, path.name)


def render(template: str, reader: Reader, name: str = "prompt") -> Prompt:
    """Render a template; see `load_prompt` for what it raises."""
    found = _PLACEHOLDER.findall(template)
    for placeholder in found:
        if placeholder not in PLACEHOLDERS:
            raise ParametersError(
                f"{name}: unknown placeholder '{{{{{placeholder}}}}}'{nearest(placeholder, PLACEHOLDERS)}."
            )
    missing = [placeholder for placeholder in PLACEHOLDERS if placeholder not in found]
    if missing:
        raise ParametersError(f"{name}: the placeholder '{{{{{missing[0]}}}}}' is missing.")
    if found.count("papers") > 1 or not re.search(r"\{\{\s*papers\s*\}\}\s*\Z", template):
        raise ParametersError(f"{name}: '{{{{papers}}}}' must stand once, at the end: what comes before it is cached.")
    values = {
        "fields": _listed(reader.fields),
        "avoid": _listed(reader.avoid) or "-",
        "threshold": f"{reader.threshold:g}",
        "language": _LANGUAGES[reader.language],
        "papers": "",
    }
    return Prompt(_PLACEHOLDER.sub(lambda match: values[match.group(1)], template).strip())


def _listed(subjects: Sequence[Subject]) -> str:
    """One line a subject: its name and, where there is one, its description (else its first phrases)."""
    return "\n".join(
        f"- {subject.name}: {subject.description or ', '.join(subject.phrases[:6])}".removesuffix(": ")
        for subject in subjects
    )
