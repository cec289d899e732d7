"""What the page and the metadata say may be typed: true on any computer, so without the user's own folders."""

import shlex

from paper_repro.base.run import Run


def command(run: Run, target: str) -> str:
    """The command that makes a target of a run's profile."""
    own = ("--checkpoints", run.checkpoints) if run.checkpoints != "own" else ()
    return shlex.join(("python", "-m", "paper_repro", "run", target, "--profile", run.profile.name, *own))
