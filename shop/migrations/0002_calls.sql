-- What happens on a call: the call itself, what was done on it, and what was asked of people.

CREATE TABLE call_logs (
    id                 uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    call_sid           text NOT NULL UNIQUE,
    customer_id        uuid REFERENCES customers (id) ON DELETE SET NULL,
    direction          text NOT NULL DEFAULT 'inbound' CHECK (direction IN ('inbound', 'outbound')),
    caller_phone       text,
    call_type          text NOT NULL DEFAULT 'inbound_general',
    channel            text NOT NULL DEFAULT 'phone',
    variant            text NOT NULL DEFAULT 'control',
    access             text,
    duration_seconds   integer CHECK (duration_seconds >= 0),
    recording_url      text,
    transcript         jsonb NOT NULL DEFAULT '[]',
    summary            text,
    customer_sentiment text CHECK (customer_sentiment IN ('positive', 'neutral', 'negative')),
    intent_detected    text,
    issue_resolved     boolean,
    appointment_id     uuid REFERENCES appointments (id) ON DELETE SET NULL,
    outcome            text,
    llm_model_used     text,
    prompt_tokens      integer NOT NULL DEFAULT 0 CHECK (prompt_tokens >= 0),
    completion_tokens  integer NOT NULL DEFAULT 0 CHECK (completion_tokens >= 0),
    total_tokens_used  integer GENERATED ALWAYS AS (prompt_tokens + completion_tokens) STORED,
    cost_micros        bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
    status             text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    created_at         timestamptz NOT NULL,
    opened_at          timestamptz NOT NULL,
    ended_at           timestamptz,
    CHECK ((status = 'closed') = (ended_at IS NOT NULL AND outcome IS NOT NULL))
);

COMMENT ON COLUMN call_logs.created_at IS 'when the call began';
COMMENT ON COLUMN call_logs.opened_at IS 'when it was last opened: a call may be taken up again';
COMMENT ON COLUMN call_logs.cost_micros IS 'cost of the language model in millionths of a dollar';

CREATE INDEX call_logs_created_at ON call_logs (created_at);
CREATE INDEX call_logs_customer ON call_logs (customer_id, created_at);
CREATE INDEX call_logs_open ON call_logs (opened_at) WHERE status = 'open';

-- What a tool call has already done: written in the transaction of the deed itself.
CREATE TABLE effects (
    call_sid   text NOT NULL,
    key        text NOT NULL,
    kind       text NOT NULL,
    request    jsonb NOT NULL,
    result     jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (call_sid, key)
);

CREATE TABLE callbacks (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    call_sid   text NOT NULL,
    phone      text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    name       text,
    topic      text NOT NULL,
    summary    text NOT NULL,
    urgency    text NOT NULL DEFAULT 'normal' CHECK (urgency IN ('normal', 'urgent')),
    status     text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done')),
    created_at timestamptz NOT NULL,
    closed_at  timestamptz
);

CREATE INDEX callbacks_open ON callbacks (created_at) WHERE status = 'open';

CREATE TABLE tow_requests (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    call_sid   text NOT NULL,
    phone      text NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    location   text NOT NULL,
    problem    text NOT NULL,
    vehicle    text,
    safe       boolean,
    status     text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done')),
    created_at timestamptz NOT NULL,
    closed_at  timestamptz
);

CREATE INDEX tow_requests_open ON tow_requests (created_at) WHERE status = 'open';

CREATE TABLE verification_attempts (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    call_sid    text NOT NULL,
    customer_id uuid REFERENCES customers (id) ON DELETE CASCADE,
    factor      text NOT NULL,
    passed      boolean NOT NULL,
    created_at  timestamptz NOT NULL
);

CREATE INDEX verification_attempts_customer ON verification_attempts (customer_id, created_at);

-- Numbers that must not be called, whoever they belong to.
CREATE TABLE opt_outs (
    phone      text PRIMARY KEY CHECK (phone ~ '^\+[1-9][0-9]{6,14}$'),
    call_sid   text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE audit_log (
    id        bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at        timestamptz NOT NULL,
    call_sid  text,
    actor     text NOT NULL,
    action    text NOT NULL,
    entity    text NOT NULL,
    record_id uuid NOT NULL,
    details   jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX audit_log_record ON audit_log (record_id, at);

CREATE FUNCTION audit_log_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is only ever added to' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_log_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_keep();
