-- What people at a site and in a queue speak, and by which rules a decision was made.
SET LOCAL lock_timeout = '5s';

ALTER TABLE site ADD COLUMN language text;
ALTER TABLE queue ADD COLUMN languages text[] NOT NULL DEFAULT '{}';

-- The rules, calendars and tz database by name and version: the decision itself keeps the openings it used.
ALTER TABLE routing_decision ADD COLUMN basis jsonb NOT NULL DEFAULT '{}';
