use crate::{
    domain::access::{Party, Role, Scope, Viewer},
    error::{Error, Result},
    store::sessions::SignedIn,
};

/// Somebody whom the store knows, with everything that decides what they may see.
pub fn as_viewer(signed_in: &SignedIn) -> Result<Viewer> {
    let role = Role::from_name(&signed_in.role)
        .ok_or_else(|| Error::Internal(format!("the store holds an unknown role {:?}", signed_in.role)))?;
    Ok(Viewer {
        person_id: signed_in.person_id,
        account_id: signed_in.account_id,
        role,
        name: signed_in.display_name.clone(),
        email: signed_in.email.clone(),
        cac: signed_in.cac_code.clone(),
        scope: scope(signed_in, role),
    })
}

/// Customers see their own, partners what their relations open, staff and the house everything.
fn scope(signed_in: &SignedIn, role: Role) -> Scope {
    match role.party() {
        Party::Customer => Scope::whole_customer(signed_in.account_id),
        Party::Partner => {
            let mut scope = Scope::nothing();
            for relation in &signed_in.relations.0 {
                let from = match relation.history.as_str() {
                    "all" => None,
                    "from_date" => Some(relation.history_from.unwrap_or(relation.valid_from)),
                    _ => Some(relation.valid_from),
                };
                scope.grant(relation.customer_id, relation.site_id, from);
            }
            scope
        }
        _ if role.sees_everything() => Scope::everything(),
        _ => Scope::nothing(),
    }
}
