"""Interrupts reach the tests and what they start, also where whoever started them ignores interrupts (nohup, cron)."""

import signal


def hear() -> None:
    """Undo that SIGINT is ignored, which every process takes over from the one that starts it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
