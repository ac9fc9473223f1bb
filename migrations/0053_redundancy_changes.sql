SET LOCAL lock_timeout = '5s';

-- What was left of the redundancy of a system, from when on, and the call of the fault that took the most of it.
CREATE TABLE redundancy_change (
    customer_id uuid NOT NULL,
    system_id   uuid NOT NULL,
    at          timestamptz NOT NULL,
    site_id     uuid NOT NULL,
    redundancy  text NOT NULL CHECK (redundancy IN ('duplex', 'simplex', 'down')),
    call_id     uuid,
    PRIMARY KEY (customer_id, system_id, at)
);
CREATE INDEX redundancy_changes_of_site ON redundancy_change (customer_id, site_id, at DESC, system_id);

-- What is known of the time before: whenever one of the faults that are known came or went.
INSERT INTO redundancy_change (customer_id, system_id, at, site_id, redundancy, call_id)
SELECT turn.customer_id, turn.system_id, turn.at, system.site_id, coalesce(worst.redundancy, 'duplex'), worst.call_id
FROM (SELECT customer_id, system_id, raised_at AS at FROM fault WHERE redundancy IS NOT NULL AND system_id IS NOT NULL
      UNION
      SELECT customer_id, system_id, cleared_at FROM fault
      WHERE redundancy IS NOT NULL AND system_id IS NOT NULL AND cleared_at IS NOT NULL) turn
JOIN system ON system.customer_id = turn.customer_id AND system.id = turn.system_id
LEFT JOIN LATERAL (
    SELECT fault.redundancy, fault.call_id FROM fault
    WHERE fault.customer_id = turn.customer_id AND fault.system_id = turn.system_id AND fault.redundancy IS NOT NULL
      AND fault.raised_at <= turn.at AND (fault.cleared_at IS NULL OR fault.cleared_at > turn.at)
    ORDER BY fault.redundancy, fault.raised_at LIMIT 1
) worst ON true;
