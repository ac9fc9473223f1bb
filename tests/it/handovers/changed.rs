//! Calls end, come back and change while the sun goes round: what was handed over follows them.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::{EVENING, World, world};

impl World {
    /// What waits to be accepted, by everybody's list and by the store's own.
    async fn waiting(&self) -> usize {
        let listed = self.handovers().await.iter().filter(|h| h["waiting"] == true).count();
        let open = "SELECT count(*) FROM handover WHERE accepted_at IS NULL AND over_at IS NULL";
        let open: i64 = sqlx::query_scalar(open).fetch_one(&self.portal.pool).await.unwrap();
        assert_eq!(i64::try_from(listed).unwrap(), open, "the list and the store don't agree");
        listed
    }

    async fn notices(&self, kind: &str) -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE kind = $1";
        sqlx::query_scalar(sql).bind(kind).fetch_one(&self.portal.pool).await.unwrap()
    }
}

#[sqlx::test(migrator = "meridian::MIGRATOR")]
async fn what_a_machine_takes_back_waits_for_nobody_any_more(db: PgPool) {
    let world = world(EVENING, db).await;
    let send = async |id: &str, kind: &str| -> Value {
        let event = json!({"specversion": "1.0", "id": id, "source": "/systems/FT-4400-2210", "subject": "0/1",
            "time": world.portal.now().to_string(), "type": format!("meridian.alarm.{kind}"),
            "data": {"code": "cpu", "severity": "critical", "summary": "CPU enclosure 1 broken"}});
        world.portal.ingest("/ingest/alarms", &world.credential, event.to_string()).await.json()["results"][0].clone()
    };
    let number = send("1", "raised").await["call"].as_str().unwrap().to_owned();
    assert_eq!(world.sweep(31).await, 1);
    assert_eq!(world.waiting().await, 1);

    world.sweep(1).await;
    assert_eq!(send("2", "cleared").await["disposition"], "cleared");

    assert_eq!(world.call(&number).await["status"], "resolved");
    assert_eq!(world.waiting().await, 0);
    world.sweep(16).await;
    assert_eq!(world.notices("not_accepted").await, 0, "the duty manager was told of what is over");
}
