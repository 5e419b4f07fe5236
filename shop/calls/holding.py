"""Who speaks for a call: the process that took it up last, and nobody else while it is open.

A line that drops is opened again in any process, and the one that had it may still be at work.
"""

from typing import Any

from psycopg import AsyncConnection

from shop.db import holder_of
from shop.errors import CallElsewhere

_ELSEWHERE = """
    SELECT held_by <> %s FROM call_logs
     WHERE call_sid = %s AND status = 'open' AND held_by IS NOT NULL
"""


async def is_elsewhere(conn: AsyncConnection[Any], call_sid: str) -> bool:
    """Whether another process has taken the call up since this one did."""
    rows = await conn.execute(_ELSEWHERE, [holder_of(conn), call_sid])
    row = await rows.fetchone()
    return row is not None and bool(row[0])


async def check_held(conn: AsyncConnection[Any], call_sid: str) -> None:
    """Keep the call until the transaction ends: whoever takes it up waits for that.

    Raises:
        CallElsewhere: Another process has it.
    """
    rows = await conn.execute(_ELSEWHERE + " FOR SHARE", [holder_of(conn), call_sid])
    row = await rows.fetchone()
    if row is not None and row[0]:
        raise CallElsewhere("This call goes on elsewhere.")
