SET LOCAL lock_timeout = '5s';

-- The queue pages walk `call_by_priority` now.
DROP INDEX call_work;
