"""What people have agreed to, and which numbers must never be called. Entries are only ever added.

Whoever is called or written to by a machine must have agreed to it before, and to advertising in
writing (47 CFR 64.1200(a)(1)-(2) and (f)(9)); they may take it back in any way (64.1200(a)(10)).
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from shop.people.phone import normalize
from shop.words import said

Channel = Literal["call", "text", "email", "recording"]
Purpose = Literal["service", "marketing", "recording"]
Source = Literal["voice", "text", "form", "staff"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody said to being contacted or recorded.

    Attributes:
        wording: What they agreed to or refused, as it was put to them.
    """

    phone: str = field(repr=False)
    channel: Channel
    purpose: Purpose
    granted: bool
    wording: str = field(repr=False)
    source: Source = "voice"
    customer_id: UUID | None = None

    def cleaned(self) -> "Consent":
        """The same consent as it is written down.

        Raises:
            BadValue: The number cannot be one, or nothing was put to them.
        """
        return replace(
            self,
            phone=normalize(self.phone),
            wording=said.needed(self.wording, "What did they agree to?", name="wording"),
        )


class Consents:
    """The consents and opt_outs tables. The caller owns the connection and so the transaction."""

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn

    async def add(self, consent: Consent, *, call_sid: str, now: datetime) -> UUID:
        """Write down what somebody said; what they said before stays too."""
        made = uuid4()
        await self._conn.execute(
            """
            INSERT INTO consents (id, phone, customer_id, channel, purpose, granted, source,
                                  wording, call_sid, created_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                made, consent.phone, consent.customer_id, consent.channel, consent.purpose,
                consent.granted, consent.source, consent.wording, call_sid, now,
            ],
        )  # fmt: skip
        return made

    async def allow(self, phone: str, channel: Channel, purpose: Purpose) -> bool:
        """Whether the last word on it was yes, and the number has not opted out.

        Nobody has agreed to what they were never asked, nor to advertising by saying so aloud. To
        be recorded is another matter than to be called: an opt-out says nothing on it.
        """
        rows = await self._conn.execute(
            """
            SELECT granted AND (purpose <> 'marketing' OR source <> 'voice')
              FROM consents
             WHERE phone = %(phone)s AND channel = %(channel)s AND purpose = %(purpose)s
               AND (%(channel)s = 'recording'
                    OR NOT EXISTS (SELECT FROM opt_outs WHERE phone = %(phone)s))
             ORDER BY place DESC
             LIMIT 1
            """,
            {"phone": phone, "channel": channel, "purpose": purpose},
        )
        row = await rows.fetchone()
        return row is not None and bool(row[0])

    async def opt_out(self, phone: str, *, call_sid: str, now: datetime) -> tuple[UUID, bool]:
        """Never call a number again; whether that is new. Asking twice keeps the first date."""
        made = await self._conn.execute(
            """
            INSERT INTO opt_outs (phone, call_sid, created_at) VALUES (%s, %s, %s)
            ON CONFLICT (phone) DO NOTHING
            """,
            [phone, call_sid, now],
        )
        rows = await self._conn.execute("SELECT id FROM opt_outs WHERE phone = %s", [phone])
        row = await rows.fetchone()
        assert row is not None, "entries are never deleted"
        return row[0], made.rowcount == 1

    async def opted_out(self, phone: str) -> bool:
        """Whether a number must not be called."""
        rows = await self._conn.execute("SELECT 1 FROM opt_outs WHERE phone = %s", [phone])
        return await rows.fetchone() is not None

    async def withdraw(self, phone: str, *, call_sid: str, now: datetime) -> list[UUID]:
        """Take back whatever a number has agreed to but recording; the ids of what that adds."""
        rows = await self._conn.execute(
            """
            INSERT INTO consents (phone, customer_id, channel, purpose, granted, source, wording,
                                  call_sid, created_at)
            SELECT phone, customer_id, channel, purpose, false, 'voice',
                   'asked not to be contacted again', %(call_sid)s, %(now)s
              FROM (SELECT DISTINCT ON (channel, purpose) *
                      FROM consents
                     WHERE phone = %(phone)s AND channel <> 'recording'
                     ORDER BY channel, purpose, place DESC) AS last
             WHERE granted
            RETURNING id
            """,
            {"phone": phone, "call_sid": call_sid, "now": now},
        )
        return [made for (made,) in await rows.fetchall()]
