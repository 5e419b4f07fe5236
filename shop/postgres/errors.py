"""What goes wrong with the embedded server."""


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be used. The text says what failed and how to mend it."""

    def __init__(self, failed: str, mend: str = "") -> None:
        super().__init__(
            f"The embedded PostgreSQL cannot be used: {failed}. "
            f"{mend or 'Mend that'}, or set DATABASE_URL to a PostgreSQL server of your own."
        )
