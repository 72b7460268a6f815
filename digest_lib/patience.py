"""Waiting for what is late, with the countdown shown."""

import sys
import time


class Patience:
    """How long a run waits for what arXiv has not got ready, with the countdown shown.

    Args:
        minutes: in all; 0 waits for nothing.
    """

    def __init__(self, minutes: float) -> None:
        self.left = minutes * 60

    def wait(self, what: str) -> bool:
        """Wait until it is time to ask again (a minute, or a fifth of what is left); False once it is used up."""
        if self.left < 1:
            return False
        pause = min(60.0, max(self.left / 5, 1.0))
        until = time.monotonic() + pause
        while (rest := until - time.monotonic()) > 0:
            minutes, seconds = divmod(round(self.left - pause + rest), 60)
            print(f"\rwaiting for {what}: {minutes}:{seconds:02} left", end=" ", file=sys.stderr, flush=True)
            time.sleep(min(1.0, rest))
        print(file=sys.stderr)
        self.left -= pause
        return True
