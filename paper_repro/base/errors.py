"""Errors that a user can act on: one clear sentence, never a traceback."""


class UserError(Exception):
    """A mistake in the input or the call: names the file, what was expected, what was found, what to do next.

    The command line prints the sentence and exits with status 2.
    """
