"""`python -m api`: serve the telephone. What is in use is printed before the first call."""

import logging
import sys

from api.process import harden

harden()

import uvicorn  # noqa: E402 - the environment must be set before LangGraph is first imported

from api.app import create_app  # noqa: E402
from api.core import utc_now  # noqa: E402
from api.parts import described, model_name  # noqa: E402
from api.settings import Settings, SettingsRefused, read_settings  # noqa: E402
from graph.models.profiles import retirement  # noqa: E402
from shop.db import MigrationError  # noqa: E402
from shop.demo import DEMO_CALLERS  # noqa: E402
from shop.postgres.errors import PostgresUnavailable  # noqa: E402
from shop.profile import ProfileRefused  # noqa: E402


def main() -> int:
    """Run until interrupted. 1 when the service cannot start, with one line that says why."""
    try:
        settings = read_settings()
    except SettingsRefused as refused:
        return _refuse(str(refused))
    logging.basicConfig(
        level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    _introduce(settings)
    config = uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    try:
        server.run()
    except (MigrationError, PostgresUnavailable, ProfileRefused) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 0
    return 0 if server.started else 1


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
    lines += ["", f"  http://{settings.host}:{settings.port}   (stop with Ctrl-C)", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _refuse(reason: str) -> int:
    sys.stderr.write(f"Sophie cannot start: {reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
