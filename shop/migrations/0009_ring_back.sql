-- Who rings back after a call was cut off is found by their number.

CREATE INDEX call_logs_by_caller ON call_logs (caller_phone, ended_at DESC)
    WHERE status = 'closed' AND caller_phone IS NOT NULL;
