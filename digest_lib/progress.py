"""Progress of what takes longer than two seconds."""

import sys

from tqdm import tqdm


def progress_bar(what: str, total: int | None = None) -> tqdm:
    """A counter that shows in a notebook as in a terminal; under papermill the run passes it on."""
    count = "{n_fmt}/{total_fmt}" if total is not None else "{n_fmt}"
    shape = f"{{desc}}: {count} [{{elapsed}}{{postfix}}]"
    return tqdm(desc=what, total=total, bar_format=shape, file=sys.stderr, mininterval=0.2)
