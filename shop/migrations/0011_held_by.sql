-- Which process speaks for a call that is under way, so that only one writes for it.

ALTER TABLE call_logs ADD COLUMN held_by uuid;

COMMENT ON COLUMN call_logs.held_by IS 'the process that took the call up last; no other writes for it while it is open';
