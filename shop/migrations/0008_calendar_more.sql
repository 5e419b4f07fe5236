-- What it takes to show appointments from several processes, none of which can be relied on to live.

ALTER TABLE calendar_outbox
    ADD COLUMN leased_until timestamptz NOT NULL DEFAULT 'epoch',
    ADD COLUMN put_back     boolean NOT NULL DEFAULT false,
    ADD COLUMN deleting_at  timestamptz;

COMMENT ON COLUMN calendar_outbox.leased_until IS 'until when one process alone may show it';
COMMENT ON COLUMN calendar_outbox.put_back IS
    'the calendar was edited in a way that cannot be followed: write it over as it is here';
COMMENT ON COLUMN calendar_outbox.deleting_at IS
    'when the event was to be deleted and no answer came: it may still happen';

-- A channel notifies one address; a new one is needed when ours changes.
ALTER TABLE calendar_channels ADD COLUMN address text NOT NULL DEFAULT '';

COMMENT ON TABLE calendar_reading IS 'no row: no calendar is connected';
