//! The `tollgate` binary: everything happens in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tollgate::cli::main()
}
