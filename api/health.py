"""Is the service well, and what is it made of."""

from typing import Any

import psycopg
from fastapi import APIRouter, Request, Response
from psycopg_pool import PoolTimeout

from api import calendar, parts

router = APIRouter(tags=["health"])


@router.get("/")
async def about() -> dict[str, str]:
    """What answers here."""
    return {
        "name": "Sophie",
        "what": "the automated telephone assistant of Bart's Automotive",
        "health": "/health",
        "text calls": "/v1/calls",
        "what models took": "/v1/usage",
        "telephone": "/twilio/voice",
        "calendar files": "/v1/appointments/{id}.ics",
        "documentation": "/docs",
    }


@router.get("/health")
async def health(request: Request, response: Response) -> dict[str, Any]:
    """200 when calls can be taken, 503 when they cannot, with the state of each part."""
    well = await _database_answers(request)
    closing = request.app.state.lines.closing
    response.status_code = 200 if well and not closing else 503
    using = {part.name: part.using for part in parts.described(request.app.state.settings)}
    return {
        "status": "stopping" if closing else "ok" if well else "unavailable",
        "database": "ok" if well else "out of reach",
        "calls": len(request.app.state.calls.live),
        "calendar": await calendar.told(request.app.state.calendar),
        "parts": using,
    }


async def _database_answers(request: Request) -> bool:
    try:
        async with request.app.state.pool.connection(timeout=1.0) as connection:
            await connection.execute("SELECT 1")
    except (psycopg.Error, PoolTimeout):
        return False
    return True
