//! A store with many calls out of one with few: every table of a customer is copied again and again, by the columns
//! that the catalog names, so that a new column needs no code here.

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use crate::error::Result;

/// What is copied, in an order in which nothing refers to what is not there yet, and by which column it is chosen.
const TABLES: [(&str, Chosen); 9] = [
    ("account", Chosen::Account),
    ("site", Chosen::Customer),
    ("contract", Chosen::Customer),
    ("system", Chosen::Customer),
    ("partner_relation", Chosen::Customer),
    ("call", Chosen::Call("id")),
    ("call_number", Chosen::Call("call_id")),
    ("history", Chosen::Call("call_id")),
    ("routing_decision", Chosen::Call("call_id")),
];

/// By what its rows are chosen.
#[derive(Clone, Copy)]
enum Chosen {
    Account,
    Customer,
    Call(&'static str),
}

/// Names of other things of the customer: each copy has its own.
const IDS: [&str; 7] = ["id", "customer_id", "site_id", "system_id", "contract_id", "call_id", "import_id"];

/// How to copy: one statement for each table.
pub struct Plan {
    statements: Vec<String>,
}

/// Remembers who is copied, for as long as the session lives: customers and their calls, and which of these are over.
pub async fn choose(db: &mut PgConnection) -> Result<(i64, i64)> {
    db.execute(sqlx::raw_sql(
        "CREATE TEMP TABLE model_customer AS SELECT id FROM account WHERE kind = 'customer';
         CREATE TEMP TABLE model_call AS SELECT id, status IN ('closed', 'cancelled') AS over FROM call;
         ANALYZE model_customer; ANALYZE model_call",
    ))
    .await?;
    let row = db
        .fetch_one(sqlx::raw_sql("SELECT count(*) AS calls, count(*) FILTER (WHERE over) AS over FROM model_call"))
        .await?;
    Ok((row.try_get("calls")?, row.try_get("over")?))
}

pub async fn plan(db: &mut PgConnection) -> Result<Plan> {
    let mut statements = Vec::new();
    for (table, chosen) in TABLES {
        let names = format!(
            "SELECT attname::text AS name FROM pg_attribute
             WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
        );
        let rows = db.fetch_all(sqlx::raw_sql(AssertSqlSafe(names))).await?;
        let columns: Vec<String> = rows.iter().map(|row| row.try_get("name")).collect::<Result<_, _>>()?;
        statements.push(statement(table, chosen, &columns));
    }
    Ok(Plan { statements })
}

fn statement(table: &str, chosen: Chosen, columns: &[String]) -> String {
    let values: Vec<String> = columns.iter().map(|column| value(table, column)).collect();
    let which = match chosen {
        Chosen::Account => "m.id IN (SELECT id FROM model_customer)".to_owned(),
        Chosen::Customer => "m.customer_id IN (SELECT id FROM model_customer)".to_owned(),
        Chosen::Call(column) => format!("m.{column} IN (SELECT id FROM model_call WHERE over OR :open)"),
    };
    let (columns, values) = (columns.join(", "), values.join(", "));
    format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} m WHERE {which}")
}

/// What a copy has in a column. `:n` is the number of the copy, `:step` how far the numbers of its calls are away.
fn value(table: &str, column: &str) -> String {
    let own = |column: &str| format!("md5(m.{column}::text || ':n')::uuid");
    match (table, column) {
        (_, column) if IDS.contains(&column) => own(column),
        ("history", "actor_id") => format!("CASE WHEN m.party = 'device' THEN {} ELSE m.actor_id END", own("actor_id")),
        ("call", "filed_by") => format!("CASE WHEN m.origin = 'device' THEN {} ELSE m.filed_by END", own("filed_by")),
        // Words that only one call has, among those that many have.
        ("history", "body") => {
            "CASE WHEN m.seq = 1 THEN concat(m.body, ' Reference x', left(md5(m.call_id::text || ':n'), 8), '.')
                  ELSE m.body END"
                .to_owned()
        }
        (_, "number") => "m.number + :n * :step".to_owned(),
        ("account", "name") => "m.name || ' :n'".to_owned(),
        (_, "serial" | "site_code" | "slug") => format!("m.{column} || '-:n'"),
        (_, column) => format!("m.{column}"),
    }
}

/// One more copy; `open` with the calls that are not over. Answers how many rows of calls and history it has.
pub async fn copy(db: &mut PgConnection, plan: &Plan, n: u64, (step, open): (i64, bool)) -> Result<(u64, u64)> {
    let (mut calls, mut lines) = (0, 0);
    for (statement, (table, _)) in plan.statements.iter().zip(TABLES) {
        let sql = statement
            .replace(":step", &step.to_string())
            .replace(":open", if open { "true" } else { "false" })
            .replace(":n", &n.to_string());
        let rows = db.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?.rows_affected();
        match table {
            "call" => calls = rows,
            "history" => lines = rows,
            _ => {}
        }
    }
    Ok((calls, lines))
}

/// What was taken away for the load, and how it is made again.
#[derive(Default)]
pub struct Bare {
    remake: Vec<String>,
    /// What comes last: by then the words of all calls are there.
    words: Vec<String>,
}

/// Takes every index and every key of the tables away: while many rows come, they cost more than the rows.
pub async fn strip(db: &mut PgConnection) -> Result<Bare> {
    let tables: Vec<String> = TABLES.iter().map(|(table, _)| format!("'{table}'::regclass")).collect();
    let tables = tables.join(", ");
    let mut bare = Bare::default();
    // Keys that lead elsewhere go before the keys that they lead to, and come back after them.
    let foreign = format!("contype = 'f' AND (conrelid IN ({tables}) OR confrelid IN ({tables}))");
    let own = format!("contype IN ('p', 'u') AND conrelid IN ({tables})");
    let later = bare.constraints(db, &foreign).await?;
    let first = bare.constraints(db, &own).await?;
    let indexes = bare.indexes(db, &tables).await?;
    bare.words = bare.indexes(db, "'call_words'::regclass").await?;
    bare.remake = first.into_iter().chain(indexes).chain(later).collect();
    Ok(bare)
}

impl Bare {
    async fn constraints(&self, db: &mut PgConnection, which: &str) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT conrelid::regclass::text AS of, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
             FROM pg_constraint WHERE {which} ORDER BY 1, 2"
        );
        let mut remake = Vec::new();
        for row in db.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await? {
            let (of, name, definition): (String, String, String) =
                (row.try_get("of")?, row.try_get("name")?, row.try_get("definition")?);
            db.execute(sqlx::raw_sql(AssertSqlSafe(format!("ALTER TABLE {of} DROP CONSTRAINT {name}")))).await?;
            remake.push(format!("ALTER TABLE {of} ADD CONSTRAINT {name} {definition}"));
        }
        Ok(remake)
    }

    async fn indexes(&self, db: &mut PgConnection, tables: &str) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
             WHERE indrelid IN ({tables}) AND NOT indisprimary ORDER BY 1"
        );
        let mut remake = Vec::new();
        for row in db.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await? {
            let (name, definition): (String, String) = (row.try_get("name")?, row.try_get("definition")?);
            db.execute(sqlx::raw_sql(AssertSqlSafe(format!("DROP INDEX {name}")))).await?;
            remake.push(definition);
        }
        Ok(remake)
    }

    /// Everything as it was, but for what finds words; `told` hears how much of it is done, and of how much.
    pub async fn remake(&mut self, db: &mut PgConnection, told: impl Fn(usize, usize)) -> Result<()> {
        let count = self.remake.len();
        for (done, statement) in std::mem::take(&mut self.remake).into_iter().enumerate() {
            told(done, count);
            db.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
        }
        Ok(())
    }

    pub async fn remake_for_words(self, db: &mut PgConnection) -> Result<()> {
        for statement in self.words {
            db.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
        }
        Ok(())
    }
}

/// A session that loads: what is lost with the machine is loaded anew.
pub async fn hurry(db: &mut PgConnection) -> Result<()> {
    let settings = "SET synchronous_commit = off; SET maintenance_work_mem = '1GB'; SET work_mem = '64MB'";
    db.execute(sqlx::raw_sql(settings)).await?;
    Ok(())
}

/// New calls have numbers of their own, and their words are to be gathered; Postgres looks at what it holds.
pub async fn settle(db: &mut PgConnection) -> Result<()> {
    db.execute(sqlx::raw_sql(
        "SELECT setval('call_number_seq', (SELECT max(number) FROM call_number));
         INSERT INTO words_due (customer_id, call_id, seq) SELECT customer_id, id, 0 FROM call
         ON CONFLICT DO NOTHING",
    ))
    .await?;
    Ok(())
}

pub async fn look_at_all(db: &mut PgConnection) -> Result<()> {
    // Of the tables of the house above ours only their owner could do it, and a line would be said of each.
    db.execute(sqlx::raw_sql("SET client_min_messages = error")).await?;
    db.execute(sqlx::raw_sql("VACUUM ANALYZE")).await?;
    db.execute(sqlx::raw_sql("RESET client_min_messages")).await?;
    Ok(())
}

/// What the database takes on the disk.
pub async fn bytes(db: &mut PgConnection) -> Result<i64> {
    let row = db.fetch_one(sqlx::raw_sql("SELECT pg_database_size(current_database()) AS bytes")).await?;
    Ok(row.try_get("bytes")?)
}

/// Serials of calls, systems and sites for a load to ask for: some hundreds, from all over the store.
pub async fn names(db: &mut PgConnection, what: Asked, many: i64) -> Result<Vec<String>> {
    let all = |table: &str, column: &str| {
        format!("SELECT {column}::text AS name FROM {table} ORDER BY md5({column}::text) LIMIT {many}")
    };
    let sql = match what {
        Asked::Calls => all("call", "number"),
        Asked::Systems => all("system", "serial"),
        Asked::Sites => all("site", "site_code"),
        Asked::Queues => format!(
            "SELECT queue AS name FROM call WHERE status IN ('new', 'open', 'awaiting_customer', 'on_hold')
             GROUP BY queue HAVING count(*) >= 50 ORDER BY abs(count(*) - 300), queue LIMIT {many}"
        ),
    };
    let rows = db.fetch_all(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    Ok(rows.iter().map(|row| row.try_get("name")).collect::<Result<_, _>>()?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Calls,
    Systems,
    Sites,
    /// As full as that of a busy desk.
    Queues,
}
