"""Connection strings: told apart before anything is opened, and never quoted."""

import pytest

from shop.db import check_dsn


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://bart:hunter2@db.example:5432/sophie",
        "postgres://bart@db.example/sophie?sslmode=require",
        "postgresql://sophie@/sophie?host=%2Fvar%2Frun%2Fpg",
        "postgresql://bart:p%40ss@one,two:5432,5433/sophie",
        "host=db.example dbname=sophie password=hunter2",
    ],
)
def test_a_usable_connection_string_is_taken(dsn: str) -> None:
    check_dsn(dsn)


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        pytest.param("", "is empty", id="nothing"),
        pytest.param("   ", "is empty", id="blanks"),
        pytest.param("hunter2", "cannot be read", id="a password by mistake"),
        pytest.param(
            "mysql://bart:hunter2@db/sophie", "begin with postgresql", id="another server"
        ),
        pytest.param(
            "postgresql+asyncpg://bart:hunter2@db/sophie", "begin with postgresql", id="a dialect"
        ),
        pytest.param("postgresql://bart:hunter2@db:54x2/sophie", "port", id="letters in the port"),
        pytest.param("postgresql://bart:hunter2@db:99999/sophie", "port", id="no such port"),
        pytest.param("postgresql://bart:hunter2@db:5432", "names no database", id="no database"),
        pytest.param("postgresql://bart:hun%ter2@db/sophie", "cannot be read", id="a bare percent"),
        pytest.param(
            "postgresql://bart:hunter2@db/sophie?colour=red", "cannot be read", id="unknown option"
        ),
        pytest.param("postgresql://bart:hun#ter/2@db/sophie", "port", id="signs in the password"),
    ],
)
def test_an_unusable_connection_string_is_refused_without_being_quoted(dsn: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as raised:
        check_dsn(dsn)
    assert "hun" not in str(raised.value)
    assert raised.value.__cause__ is None
