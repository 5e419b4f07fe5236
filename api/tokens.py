"""`python -m api.tokens`: fetch the files by which tokens are counted exactly, once.

They lie in `DATA_DIR/tokens` then, where the service finds them; `TIKTOKEN_CACHE_DIR` names another
place for both. Without them tokens are estimated.
"""

import asyncio
import sys

import httpx

from api.process import look_for_tokens
from api.settings import SettingsRefused, read_settings
from graph.models.tokens import FILES, file_of, is_here, is_whole

_PATIENCE_S = 20.0


class NotFetched(Exception):
    """A file did not come; the text says why."""


async def fetch(encoding: str, http: httpx.AsyncClient, *, address: str | None = None) -> bool:
    """Put a tokenizer's file where the library looks for it. Whether it had to be fetched.

    Args:
        encoding: The tokenizer's name.
        http: The way out.
        address: Where the file is; as published where not given.

    Raises:
        NotFetched: It could not be reached, or is not the published one.
    """
    if is_here(encoding):
        return False
    try:
        answer = await http.get(address or FILES[encoding][0])
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise NotFetched(f"{encoding} cannot be reached ({type(error).__name__})") from None
    if not is_whole(encoding, answer.content):
        raise NotFetched(f"{encoding} is not the file that was published, and is not kept")
    await asyncio.to_thread(_keep, encoding, answer.content)
    return True


def _keep(encoding: str, content: bytes) -> None:
    place = file_of(encoding)
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_suffix(".part")
    half.write_bytes(content)
    half.replace(place)


async def _fetch_all() -> None:
    async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
        for encoding in FILES:
            fetched = await fetch(encoding, http)
            word = "fetched" if fetched else "was here already"
            sys.stdout.write(f"{encoding} {word}: {file_of(encoding)}\n")


def main() -> int:
    """Fetch them. 1 where that is not possible; the service then estimates."""
    try:
        look_for_tokens(read_settings().data_dir, make=True)
        asyncio.run(_fetch_all())
    except (SettingsRefused, NotFetched) as error:
        sys.stderr.write(f"{error}; tokens are estimated meanwhile\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
