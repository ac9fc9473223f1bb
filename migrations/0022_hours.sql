SET LOCAL lock_timeout = '5s';

-- Raised in the transaction that changes a calendar, the hours of a site or the holidays of a country.
CREATE TABLE hours (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    version  bigint NOT NULL
);
INSERT INTO hours (version) VALUES (1);

-- By which of them the promises of a call were counted.
ALTER TABLE call ADD COLUMN hours_version bigint NOT NULL DEFAULT 0;
