-- How Sophie took her leave, told before the line closes: no process opens that line again.

ALTER TABLE call_logs ADD COLUMN parted text CHECK (parted IN ('heard', 'voiceless'));

COMMENT ON COLUMN call_logs.parted IS 'heard: the call came to its own end; voiceless: no voice was left to say anything; null while it goes on';
