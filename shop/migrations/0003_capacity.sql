-- Who works on what and when nobody does: technicians, times that are spoken for, closed days.

CREATE TABLE technicians (
    id   integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL UNIQUE
);

-- An appointment names its technician as it names its bay. Work that is still ahead keeps none: the
-- names were only noted so far, and two cars may have been noted for one pair of hands.
INSERT INTO technicians (name)
SELECT DISTINCT assigned_technician FROM appointments WHERE assigned_technician IS NOT NULL;

ALTER TABLE appointments ADD COLUMN technician integer REFERENCES technicians (id);

UPDATE appointments a SET technician = t.id
  FROM technicians t
 WHERE t.name = a.assigned_technician AND a.status NOT IN ('scheduled', 'confirmed', 'in_progress');

ALTER TABLE appointments DROP COLUMN assigned_technician;
ALTER TABLE appointments RENAME COLUMN technician TO assigned_technician;

ALTER TABLE appointments ADD CONSTRAINT appointments_one_car_per_technician EXCLUDE USING gist (
    int4range(assigned_technician, assigned_technician, '[]') WITH =,
    during WITH &&
) WHERE (assigned_technician IS NOT NULL AND status IN ('scheduled', 'confirmed', 'in_progress'));

ALTER TABLE appointments
    ADD COLUMN visit text CHECK (visit IN ('wait', 'drop_off', 'early_bird', 'key_drop')),
    ADD COLUMN ride text CHECK (ride IN ('loaner', 'shuttle'));

COMMENT ON COLUMN appointments.ride IS 'asked for, never promised';

-- Times that somebody is being offered. Nobody else is offered or given them until they expire.
CREATE TABLE slot_holds (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    holder       text NOT NULL,
    service_type text NOT NULL,
    during       tstzrange NOT NULL,
    service_bay  integer NOT NULL REFERENCES bays (id),
    technician   integer REFERENCES technicians (id),
    expires_at   timestamptz NOT NULL,
    created_at   timestamptz NOT NULL
);

COMMENT ON COLUMN slot_holds.holder IS 'the call_sid of a call, or waitlist: and the id of an entry';

CREATE INDEX slot_holds_holder ON slot_holds (holder);
CREATE INDEX slot_holds_during ON slot_holds USING gist (during);

-- Who wants a time that is not free. A freed time is held for the first of them until it expires.
CREATE TABLE waitlist (
    id               uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    call_sid         text NOT NULL,
    customer_id      uuid REFERENCES customers (id) ON DELETE SET NULL,
    phone            text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    name             text,
    service_type     text NOT NULL,
    first_day        date NOT NULL,
    last_day         date NOT NULL,
    part             text CHECK (part IN ('morning', 'afternoon', 'evening')),
    status           text NOT NULL DEFAULT 'waiting'
                     CHECK (status IN ('waiting', 'offered', 'booked', 'expired', 'withdrawn')),
    offered_at       timestamptz,
    offer_starts_at  timestamptz,
    offer_expires_at timestamptz,
    created_at       timestamptz NOT NULL,
    closed_at        timestamptz,
    CHECK (first_day <= last_day),
    CHECK ((status = 'offered') <= (offer_starts_at IS NOT NULL AND offer_expires_at IS NOT NULL))
);

CREATE INDEX waitlist_waiting ON waitlist (service_type, created_at) WHERE status = 'waiting';
CREATE INDEX waitlist_offered ON waitlist (offer_expires_at) WHERE status = 'offered';
CREATE INDEX waitlist_phone ON waitlist (phone);

-- The shop file's holidays are copied here at start; staff add days such as the ice storm's.
CREATE TABLE holidays (
    day       date PRIMARY KEY,
    name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind      text NOT NULL DEFAULT 'holiday' CHECK (kind IN ('holiday', 'weather', 'other')),
    from_file boolean NOT NULL DEFAULT false
);

-- The shop file's people, copied here at start; staff mark who cannot be reached today.
CREATE TABLE transfer_targets (
    key       text PRIMARY KEY,
    name      text NOT NULL,
    number    text NOT NULL CHECK (number ~ '^\+[1-9][0-9]{6,14}$'),
    hours     jsonb NOT NULL,
    available boolean NOT NULL DEFAULT true
);

-- What people agreed to, in which words. Never changed: a withdrawal is another row.
CREATE TABLE consents (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    phone       text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    customer_id uuid REFERENCES customers (id) ON DELETE SET NULL,
    channel     text NOT NULL CHECK (channel IN ('call', 'text', 'email', 'recording')),
    purpose     text NOT NULL CHECK (purpose IN ('service', 'marketing', 'recording')),
    granted     boolean NOT NULL,
    source      text NOT NULL CHECK (source IN ('voice', 'text', 'form', 'staff')),
    wording     text NOT NULL,
    call_sid    text,
    created_at  timestamptz NOT NULL
);

CREATE INDEX consents_phone ON consents (phone, channel, purpose, created_at);
