"""Lets `python -m paper_repro` run the command line."""

import gc
import os
import sys

from paper_repro.cli import INTERRUPTED, main

if __name__ == "__main__":
    status = main()
    if status == INTERRUPTED:
        os._exit(status)  # at once: clearing away what libraries hold takes seconds, and threads may still be at work
    gc.freeze()  # when it ends, the interpreter searches all that libraries made for garbage, for a third of a second
    sys.exit(status)
