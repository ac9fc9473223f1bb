//! Questions one a line on stdin, answers one a line on stdout, in order and at once.
use std::io::{self, BufRead, ErrorKind, Write};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

use crate::error::Result;

/// A line that can't be answered is told so, and the next one is read.
pub fn answer_each<Q: DeserializeOwned, A: Serialize>(answer: impl Fn(&Q) -> Result<A, String>) -> Result<()> {
    let said = converse(&mut io::stdin().lock(), &mut io::stdout().lock(), &answer);
    match said {
        // Whoever asked has heard enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        said => Ok(said?),
    }
}

fn converse<Q: DeserializeOwned, A: Serialize>(
    questions: &mut impl BufRead,
    answers: &mut impl Write,
    answer: &impl Fn(&Q) -> Result<A, String>,
) -> io::Result<()> {
    let mut line = Vec::new();
    while questions.read_until(b'\n', &mut line)? > 0 {
        let asked = serde_json::from_slice(&line).map_err(|error| error.to_string());
        let said = match asked.and_then(|question| answer(&question)) {
            Ok(said) => serde_json::to_string(&said)?,
            Err(error) => json!({ "error": error }).to_string(),
        };
        writeln!(answers, "{said}")?;
        answers.flush()?;
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_question_stops_nobody() {
        let mut said = Vec::new();
        let double = |n: &i32| n.checked_mul(2).ok_or_else(|| "too much".to_owned());
        converse(&mut &b"1\nx\n\xFF\n\n2147483647\n4"[..], &mut said, &double).unwrap();

        let lines: Vec<_> = str::from_utf8(&said).unwrap().lines().collect();
        assert_eq!((lines.len(), lines[0], lines[4], lines[5]), (6, "2", r#"{"error":"too much"}"#, "8"));
        assert!(lines[1..4].iter().all(|line| line.starts_with(r#"{"error":""#)), "{lines:?}");
    }
}
