//! What shells and `man` show of the commands.

use std::{io::Write, path::Path};

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use crate::error::Result;

pub fn completions(shell: Shell) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "meridian", &mut script);
    print(&script)
}

pub fn man(into: Option<&Path>) -> Result<()> {
    if let Some(folder) = into {
        std::fs::create_dir_all(folder)?;
        return Ok(clap_mangen::generate_to(Cli::command(), folder)?);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page)?;
    print(&page)
}

/// Whoever reads only the beginning has not failed.
fn print(bytes: &[u8]) -> Result<()> {
    match std::io::stdout().write_all(bytes) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
