#!/bin/bash
# Once, when the image makes the database: the two people who may come in. Tables and their rights are the migrations'.
set -euo pipefail

# The password inside postgres://name:password@host/database; scripts/compose-secrets makes them of hex digits.
password() { sed -E 's|^[^:]+://[^:]+:([0-9a-f]+)@.*|\1|' "/run/secrets/$1"; }

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname meridian \
  --set owner="$(password owner_url)" --set app="$(password app_url)" <<'SQL'
CREATE ROLE meridian_app NOLOGIN;
CREATE ROLE meridian_reader NOLOGIN;
CREATE ROLE meridian_owner LOGIN CREATEROLE PASSWORD :'owner';
CREATE ROLE meridian_app_login LOGIN PASSWORD :'app' IN ROLE meridian_app;
GRANT meridian_app, meridian_reader TO meridian_owner WITH ADMIN OPTION;
ALTER DATABASE meridian OWNER TO meridian_owner;
REVOKE ALL ON DATABASE meridian FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE meridian TO meridian_app, meridian_reader;
SQL
