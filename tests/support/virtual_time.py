"""A clock that jumps, which is that of the voice evals."""

from evals.voice.virtual_time import VirtualTimeLoop as VirtualTimeLoop
from evals.voice.virtual_time import run_virtually as run_virtually
