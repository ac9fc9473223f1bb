use uuid::Uuid;

use super::By;
use crate::{
    domain::access::{Held, Party, Role, Scope},
    error::{Error, FieldError, Result},
    store::{WriteTx, accounts, reference},
};

/// What somebody is to become in an account.
#[derive(Debug, Clone)]
pub struct Offer {
    pub account: Uuid,
    pub role: Role,
    pub cac: Option<String>,
    /// None is all sites.
    pub sites: Option<Vec<Uuid>>,
}

impl Offer {
    pub fn held(&self) -> Held<'_> {
        Held { account: self.account, role: self.role, cac: self.cac.as_deref(), sites: self.sites.as_deref() }
    }

    /// May it be given, and does it make sense? Every fault at once.
    pub async fn judge(&self, tx: &mut WriteTx, by: By<'_>) -> Result<Vec<FieldError>> {
        by.may_give(self.held())?;
        let account = accounts::choices(&mut **tx, Some(self.account), None).await?.pop().ok_or(Error::NotFound)?;
        let mut faults = Vec::new();
        if account.kind != self.role.account_kind() {
            let message = format!("{} is a {} account, where nobody has that role.", account.name, account.kind);
            faults.push(FieldError { field: "role".to_owned(), message });
        }
        faults.extend(self.cac_fault(tx).await?);
        faults.extend(self.sites_fault(tx).await?);
        Ok(faults)
    }

    async fn cac_fault(&self, tx: &mut WriteTx) -> Result<Option<FieldError>> {
        let fault = |message: String| Some(FieldError { field: "cac".to_owned(), message });
        let known: Vec<String> = reference::cacs(&mut **tx).await?.into_iter().map(|cac| cac.code).collect();
        Ok(match (&self.cac, self.role) {
            (Some(_), role) if role.party() != Party::Staff => fault("Only staff belong to a CAC.".to_owned()),
            (Some(cac), _) if !known.contains(cac) => fault(format!("The CACs are {}.", known.join(", "))),
            (None, Role::Engineer | Role::CacLead) => {
                fault(format!("Engineers and leads belong to a CAC: {}.", known.join(", ")))
            }
            _ => None,
        })
    }

    async fn sites_fault(&self, tx: &mut WriteTx) -> Result<Option<FieldError>> {
        let fault = |message: &str| Some(FieldError { field: "sites".to_owned(), message: message.to_owned() });
        let Some(sites) = &self.sites else { return Ok(None) };
        if !matches!(self.role.party(), Party::Customer | Party::Partner) {
            return Ok(fault("Only customers and partners are limited to sites."));
        }
        if sites.is_empty() {
            return Ok(fault("Choose at least one site, or all of them."));
        }
        // The right to give these was asked already; this asks whether they are of that account.
        let known = accounts::sites_of(&mut **tx, &Scope::everything(), self.account).await?;
        let all = sites.iter().all(|site| known.iter().any(|known| known.id == *site));
        Ok(if all { None } else { fault("One of these sites is none of that account's.") })
    }
}
