-- People: who waits, what they agreed to, who is there to talk to, and a trace of every write.

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

-- Running services hear at once that a day was closed or that somebody cannot be reached.
CREATE FUNCTION shop_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('shop_changed', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER holidays_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON holidays
    FOR EACH STATEMENT EXECUTE FUNCTION shop_changed();
CREATE TRIGGER transfer_targets_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON transfer_targets
    FOR EACH STATEMENT EXECUTE FUNCTION shop_changed();

-- What people agreed to, in which words. Never changed: a withdrawal is another row.
CREATE TABLE consents (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    place       bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
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

-- The order decides, and two may come at one moment.
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

-- A failed guess at nobody on file concerns no record.
ALTER TABLE audit_log ALTER COLUMN record_id DROP NOT NULL;
COMMENT ON COLUMN audit_log.record_id IS 'none where nobody on file was meant';

ALTER TABLE opt_outs ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();

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
