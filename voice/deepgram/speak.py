"""Aura behind `voice.ports.Mouths`."""

from voice.deepgram.client import Deepgram
from voice.deepgram.speaker import Speaker


class DeepgramMouths:
    """Voices for every call of the process.

    Args:
        api_key: Goes into the handshake and nowhere else.
        base_url: Another address than Deepgram's own; http(s) or ws(s).
        model: An Aura voice.
        patience_s: How long audio that was asked for may fail to come.
        connect_within_s: How long a handshake may take.

    Raises:
        ValueError: The key, the base URL or the model cannot be used; says why, without the key.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str | None = None,
        model: str = "aura-2-thalia-en",
        *,
        patience_s: float = 2.0,
        connect_within_s: float = 1.5,
    ) -> None:
        if not model.startswith("aura-"):
            raise ValueError(f"the Deepgram voice must be aura-…, not {model!r}")
        self._deepgram = Deepgram(api_key, base_url)
        self._model = model
        self._patience_s = patience_s
        self._connect_within_s = connect_within_s

    async def open(self, call_sid: str) -> Speaker:
        """Connect a voice for one call.

        Raises:
            VoiceError: Deepgram refused, was not there, or took too long.
        """
        speaker = Speaker(
            self._deepgram,
            self._model,
            patience_s=self._patience_s,
            connect_within_s=self._connect_within_s,
        )
        try:
            await speaker.open()
        except BaseException:  # also where nobody waits for it any more
            await speaker.aclose()
            raise
        return speaker

    async def aclose(self) -> None:
        """Close what is shared by the calls."""
        await self._deepgram.aclose()
