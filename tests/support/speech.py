"""A telephone, a recogniser, a voice and an agent without sockets: those of the voice evals."""

from evals.voice.rig import MS_PER_CHARACTER as MS_PER_CHARACTER
from evals.voice.rig import Handset as Handset
from evals.voice.rig import Parrot as Parrot
from evals.voice.rig import ScriptedEars as ScriptedEars
from evals.voice.rig import SpellingVoice as SpellingVoice
from evals.voice.rig import recordings as recordings
from evals.voice.rig import spelled as spelled
