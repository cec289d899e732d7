"""`python -m paper_repro COMMAND`: what users ask for; the Makefile calls only this.

Most commands bring results up to date: they make what is missing or out of date, and leave the rest as it is. An option
that isn't given is taken from the environment (PAPER_REPRO_IMAGES for --images), which is how make passes on its
variables.
"""

import argparse
import gc
import os
import shlex
import signal
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from paper_repro import commands, options
from paper_repro.arguments import add_arguments
from paper_repro.base import hints, stopping, streams
from paper_repro.base.errors import UserError, sentence_of
from paper_repro.commands import COMMANDS
from paper_repro.steps.make import MISTAKE

INTERRUPTED = 130  # exit status


class Parser(argparse.ArgumentParser):
    """Says of a mistake what it is, in one sentence, without the list of all options."""

    def error(self, message: str) -> NoReturn:
        """Print the sentence and end with the status of a mistake."""
        self.exit(MISTAKE, f"paper_repro: {message}; see `{self.prog} --help`.\n")


def parser(asked: Collection[str] = tuple(COMMANDS)) -> argparse.ArgumentParser:
    """The command line, with the options of the commands `asked`."""
    top = Parser(prog="python -m paper_repro", description=(__doc__ or "").partition("\n\n")[2])
    named = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        words = named.add_parser(name, help=command.summary, description=command.summary)
        if name in asked:
            options.add_options(words, commands.options_of(name))
        add_arguments(name, words)
        if command.targets or name in ("encode", "assign", "venus"):
            words.add_argument("--dry-run", action="store_true", help="only say what would be made, and why")
    return top


def _on_terminate(_: int, __: FrameType | None) -> NoReturn:
    """A polite kill ends like Ctrl-C: temporary files are removed, finished work stays."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a claim lost, 2 a mistake or a failure, 130 interrupted."""
    streams.prepare()
    words = sys.argv[1:] if argv is None else argv
    known = parser(words)
    arguments, others = known.parse_known_args(words)
    if len(others) == 1 and not others[0].startswith("-") and getattr(arguments, "folder", "") is None:
        try:  # argparse before 3.12 finds it only before options
            arguments.folder, others = options.path(others[0]), []
        except argparse.ArgumentTypeError as error:
            known.error(f"argument folder: {error}")
    if others:
        print(f"paper_repro: `{arguments.command}` takes no {shlex.join(others)}; see `python -m paper_repro "
              f"{arguments.command} --help`.", file=sys.stderr)
        return MISTAKE
    signal.signal(signal.SIGTERM, _on_terminate)
    # Threads that wait shall sleep: spinning, they take the cores from whatever else runs, themselves included. And
    # sums of products must not depend on how many cores are free. Both are read when a library loads, which is later.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Importing makes hundreds of thousands of objects that stay; searching them for garbage again and again takes
    # longer than many commands.
    gc.set_threshold(100_000, 50, 100)
    stopping.forget()
    out = Path()
    try:
        values = options.given(arguments)
        out = values.get("out", out)
        command = COMMANDS[arguments.command]
        run = options.open_asked(options.opened_by(arguments, values), fetching=arguments.command == "fetch")
        hints.repeat(options.shown({"profile": run.profile.name, **values}),
                     lambda words: commands.taken(run, words))
        if command.does:
            status = command.does(run, arguments, values) or 0
        else:
            assert command.targets is not None
            status = commands.update(run, arguments, values, command.targets(arguments))
        sys.stdout.flush()
        return status
    except UserError as error:
        return _ended(str(error), MISTAKE)
    except KeyboardInterrupt:
        return _ended("interrupted; the same command resumes where this one stopped.", INTERRUPTED, "\n")
    except BrokenPipeError:
        _mute(sys.stdout)
        return 1
    except (OSError, MemoryError) as error:
        return _ended(sentence_of(error, out), MISTAKE)


def _ended(sentence: str, status: int, before: str = "") -> int:
    """Say why a command ended, as far as there is a place for it: what it prints may go to the disk that is full."""
    for stream, text in ((sys.stderr, f"{before}paper_repro: {sentence}\n"), (sys.stdout, "")):
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            _mute(stream)
    return status


def _mute(stream: TextIO) -> None:
    """Let what a stream still holds go nowhere when the interpreter ends, rather than fail there."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
