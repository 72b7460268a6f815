"""Every phrase of the documents: one file a language in `templates/phrases/`, so that a translator needs no Python."""

from functools import cache
from importlib.resources import files

import yaml

LANGUAGES = ("en", "zh")


class Wording(dict):
    """Phrases, and groups of phrases, by name; each also as an attribute. `{}` in a phrase is filled in by its user."""

    def __getattr__(self, name: str) -> "str | Wording":
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no phrase is called '{name}'") from None


@cache
def wording(language: str) -> Wording:
    """The phrases of one of `LANGUAGES`."""
    text = files("digest_lib").joinpath("templates", "phrases", f"{language}.yml").read_text(encoding="utf8")
    return _read(yaml.safe_load(text))


def _read(node: object) -> object:
    return Wording({name: _read(inner) for name, inner in node.items()}) if isinstance(node, dict) else node
