"""What can go wrong with a model, in one small tree; vendors' own errors end here.

ModelError ─┬─ Unreachable   nobody there, or the line dropped before a word
            ├─ Refused       it is there and will not: the key, the request, its own filter
            ├─ Overloaded    it is there and asks for time, or we keep within its limits
            ├─ Stalled       it does not begin, or has stopped moving
            └─ Broke         it failed, or what came is no whole answer
"""

from collections.abc import Mapping

import httpx2
import openai

_NO_KEY = 401
_OVER_LIMIT = 429
_UNAVAILABLE = 503
_CONFLICT = 409
_SERVER_FAULT = 500
_WRONG_REQUEST = (400, 404, 413, 422)
_SPENT = "insufficient_quota"
_FILTERED = "content_filter"


class ModelError(Exception):
    """A model gave no whole answer. Texts are ours: a vendor's may quote the caller or the key.

    Attributes:
        passing: Whether the same request may succeed a moment later.
        rest_s: How long to leave the model alone, in seconds; None: as long as usual.
        of_server: Whether the other models of the same server would fail likewise.
    """

    passing = False
    rest_s: float | None = None
    of_server = False


class Unreachable(ModelError):
    """No connection, or it was lost before the answer began."""

    passing = True
    of_server = True


class Refused(ModelError):
    """It will not answer this; asking again is no use.

    Attributes:
        status: The HTTP status; None where the model or its vendor's filter declined in an answer.
    """

    def __init__(self, status: int | None = None, *, of_server: bool = False) -> None:
        super().__init__(f"refused with status {status}" if status else "declined to answer")
        self.status = status
        self.of_server = of_server or status in (None, _NO_KEY)
        if status is None or status in _WRONG_REQUEST:
            self.rest_s = 0.0  # it is this request that was wrong, not the server

    @property
    def declined(self) -> bool:
        """Whether the answer itself was held back."""
        return self.status is None


class Overloaded(ModelError):
    """There is no room for this request now."""

    def __init__(
        self, message: str, *, rest_s: float | None = None, of_server: bool = False
    ) -> None:
        super().__init__(message)
        self.rest_s = rest_s
        self.of_server = of_server
        self.passing = rest_s is None


class Stalled(ModelError):
    """Too long without a word."""


class Broke(ModelError):
    """It failed on its own side, or the answer is not whole."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


def translated(error: Exception) -> ModelError:
    """What went wrong, in our terms."""
    match error:
        case ModelError():
            return error
        case openai.APIStatusError():
            return by_status(error.status_code, error.code, error.response.headers)
        case TimeoutError() | openai.APITimeoutError() | httpx2.TimeoutException():
            return Stalled("the vendor's client gave up waiting")
        case openai.APIConnectionError() | httpx2.TransportError() | OSError():
            return Unreachable("no connection to the model's server")
        case _:
            return Broke(f"the stream failed with {type(error).__name__}")


def by_status(status: int, code: str | None, headers: Mapping[str, str]) -> ModelError:
    """What a server means by a status, with the code in the error's body and the headers."""
    if code == _FILTERED:
        return Refused()
    if status == _OVER_LIMIT:
        if code == _SPENT:
            return Refused(status, of_server=True)
        asked = retry_after(headers)
        # Never asked again at once: a limit is not over within the patience of a caller.
        return Overloaded("over its rate limit", rest_s=_USUAL_REST_S if asked is None else asked)
    if status == _UNAVAILABLE:
        return Overloaded("its server is overloaded", rest_s=retry_after(headers))
    if status >= _SERVER_FAULT or status == _CONFLICT:
        return Broke(f"its server failed with status {status}", passing=True)
    return Refused(status)


_USUAL_REST_S = 20.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks to be left alone; None where it does not say so in a number.

    `retry-after-ms` is OpenAI's and the finer one; a date in `retry-after` (RFC 9110, 10.2.3) is
    not sent by any of the servers known to speak Chat Completions.
    """
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            asked = float(headers[name]) / unit
        except (KeyError, ValueError):
            continue
        if 0 <= asked < float("inf"):
            return asked
    return None
