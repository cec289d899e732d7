"""What the page and the metadata say may be typed: true on any computer, so without the user's own folders."""

import shlex

from paper_repro.base.profile_files import is_own
from paper_repro.base.run import Run


def command(run: Run, target: str) -> str:
    """The command that makes a target of a run's profile; a profile of the user's own is its file, in any folder."""
    own = ("--checkpoints", run.checkpoints) if run.checkpoints != "own" else ()
    path = run.profile.path
    profile = run.profile.name if is_own(path) else path.name
    return shlex.join(("python", "-m", "paper_repro", "run", target, "--profile", profile, *own))
