//! The people of the made-up world.

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    dice::Dice,
    world::{Account, Plan, account_of},
};
use crate::domain::access::{Actor, Role};

pub struct Person {
    pub id: Uuid,
    pub membership: Uuid,
    pub account: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub cac: Option<String>,
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor { party: self.role.party(), id: Some(self.id) }
    }
}

/// Staff first, then partners, then customers; the first of a partner or customer is its administrator.
pub(super) fn of(plan: &Plan, accounts: &[Account], dice: &mut Dice, born: Timestamp) -> Vec<Person> {
    let mut people = Vec::new();
    let mut add = |slug: &str, name: &str, role: Role, cac: Option<String>| {
        if let Some(account) = account_of(accounts, slug) {
            let email = address(name, slug);
            people.push(Person {
                id: dice.id(born),
                membership: Uuid::now_v7(),
                account,
                name: name.to_owned(),
                email,
                role,
                cac,
            });
        }
    };
    for person in &plan.provider.people {
        let role = Role::from_name(&person.role).unwrap_or(Role::Engineer);
        add(&plan.provider.slug, &person.name, role, person.cac.clone());
    }
    for partner in &plan.partner {
        let roles = [Role::PartnerAdmin].into_iter().chain(std::iter::repeat(Role::Partner));
        partner.people.iter().zip(roles).for_each(|(name, role)| add(&partner.slug, name, role, None));
    }
    for customer in &plan.customer {
        let roles = [Role::CustomerAdmin].into_iter().chain(std::iter::repeat(Role::Customer));
        customer.people.iter().zip(roles).for_each(|(name, role)| add(&customer.slug, name, role, None));
    }
    people
}

/// `Ingrid Solberg` of `nordbank` is `ingrid.solberg@nordbank.example`: a domain that nobody can own.
fn address(name: &str, slug: &str) -> String {
    let plain: String = name.to_lowercase().chars().map(plain_letter).collect();
    format!("{}@{slug}.example", plain.replace(' ', "."))
}

fn plain_letter(letter: char) -> char {
    match letter {
        'á' | 'ä' | 'ã' | 'å' | 'ā' => 'a',
        'é' | 'è' | 'ê' | 'ė' => 'e',
        'í' | 'ı' => 'i',
        'ñ' | 'ń' => 'n',
        'ó' | 'ö' | 'ô' | 'ø' => 'o',
        'š' => 's',
        'ü' | 'ú' => 'u',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_alphabets_here_give_plain_addresses() {
        assert_eq!(address("Étienne Moreau", "acme-rail"), "etienne.moreau@acme-rail.example");
        assert_eq!(address("Piotr Zieliński", "meridian-care"), "piotr.zielinski@meridian-care.example");
        assert_eq!(address("Min-ji Seo", "han-river"), "min-ji.seo@han-river.example");
    }
}
