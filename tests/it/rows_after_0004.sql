-- Rows of a house in the middle of its work, as the schema was after migration 4: at least one in every table.
INSERT INTO account (id, kind, name, slug, created_at) VALUES
    ('10000000-0000-7000-8000-000000000001', 'provider', 'Meridian', 'meridian', '2024-01-01T00:00:00Z'),
    ('10000000-0000-7000-8000-000000000002', 'customer', 'Acme Rail', 'acme-rail', '2024-01-02T00:00:00Z'),
    ('10000000-0000-7000-8000-000000000003', 'customer', 'Bolt Énergie', 'bolt', '2024-01-03T00:00:00Z'),
    ('10000000-0000-7000-8000-000000000004', 'partner', 'Rhône Services', 'rhone', '2024-01-04T00:00:00Z');
INSERT INTO person (id, account_id, email, display_name, role, cac_code, password_hash, created_at, disabled_at) VALUES
    ('20000000-0000-7000-8000-000000000001', '10000000-0000-7000-8000-000000000001', 'ilse@example.com', 'Ilse Kessler',
     'engineer', 'EMEA', '$argon2id$none', '2024-01-01T00:00:00Z', NULL),
    ('20000000-0000-7000-8000-000000000002', '10000000-0000-7000-8000-000000000002', 'claire@example.com', 'Claire Dubois',
     'customer', NULL, '$argon2id$none', '2024-01-02T00:00:00Z', '2025-01-02T00:00:00Z');
INSERT INTO session (token_hash, person_id, created_at, seen_at, expires_at, agent) VALUES
    ('\x01', '20000000-0000-7000-8000-000000000001', '2026-11-23T08:00:00Z', '2026-11-23T09:00:00Z',
     '2026-11-23T20:00:00Z', 'Firefox');
INSERT INTO api_token (token_hash, person_id, name, created_at) VALUES
    ('\x02', '20000000-0000-7000-8000-000000000001', 'nightly', '2026-01-01T00:00:00Z');
INSERT INTO region (code, ordinal) VALUES ('AMER', 1), ('EMEA', 2);
INSERT INTO calendar (name, time_zone, weekly) VALUES ('emea', 'Europe/Dublin', '{"mon": ["08:00-20:00"]}');
INSERT INTO cac (code, name, region, calendar) VALUES ('EMEA', 'CAC EMEA', 'EMEA', 'emea');
INSERT INTO queue (slug, name, cac_code, kind, subjects) VALUES
    ('emea-hardware', 'EMEA hardware', 'EMEA', 'subject', '{hardware,*}'), ('duty', 'Duty manager', NULL, 'duty', '{}');
INSERT INTO service_level (id, name) VALUES ('30000000-0000-7000-8000-000000000001', 'Standard');
INSERT INTO objective (service_level_id, severity, kind, minutes, clock) VALUES
    ('30000000-0000-7000-8000-000000000001', 1, 'acknowledge', 30, 'elapsed');
INSERT INTO site (customer_id, id, site_code, name, country, region, time_zone, created_at) VALUES
    ('10000000-0000-7000-8000-000000000002', '40000000-0000-7000-8000-000000000001', 'LYON-2', 'Lyon', 'FR', 'EMEA',
     'Europe/Paris', '2024-01-02T00:00:00Z'),
    -- The same code at another customer, which is allowed.
    ('10000000-0000-7000-8000-000000000003', '40000000-0000-7000-8000-000000000002', 'LYON-2', 'Lyon', 'FR', 'EMEA',
     'Europe/Paris', '2024-01-03T00:00:00Z');
INSERT INTO contract (customer_id, id, name, service_level_id, starts_at, ends_at) VALUES
    ('10000000-0000-7000-8000-000000000002', '50000000-0000-7000-8000-000000000001', 'Mission Critical',
     '30000000-0000-7000-8000-000000000001', '2024-01-01T00:00:00Z', '2027-01-01T00:00:00Z');
INSERT INTO system (customer_id, id, site_id, contract_id, serial, nickname, model, os, redundancy, redundancy_since,
                    installed_at) VALUES
    ('10000000-0000-7000-8000-000000000002', '60000000-0000-7000-8000-000000000001',
     '40000000-0000-7000-8000-000000000001', '50000000-0000-7000-8000-000000000001', 'FT-4400-2210', 'rail-core-a',
     'FT 4400', 'RHEL 9.4', 'simplex', '2026-11-23T09:00:00Z', '2024-03-04T00:00:00Z'),
    ('10000000-0000-7000-8000-000000000003', '60000000-0000-7000-8000-000000000002',
     '40000000-0000-7000-8000-000000000002', NULL, 'FT-OLD-1', '', 'FT 2600', 'RHEL 6', 'duplex',
     '2024-01-03T00:00:00Z', '2009-01-01T00:00:00Z');
INSERT INTO partner_relation (customer_id, id, partner_id, site_id, first_line, history, history_from, valid_from, valid_to)
VALUES
    ('10000000-0000-7000-8000-000000000002', '70000000-0000-7000-8000-000000000001',
     '10000000-0000-7000-8000-000000000004', NULL, true, 'from_date', '2025-01-01T00:00:00Z', '2025-01-01T00:00:00Z',
     '2026-01-01T00:00:00Z');
INSERT INTO device_credential (customer_id, id, site_id, system_id, secret_hash, created_at, revoked_at) VALUES
    ('10000000-0000-7000-8000-000000000002', '80000000-0000-7000-8000-000000000001',
     '40000000-0000-7000-8000-000000000001', NULL, '\x03', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z');
INSERT INTO public_holiday (country, day, name) VALUES ('FR', '2026-07-14', 'Fête nationale');
INSERT INTO import (id, kind, file, digest, started_at) VALUES
    ('90000000-0000-7000-8000-000000000001', 'uci498', 'log.csv', '\x04', '2026-05-01T00:00:00Z');
INSERT INTO import_oddity (import_id, line, what, row_text) VALUES
    ('90000000-0000-7000-8000-000000000001', 17, 'unknown state -100', '-100;?;?');

-- A closed call, a call of a machine that is open with its system gone, and one that came from another desk.
INSERT INTO call_number (number, customer_id, call_id) VALUES
    (nextval('call_number_seq'), '10000000-0000-7000-8000-000000000002', 'a0000000-0000-7000-8000-000000000001'),
    (nextval('call_number_seq'), '10000000-0000-7000-8000-000000000002', 'a0000000-0000-7000-8000-000000000002'),
    (nextval('call_number_seq'), '10000000-0000-7000-8000-000000000003', 'a0000000-0000-7000-8000-000000000003');
INSERT INTO call (customer_id, id, number, site_id, system_id, version, origin, title, severity, status, in_review, queue,
                  filed_by, alarm_count, reopen_count, opened_at, ended_at, updated_at, chip, external_number, import_id,
                  state)
SELECT n.customer_id, n.call_id, n.number, site, system, 1, origin, title, severity, status, false, queue, filer, alarms,
       reopened, opened, ended, opened, 'chip', external, import, '{"why": [], "human_touched": true}'
FROM call_number n JOIN (VALUES
    ('a0000000-0000-7000-8000-000000000001'::uuid, '40000000-0000-7000-8000-000000000001'::uuid,
     '60000000-0000-7000-8000-000000000001'::uuid, 'customer', 'Console freezes', 2, 'closed', 'emea-hardware',
     '20000000-0000-7000-8000-000000000002'::uuid, 0, 1, '2026-03-29T01:30:00Z'::timestamptz,
     '2026-03-30T01:30:00Z'::timestamptz, NULL, NULL::uuid),
    ('a0000000-0000-7000-8000-000000000002', '40000000-0000-7000-8000-000000000001', NULL, 'device', 'Fan broken', 3,
     'open', 'duty', NULL, 31, 0, '2026-11-23T09:00:00Z', NULL, NULL, NULL),
    ('a0000000-0000-7000-8000-000000000003', '40000000-0000-7000-8000-000000000002',
     '60000000-0000-7000-8000-000000000002', 'import', '', 4, 'cancelled', 'a queue that is gone', NULL, 0, 0,
     '2009-01-01T00:00:00Z', '2009-01-01T00:00:00Z', 'INC0000045', '90000000-0000-7000-8000-000000000001')
    ) AS c (id, site, system, origin, title, severity, status, queue, filer, alarms, reopened, opened, ended, external,
            import) ON c.id = n.call_id;
INSERT INTO history (customer_id, call_id, seq, site_id, kind, audience, party, actor_id, occurred_at, recorded_at, body,
                     change, status, in_review, due_at, due_kind)
SELECT customer_id, id, 1, site_id, 'file', 'all', origin, filed_by, opened_at, updated_at, 'It began this morning.',
       '{"verb": "file"}', 'new', false, opened_at + interval '2 hours', 'acknowledge'
FROM call;
INSERT INTO routing_decision (customer_id, call_id, seq, at, inputs, decision)
SELECT customer_id, id, 1, opened_at, '{}', '{}' FROM call;
INSERT INTO request_key (actor_id, key, digest, customer_id, call_id, seq, at)
SELECT filed_by, 'a key', '\x05', customer_id, id, 1, opened_at FROM call WHERE filed_by IS NOT NULL;
INSERT INTO draft (person_id, key, body, updated_at) VALUES
    ('20000000-0000-7000-8000-000000000001', 'call.new', 'Half a sen', '2026-11-23T09:00:00Z');
INSERT INTO outbox (id, customer_id, site_id, call_id, seq, kind, audience, topics, at)
SELECT gen_random_uuid(), customer_id, site_id, id, 1, 'file', 'all', ARRAY['queue:' || queue], updated_at FROM call;
INSERT INTO stream (pos, id, customer_id, site_id, call_id, seq, kind, audience, topics, at)
SELECT row_number() OVER (), gen_random_uuid(), customer_id, site_id, id, 1, 'file', 'all', '{}', updated_at FROM call;
INSERT INTO stream_reader (name, pos) VALUES ('notices', 2);
INSERT INTO notification (person_id, pos, customer_id, call_id, seq, kind, at)
SELECT '20000000-0000-7000-8000-000000000001', 1, customer_id, call_id, seq, kind, at FROM stream WHERE pos = 1;
INSERT INTO alarm (customer_id, id, site_id, system_id, source, source_id, format, kind, fingerprint, code, severity,
                   component, summary, occurred_at, received_at, disposition, flag, call_id, body) VALUES
    ('10000000-0000-7000-8000-000000000002', 'b0000000-0000-7000-8000-000000000001',
     '40000000-0000-7000-8000-000000000001', NULL, '/systems/FT-4400-2210', '1', 'native', 'raised', 'x|fan', 'fan',
     'warning', '11/2', 'Fan broken', '2026-11-23T08:59:00Z', '2026-11-23T09:00:00Z', 'opened', NULL,
     'a0000000-0000-7000-8000-000000000002', '\x7b7d');
INSERT INTO fault (customer_id, fingerprint, call_id, raised_at, stood_at) VALUES
    ('10000000-0000-7000-8000-000000000002', 'x|fan', 'a0000000-0000-7000-8000-000000000002', '2026-11-23T09:00:00Z',
     '2026-11-23T09:00:00Z');
INSERT INTO kept_message (customer_id, id, site_id, disposition, source, source_id, format, reason, received_at, body)
VALUES
    ('10000000-0000-7000-8000-000000000002', 'b0000000-0000-7000-8000-000000000002',
     '40000000-0000-7000-8000-000000000001', 'rejected', 'LYON-2', 'digest', 'native', 'The body is not JSON.',
     '2026-11-23T09:00:00Z', '\x00ff');
INSERT INTO store_mark (name, value) VALUES ('kind', 'demo');
