-- What each language model took on each call: a call may be answered by several.

CREATE TABLE call_models (
    call_sid          text NOT NULL REFERENCES call_logs (call_sid) ON DELETE CASCADE,
    model             text NOT NULL,
    replies           integer NOT NULL CHECK (replies >= 0),
    prompt_tokens     integer NOT NULL CHECK (prompt_tokens >= 0),
    cached_tokens     integer NOT NULL DEFAULT 0 CHECK (cached_tokens BETWEEN 0 AND prompt_tokens),
    completion_tokens integer NOT NULL CHECK (completion_tokens >= 0),
    cost_micros       bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
    PRIMARY KEY (call_sid, model)
);

COMMENT ON TABLE call_models IS 'what each language model took on each call';
COMMENT ON COLUMN call_models.cached_tokens IS 'those of the prompt that its vendor had in its cache';
COMMENT ON COLUMN call_models.cost_micros IS 'millionths of a dollar; 0 where no price is known';
