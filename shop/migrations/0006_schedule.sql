-- A time is promised to one holder. Whoever writes a hold has locked its day (shop/taken.py), and so
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
