"""What may be logged of an exception: its kind and its place, never its words.

A message can quote a caller's name, number or whole row; the kind and the line cannot.
"""

import traceback
from pathlib import Path


def describe(error: BaseException) -> str:
    """The exception's class and the innermost frames it passed: `KeyError at desk.py:41`."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__} at {places or 'unknown place'}"
