use crate::error::FieldError;

/// Whether a password is good enough for somebody of that name, address and account.
pub fn fit_password(password: &str, _about: &[&str]) -> Result<(), FieldError> {
    let message = match password.chars().count() {
        ..12 => "A password has at least 12 characters. A few words in a row are easy to remember.",
        1_001.. => "A password has at most 1,000 characters.",
        _ => return Ok(()),
    };
    Err(FieldError { field: "password".to_owned(), message: message.to_owned() })
}
