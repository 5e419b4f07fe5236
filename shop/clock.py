"""Time comes from outside: whoever starts the process decides what "now" is."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Returns the current moment as an aware datetime in UTC."""
