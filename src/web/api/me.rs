use axum::Json;
use serde_json::{Value, json};

use super::super::session::Caller;

pub async fn show(Caller(viewer): Caller) -> Json<Value> {
    Json(json!({"id": viewer.person_id, "name": viewer.name, "email": viewer.email, "role": viewer.role,
                "account_id": viewer.account_id, "cac": viewer.cac}))
}
