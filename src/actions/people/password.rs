use crate::{domain::password, error::FieldError};

/// Whether a password is good enough for somebody of that name, address and account.
pub fn fit_password(password: &str, about: &[&str]) -> Result<(), FieldError> {
    password::judge(password, about)
        .map_err(|weak| FieldError { field: "password".to_owned(), message: weak.to_string() })
}
