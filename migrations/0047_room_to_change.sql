SET LOCAL lock_timeout = '5s';

-- Rows that change again and again with nothing of them in an index: where their page has room, no index is written.
ALTER TABLE call SET (fillfactor = 75);
ALTER TABLE system SET (fillfactor = 75);
ALTER TABLE fault SET (fillfactor = 75);
