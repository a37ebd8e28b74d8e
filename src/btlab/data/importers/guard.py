"""Decoders that are not ours: what they raise on broken files becomes a FormatError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from btlab.data.importers.source import Source
from btlab.errors import BtlabError, FormatError


@contextmanager
def guarded(source: Source, what: str) -> Iterator[None]:
    """Errors of a decoder, and the panics of compiled ones, as FormatErrors.

    Args:
        what: the file should be.

    Raises:
        FormatError: whatever the decoder raised.
    """
    try:
        yield
    except BtlabError:
        raise
    except BaseException as error:
        # A panic of Rust is no Exception, so that nobody takes it for one; the file is broken all the same.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        said = str(error).split("\n", 1)[0][:200]
        raise FormatError(f"{source.name} is no {what}, or damaged ({said}); fetch it again", file=source.name) from None
