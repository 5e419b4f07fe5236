-- Which stream tokens have been spent, so that each opens one stream whichever process it reaches.

CREATE TABLE stream_tokens (
    nonce      text PRIMARY KEY,
    expires_at timestamptz NOT NULL
);

CREATE INDEX stream_tokens_expire ON stream_tokens (expires_at);

COMMENT ON TABLE stream_tokens IS 'spent tokens of media streams, until they expire';
