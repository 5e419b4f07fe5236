-- What a caller waited for, turn by turn: numbers only, never a word.

CREATE TABLE call_turns (
    call_sid         text NOT NULL REFERENCES call_logs (call_sid) ON DELETE CASCADE,
    line_at          timestamptz NOT NULL,
    turn             integer NOT NULL CHECK (turn > 0),
    stopped_ms       real NOT NULL,
    committed_ms     real NOT NULL,
    early_begun_ms   real,
    early_dropped_ms real,
    early_adopted    boolean NOT NULL DEFAULT false,
    first_token_ms   real,
    first_clause_ms  real,
    first_voice_ms   real,
    first_frame_ms   real,
    first_mark_ms    real,
    last_mark_ms     real,
    interrupted_ms   real,
    fillers          integer NOT NULL DEFAULT 0 CHECK (fillers >= 0),
    PRIMARY KEY (call_sid, line_at, turn)
);

COMMENT ON TABLE call_turns IS 'what a caller waited for, turn by turn';
COMMENT ON COLUMN call_turns.line_at IS 'when the line was opened; a call that broke off has had several';
COMMENT ON COLUMN call_turns.stopped_ms IS 'when the caller stopped, since the line was opened; all others are since then';
COMMENT ON COLUMN call_turns.early_begun_ms IS 'a reply was begun before the turn was known to have ended';
COMMENT ON COLUMN call_turns.early_adopted IS 'and it is the one that was heard';
COMMENT ON COLUMN call_turns.interrupted_ms IS 'when the reply fell silent for good, before its end';
