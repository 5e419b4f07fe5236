-- The calendar outside: what it should show, what it shows, and what came from it.

-- Counts what a calendar must be told; it is the SEQUENCE of the iCalendar file too.
ALTER TABLE appointments ADD COLUMN revision integer NOT NULL DEFAULT 0;

CREATE FUNCTION appointments_revise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.scheduled_at, NEW.duration_minutes, NEW.status, NEW.service_description,
        NEW.customer_concerns, NEW.vehicle_id, NEW.customer_id, NEW.service_bay,
        NEW.assigned_technician, NEW.staff_confirmation_needed)
       IS DISTINCT FROM
       (OLD.scheduled_at, OLD.duration_minutes, OLD.status, OLD.service_description,
        OLD.customer_concerns, OLD.vehicle_id, OLD.customer_id, OLD.service_bay,
        OLD.assigned_technician, OLD.staff_confirmation_needed)
    THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER appointments_revise BEFORE UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION appointments_revise();

-- One row for each appointment: `revision` is what the calendar should show, `shown` what it does.
-- Written by whoever writes the appointment, in the same transaction.
CREATE TABLE calendar_outbox (
    appointment_id uuid PRIMARY KEY REFERENCES appointments (id) ON DELETE CASCADE,
    revision       integer NOT NULL,
    shown          integer,
    etag           text,
    attempts       integer NOT NULL DEFAULT 0,
    next_try_at    timestamptz NOT NULL DEFAULT 'epoch',
    last_fault     text,
    leased_until   timestamptz NOT NULL DEFAULT 'epoch',
    put_back       boolean NOT NULL DEFAULT false,
    deleting_at    timestamptz
);

COMMENT ON COLUMN calendar_outbox.leased_until IS 'until when one process alone may show it';
COMMENT ON COLUMN calendar_outbox.put_back IS
    'the calendar was edited in a way that cannot be followed: write it over as it is here';
COMMENT ON COLUMN calendar_outbox.deleting_at IS
    'when the event was to be deleted and no answer came: it may still happen';

CREATE INDEX calendar_outbox_due ON calendar_outbox (next_try_at)
    WHERE shown IS DISTINCT FROM revision;

CREATE FUNCTION calendar_outbox_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.revision <> OLD.revision THEN
        INSERT INTO calendar_outbox (appointment_id, revision) VALUES (NEW.id, NEW.revision)
        ON CONFLICT (appointment_id) DO UPDATE
           SET revision = EXCLUDED.revision, attempts = 0, next_try_at = 'epoch';
        PERFORM pg_notify('calendar_outbox', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER calendar_outbox_note AFTER INSERT OR UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION calendar_outbox_note();

INSERT INTO calendar_outbox (appointment_id, revision) SELECT id, revision FROM appointments;

-- When the calendar says that a bay, a technician or, with neither, the whole shop is not to be had.
-- What for is nobody's business here.
CREATE TABLE calendar_blocks (
    calendar_id text NOT NULL,
    event_id    text NOT NULL,
    during      tstzrange NOT NULL,
    service_bay integer REFERENCES bays (id),
    technician  integer REFERENCES technicians (id),
    PRIMARY KEY (calendar_id, event_id)
);

CREATE INDEX calendar_blocks_during ON calendar_blocks USING gist (during);

-- How far each calendar has been read.
CREATE TABLE calendar_reading (
    calendar_id text PRIMARY KEY,
    sync_token  text,
    read_at     timestamptz,
    whole_at    timestamptz
);

COMMENT ON COLUMN calendar_reading.whole_at IS 'when it was last read from scratch';

COMMENT ON TABLE calendar_reading IS 'no row: no calendar is connected';

-- The push channels that tell us of changes.
CREATE TABLE calendar_channels (
    id          text PRIMARY KEY,
    calendar_id text NOT NULL,
    resource_id text NOT NULL,
    token       text NOT NULL,
    expires_at  timestamptz NOT NULL,
    address     text NOT NULL
);

COMMENT ON COLUMN calendar_channels.address IS 'where it notifies: a new one is needed when ours changes';
