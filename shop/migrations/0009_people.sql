-- People's records: what they agreed to is only ever added to, and every write leaves a trace.

-- A failed guess at nobody on file concerns no record.
ALTER TABLE audit_log ALTER COLUMN record_id DROP NOT NULL;
COMMENT ON COLUMN audit_log.record_id IS 'none where nobody on file was meant';

ALTER TABLE opt_outs ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();

-- The order of consents decides, and two may come at one moment.
ALTER TABLE consents DROP CONSTRAINT consents_pkey;
ALTER TABLE consents RENAME COLUMN id TO place;
ALTER TABLE consents ADD COLUMN id uuid PRIMARY KEY DEFAULT gen_random_uuid();
DROP INDEX consents_phone;
CREATE INDEX consents_phone ON consents (phone, channel, purpose, place);

CREATE FUNCTION consents_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

-- A customer who is deleted is no longer named, and nothing else about a consent may change.
CREATE TRIGGER consents_keep_row BEFORE UPDATE ON consents
    FOR EACH ROW WHEN (
        to_jsonb(NEW) - 'customer_id' <> to_jsonb(OLD) - 'customer_id'
        OR NEW.customer_id IS NOT NULL
    )
    EXECUTE FUNCTION consents_keep();
CREATE TRIGGER consents_keep BEFORE DELETE OR TRUNCATE ON consents
    FOR EACH STATEMENT EXECUTE FUNCTION consents_keep();

-- Which entry of the waiting list staff are to ring about.
ALTER TABLE callbacks ADD COLUMN waitlist_entry uuid REFERENCES waitlist (id) ON DELETE SET NULL;
CREATE INDEX callbacks_waitlist ON callbacks (waitlist_entry) WHERE waitlist_entry IS NOT NULL;

-- Calls are opened, closed and swept up in one statement each, and each is audited with it.
CREATE FUNCTION call_logs_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.status = 'closed' AND OLD.status = 'closed' THEN
        RETURN NULL;
    END IF;
    INSERT INTO audit_log (at, call_sid, actor, action, entity, record_id, details)
    VALUES (COALESCE(NEW.ended_at, NEW.opened_at), NEW.call_sid, 'ai_voice',
            CASE NEW.status WHEN 'open' THEN 'open' ELSE 'close' END, 'call_logs', NEW.id,
            jsonb_strip_nulls(jsonb_build_object(
                'outcome', NEW.outcome, 'customer_id', NEW.customer_id)));
    RETURN NULL;
END
$$;

CREATE TRIGGER call_logs_audit AFTER INSERT OR UPDATE ON call_logs
    FOR EACH ROW EXECUTE FUNCTION call_logs_audit();
