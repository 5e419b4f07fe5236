"""`python -m api`: serve the telephone. What is in use is printed before the first call.

`python -m api timeline CALL` draws how long a caller waited; see `api/timeline.py`.
"""

import asyncio
import logging
import sys

from api.process import harden, look_for_tokens

harden()

import psycopg  # noqa: E402 - the environment must be set before LangGraph is first imported
import uvloop  # noqa: E402

from api import timeline  # noqa: E402
from api.core import utc_now  # noqa: E402
from api.parts import described, model_name  # noqa: E402
from api.server import AddressRefused, bound, serve  # noqa: E402
from api.settings import Settings, SettingsRefused, read_settings  # noqa: E402
from graph.models.profiles import retirement  # noqa: E402
from nodes.variants import VariantRefused  # noqa: E402
from shop.db import MigrationError  # noqa: E402
from shop.postgres.errors import PostgresUnavailable  # noqa: E402
from shop.profile.shop import ProfileRefused  # noqa: E402
from shop.seed.demo import DEMO_CALLERS  # noqa: E402

_TALKATIVE = ("websockets", "openai", "httpcore", "httpcore2", "deepgram", "langsmith")


def main() -> int:
    """Run until interrupted. 1 when the service cannot start, with one line that says why."""
    if sys.argv[1:2] == ["timeline"]:
        return timeline.main(sys.argv[2:])
    try:
        settings = read_settings()
        listener = bound(settings.host, settings.port)
    except (SettingsRefused, AddressRefused) as refused:
        return _refuse(str(refused))
    look_for_tokens(settings.data_dir)
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for library in _TALKATIVE:
        # At DEBUG these write down what is said on the line.
        logging.getLogger(library).setLevel(max(logging.INFO, logging.getLogger().level))
    for client in ("httpx", "httpx2"):
        # At INFO these write a line for every request.
        logging.getLogger(client).setLevel(logging.WARNING)
    _introduce(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listener.getsockname()[1]}"

    def ready() -> None:
        _tell(f"\n  {url}   (stop with Ctrl-C)\n\n")

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, listener, ready))
    except (MigrationError, PostgresUnavailable, ProfileRefused, VariantRefused) as error:
        return _refuse(str(error))
    except psycopg.OperationalError:
        # The driver's own text may quote the connection string.
        return _refuse(
            "DATABASE_URL: the database does not let us in; check that the server runs, and the "
            "host, port, database, user and password"
        )
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0  # told to stop before it was ready
    return 0


def _introduce(settings: Settings) -> None:
    lines = ["", "Sophie, the automated telephone assistant of Bart's Automotive", ""]
    for part in described(settings):
        lines.append(f"  {part.name:<11} {part.using}")
        lines.append(f"  {'':<11}   to change: {part.change}")
    warning = retirement(model_name(settings), utc_now().date())
    if warning:
        lines += ["", f"  note: {warning}"]
    if settings.database_url is None:
        lines += ["", "  known callers of the demo shop:"]
        lines += [f"    {c.number}  {c.name}: {c.has}" for c in DEMO_CALLERS]
    _tell("\n".join(lines) + "\n")


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"Sophie cannot start: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
