"""The prompt template: strict, constant first, and honest about what was asked."""

from pathlib import Path

import pytest

from digest_lib.errors import ParametersError
from digest_lib.judging.prompt import PLACEHOLDERS, load_prompt, render
from digest_lib.reader import Reader

PROMPT = Path(__file__).parents[1] / "parameters" / "prompt.md"
GOOD = "Fields: {{fields}} Avoid: {{avoid}} From {{threshold}} in {{language}}.\n{{papers}}\n"


def test_the_prompt_that_comes_with_it_renders(reader: Reader):
    """The prompt of the repository names every field and leaves no placeholder open."""
    prompt = load_prompt(PROMPT, reader)
    assert all(field.name in prompt.constant for field in reader.fields)
    assert "{{" not in prompt.constant
    assert '{"verdicts":[{"paper":1,"score":3}' in prompt.constant


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (GOOD.replace("avoid", "avoids"), "mine.md: unknown placeholder '{{avoids}}' (did you mean 'avoid'?)."),
        (GOOD.replace("{{fields}}", ""), "mine.md: the placeholder '{{fields}}' is missing."),
        (GOOD + "Thank you.", "mine.md: '{{papers}}' must stand once, at the end: what comes before it is cached."),
        ("{{papers}}" + GOOD, "mine.md: '{{papers}}' must stand once, at the end: what comes before it is cached."),
    ],
)
def test_a_mistake_in_the_template_is_named(reader: Reader, template: str, sentence: str):
    """An unknown, a missing and a misplaced placeholder each stop before any call, in one sentence."""
    with pytest.raises(ParametersError) as caught:
        render(template, reader, "mine.md")
    assert sentence == str(caught.value)


def test_a_missing_prompt_file_is_named(tmp_path: Path, reader: Reader):
    """A prompt file that is not there is named with its path."""
    with pytest.raises(ParametersError, match="there is no such prompt file"):
        load_prompt(tmp_path / "prompt.md", reader)


def test_the_constant_part_is_the_same_for_every_request(reader: Reader, paper):
    """Whatever papers are asked about, the first message is the same, so that it can be cached."""
    prompt = render(GOOD, reader)
    one, other = prompt.messages([paper(1)]), prompt.messages([paper(2), paper(3)], note="Answer again.")
    assert one[0] == other[0]
    assert one[1]["content"] == '<paper n="1">\nSynthetic Paper 1\nSynthetic abstract.\n</paper>'
    assert other[1]["content"].endswith("</paper>\n\nAnswer again.")


@pytest.mark.parametrize("change", [{"threshold": 7.0}, {"language": "zh"}, {"avoid": ()}, {"fields": ()}])
def test_the_hash_follows_what_is_in_the_prompt(change: dict):
    """Threshold, language, fields and what to avoid change the hash; a holiday or a category does not."""
    reader = Reader.model_validate(
        {"categories": ["cs.CV"], "fields": [{"name": "Theory"}], "avoid": [{"name": "Medicine"}]}
    )
    assert render(GOOD, reader).hash != render(GOOD, reader.model_copy(update=change)).hash
    same = reader.model_copy(update={"categories": ("cs.LG",), "time_zone": "Asia/Shanghai"})
    assert render(GOOD, reader).hash == render(GOOD, same).hash
    assert set(PLACEHOLDERS) == {"fields", "avoid", "threshold", "language", "papers"}
