"""The errors that a user can cause and mend.

NmtError
 ├── ConfigError   a setting or an option: unknown, of the wrong type, out of range, in conflict
 ├── DataError     a corpus or an input file: missing, unreadable, misaligned, empty
 └── ModelError    a model directory: missing, damaged, foreign, not fit for what was asked

Each message is one line that names the file, line or setting and says what to do. A programmer's
mistake is an `assert` instead.
"""


class NmtError(Exception):
    """A user's mistake; its text is one complete line. The command line exits with status 2."""


class ConfigError(NmtError):
    """A setting or an option is wrong."""


class DataError(NmtError):
    """A corpus or an input file is wrong."""


class ModelError(NmtError):
    """A model directory is wrong."""
