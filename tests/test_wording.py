"""The phrases of the documents in all languages."""

import re
from collections.abc import Iterator

import pytest

from digest_lib.wording import LANGUAGES, Wording, wording


def phrases(words: Wording, place: tuple = ()) -> Iterator[tuple[tuple, str]]:
    """Every phrase and where it stands."""
    for name, said in words.items():
        yield from phrases(said, (*place, name)) if isinstance(said, dict) else [((*place, name), said)]


@pytest.mark.parametrize("language", sorted({*LANGUAGES} - {"en"}))
def test_every_language_says_all_that_english_says(language: str):
    """Each language has English's phrases, in groups of the same names, with as much to be filled in."""
    blanks = {place: len(re.findall(r"\{[^}]*\}", said)) for place, said in phrases(wording("en"))}
    assert {place: len(re.findall(r"\{[^}]*\}", said)) for place, said in phrases(wording(language))} == blanks


def test_a_phrase_that_is_missing_is_named():
    """A misspelt phrase is an error that says which."""
    with pytest.raises(AttributeError, match="titel"):
        _ = wording("en").titel
