//! The three roles of the database: who owns changes tables, who works changes rows, who reads changes nothing.
//!
//! Every table is asked for, also those that come later: a table that the list below does not name takes
//! all four kinds of work from the portal and gives reading only to the reader.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Executor, PgPool, Row, postgres::PgPoolOptions};

use crate::faults::is_true;

/// What happened stays as it was: the portal adds and reads.
const APPEND_ONLY: [(&str, &str); 13] = [
    ("alarm", "code"),
    ("audit", "kind"),
    ("audit_link", "hash"),
    ("calendar_version", "weekly"),
    ("history", "body"),
    ("house_key", "key"),
    ("kept_message", "body"),
    ("kept_release", "disposition"),
    ("maintenance_history", "detail"),
    ("maintenance_occurrence", "report"),
    ("routing_decision", "decision"),
    ("rule_set", "rules"),
    ("test_receipt", "receipt"),
];
/// What opens the rest; whoever only reads has no use for it.
const KEYS: [&str; 2] = ["house_key", "person_key"];
/// What waits to be numbered: put there and taken away, and never changed between.
const QUEUES: [&str; 1] = ["audit_waiting"];
/// What is brought to its end and never taken away.
const STAYING: [&str; 4] = ["dispute", "remote_access", "remote_instruction", "remote_use"];
/// What only the owner and a store move may change.
const READ_ONLY: [&str; 2] = ["_sqlx_migrations", "route"];

/// Privileges of a role on every table, as the database itself tells them.
async fn privileges(db: &PgPool, role: &str) -> BTreeMap<String, String> {
    let sql = format!(
        "SELECT c.relname::text, concat_ws(' ', \
               CASE WHEN has_table_privilege('{role}', c.oid, 'SELECT') THEN 'SELECT' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'INSERT') THEN 'INSERT' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'UPDATE') OR has_any_column_privilege('{role}', c.oid, 'UPDATE') \
                    THEN 'UPDATE' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'DELETE') THEN 'DELETE' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'TRUNCATE') THEN 'TRUNCATE' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'TRIGGER') THEN 'TRIGGER' END, \
               CASE WHEN has_table_privilege('{role}', c.oid, 'REFERENCES') THEN 'REFERENCES' END, \
               CASE WHEN pg_has_role('{role}', c.relowner, 'MEMBER') THEN 'OWNER' END) \
               FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    );
    let rows = db.fetch_all(AssertSqlSafe(sql)).await.unwrap();
    let tables: BTreeMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(tables.len() > 30, "only {} tables were found", tables.len());
    tables
}

/// A login that is a member of one role and of nothing else.
struct Login<'a> {
    owner: &'a PgPool,
    name: String,
    pool: PgPool,
}

impl<'a> Login<'a> {
    async fn of(owner: &'a PgPool, role: &str) -> Self {
        let name = format!("it_{}", uuid::Uuid::now_v7().simple());
        owner.execute(AssertSqlSafe(format!("CREATE ROLE {name} LOGIN IN ROLE {role}"))).await.unwrap();
        let options = (*owner.connect_options()).clone().username(&name);
        let pool = PgPoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
        Self { owner, name, pool }
    }

    /// The code of the refusal, or what was done.
    async fn try_to(&self, sql: &str) -> String {
        match self.pool.execute(AssertSqlSafe(sql.to_owned())).await {
            Ok(_) => "done".to_owned(),
            Err(error) => error.as_database_error().and_then(|e| e.code().map(Into::into)).unwrap_or_default(),
        }
    }

    async fn drop(self) {
        self.pool.close().await;
        self.owner.execute(AssertSqlSafe(format!("DROP ROLE {}", self.name))).await.unwrap();
    }
}

/// What nobody but the owner does: tables, functions, roles, settings and files of the server.
fn beyond(tables: &BTreeMap<String, String>) -> Vec<String> {
    let mut all: Vec<String> = [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION gate() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
        "CREATE EXTENSION pg_buffercache",
        "CREATE ROLE mine",
        "ALTER SYSTEM SET log_statement = 'all'",
        "COPY call TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT lo_import('/etc/passwd')",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
        "SELECT rolpassword FROM pg_authid",
    ]
    .map(str::to_owned)
    .into();
    for table in tables.keys() {
        all.push(format!("DROP TABLE {table}"));
        all.push(format!("TRUNCATE {table} CASCADE"));
        all.push(format!("ALTER TABLE {table} ADD COLUMN mine int"));
        all.push(format!("CREATE INDEX ON {table} ((1))"));
        all.push(format!(
            "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        ));
        all.push(format!("GRANT ALL ON {table} TO public"));
    }
    all
}

async fn refused(login: &Login<'_>, statements: impl IntoIterator<Item = String>) {
    for sql in statements {
        let answer = login.try_to(&sql).await;
        // A grant of what one may not give is a warning and grants nothing; the catalog is read again afterwards.
        let empty_grant = sql.starts_with("GRANT") && answer == "done";
        assert!(answer == "42501" || empty_grant, "{sql}: {answer}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_portals_role_works_on_rows_and_changes_no_table_and_nothing_that_happened(db: PgPool) {
    let login = Login::of(&db, "meridian_app").await;
    let tables = privileges(&db, "meridian_app").await;

    refused(&login, beyond(&tables)).await;
    for (table, column) in APPEND_ONLY {
        let update = format!("UPDATE {table} SET {column} = {column}");
        refused(&login, [update, format!("DELETE FROM {table}")]).await;
        assert_eq!(login.try_to(&format!("SELECT 1 FROM {table} LIMIT 1")).await, "done", "{table}");
    }

    let after = privileges(&db, &login.name).await;
    login.drop().await;
    for (table, held) in after {
        let name = table.as_str();
        let fitting = match name {
            _ if APPEND_ONLY.iter().any(|(table, _)| *table == name) => "SELECT INSERT",
            _ if STAYING.contains(&name) => "SELECT INSERT UPDATE",
            _ if QUEUES.contains(&name) => "SELECT INSERT DELETE",
            _ if READ_ONLY.contains(&name) => "SELECT",
            _ => "SELECT INSERT UPDATE DELETE",
        };
        assert_eq!(held, fitting, "{table}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn the_readers_role_changes_nothing_at_all(db: PgPool) {
    let login = Login::of(&db, "meridian_reader").await;
    let tables = privileges(&db, "meridian_reader").await;
    let writes =
        tables.keys().flat_map(|table| [format!("INSERT INTO {table} DEFAULT VALUES"), format!("DELETE FROM {table}")]);

    refused(&login, beyond(&tables)).await;
    refused(&login, writes.collect::<Vec<_>>()).await;
    refused(&login, ["SELECT nextval('call_number_seq')".to_owned()]).await;

    let after = privileges(&db, &login.name).await;
    login.drop().await;
    for (table, held) in after {
        let fitting = if KEYS.contains(&table.as_str()) { "" } else { "SELECT" };
        assert!(held == fitting || held.is_empty(), "{table}: {held}");
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn neither_role_can_sign_in_or_become_more(db: PgPool) {
    let weak = "SELECT count(*) = 2 FROM pg_roles WHERE rolname IN ('meridian_app', 'meridian_reader') \
                AND NOT (rolcanlogin OR rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)";
    let alone = "SELECT count(*) = 0 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member \
                 WHERE r.rolname IN ('meridian_app', 'meridian_reader')";

    assert!(is_true(&db, weak).await.is_some());
    assert!(is_true(&db, alone).await.is_some());
}
