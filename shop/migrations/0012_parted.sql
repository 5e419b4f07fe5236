-- How Sophie took her leave, told before the line closes: no process opens that line again.

ALTER TABLE call_logs
    ADD COLUMN parted text CHECK (parted IN ('heard', 'voiceless')),
    ADD COLUMN parted_at timestamptz;

COMMENT ON COLUMN call_logs.parted IS 'heard: the call came to its own end; voiceless: no voice was left to say anything; null while it goes on';

CREATE OR REPLACE FUNCTION call_logs_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    parts boolean := TG_OP = 'UPDATE' AND NEW.status = 'open' AND NEW.parted IS NOT NULL;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = 'closed' AND OLD.status = 'closed' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id, details)
    VALUES (COALESCE(NEW.ended_at, CASE WHEN parts THEN NEW.parted_at END, NEW.opened_at),
            NEW.call_sid, 'ai_voice',
            CASE WHEN parts THEN 'part' WHEN NEW.status = 'open' THEN 'open' ELSE 'close' END,
            'call_logs', NEW.id,
            jsonb_strip_nulls(jsonb_build_object(
                'outcome', NEW.outcome, 'customer_id', NEW.customer_id)));
    RETURN NULL;
END
$$;
