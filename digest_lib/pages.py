"""The product's own HTML templates: what they are given is escaped, TeX passes through `formulas`."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from digest_lib.formulas import render


def templates(folder: str) -> Environment:
    """The templates of one folder below `templates/`; a name that they are not given is an error."""
    environment = Environment(
        loader=PackageLoader("digest_lib", f"templates/{folder}"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tex"] = render
    return environment
