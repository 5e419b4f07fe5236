"""How a mistake is answered: what is wrong and where, never what was sent nor what broke inside."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.responses import Response

from shop.faults import describe

logger = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    """Add the handlers."""
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(Exception, _broken)


async def _bad_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return JSONResponse({"detail": [_fault(fault) for fault in error.errors()]}, status_code=422)


def _fault(fault: Any) -> dict[str, str]:
    # Where JSON cannot be read, the place is a count of characters, not a field.
    place = () if fault["type"] == "json_invalid" else fault["loc"]
    field = ".".join(str(part) for part in place if part != "body")
    message = str(fault["msg"]).removeprefix("Value error, ")
    return {"field": field or "body", "message": message}


async def _broken(_: Request, error: Exception) -> Response:
    logger.error("a request failed: %s", describe(error))
    return JSONResponse({"detail": "something broke here; it was logged"}, status_code=500)
