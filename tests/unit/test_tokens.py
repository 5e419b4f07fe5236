"""Fetching the file by which tokens are counted: the published one, or none."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.process import look_for_tokens
from api.tokens import NotFetched, fetch
from evals.standins.serve import serve
from graph.models.tokens import is_here

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The library's cache, not begun."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "tokens"))
    return tmp_path / "tokens"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=5.0) as client:
        yield client


async def _wrong_file(_: Request) -> Response:
    return Response(b"IQ== 0\n")


async def test_a_file_that_is_not_the_published_one_is_not_kept(
    folder: Path, http: httpx.AsyncClient
) -> None:
    async with serve(Starlette(routes=[Route("/file", _wrong_file)])) as url:
        with pytest.raises(NotFetched, match="not the file that was published"):
            await fetch("o200k_base", http, address=f"{url}/file")
        with pytest.raises(NotFetched, match="cannot be reached"):
            await fetch("o200k_base", http, address=f"{url}/elsewhere")
    assert not is_here("o200k_base")


def test_the_service_looks_where_the_command_has_put_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    look_for_tokens(tmp_path)
    assert "TIKTOKEN_CACHE_DIR" not in os.environ
    (tmp_path / "tokens").mkdir()
    look_for_tokens(tmp_path)
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path / "tokens")


def test_another_place_that_is_named_stays(folder: Path, tmp_path: Path) -> None:
    look_for_tokens(tmp_path / "data", make=True)
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(folder)
