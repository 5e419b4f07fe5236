-- Who works on what, and times that are spoken for.

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

-- A time is promised to one holder. Whoever writes a hold has locked its day (shop/schedule/taken.py), and so
-- never meets this; it is the net beneath, as the exclusion constraints are for appointments.
CREATE FUNCTION slot_holds_promised_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bay    int4range := int4range(NEW.service_bay, NEW.service_bay, '[]');
    worker int4range := int4range(NEW.technician, NEW.technician, '[]');
BEGIN
    IF EXISTS (
        SELECT FROM slot_holds h
         WHERE h.holder <> NEW.holder
           AND h.expires_at > NEW.created_at
           AND h.during && NEW.during
           AND (h.service_bay = NEW.service_bay OR h.technician = NEW.technician)
    ) OR EXISTS (
        SELECT FROM appointments a
         WHERE a.status IN ('scheduled', 'confirmed', 'in_progress')
           AND int4range(a.service_bay, a.service_bay, '[]') = bay
           AND a.during && NEW.during
    ) OR NEW.technician IS NOT NULL AND EXISTS (
        SELECT FROM appointments a
         WHERE a.status IN ('scheduled', 'confirmed', 'in_progress')
           AND a.assigned_technician IS NOT NULL
           AND int4range(a.assigned_technician, a.assigned_technician, '[]') = worker
           AND a.during && NEW.during
    ) THEN
        RAISE EXCEPTION 'that time is taken or promised to somebody else'
            USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'slot_holds_promised_once';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER slot_holds_promised_once BEFORE INSERT OR UPDATE ON slot_holds
    FOR EACH ROW EXECUTE FUNCTION slot_holds_promised_once();

COMMENT ON COLUMN slot_holds.created_at IS 'by the clock that expires_at goes by';
COMMENT ON COLUMN appointments.assigned_technician IS
    'NULL: it is not known whose hands it takes, so it takes its bay alone';
