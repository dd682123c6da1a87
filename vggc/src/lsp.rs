//! The language server: what an editor asks of a spec while it is written.
//!
//! One file a question. Open documents win over what is on the disk; what they extend is read from there.

mod actions;
mod completion;
mod definition;
mod diagnostics;
mod documents;
mod formatting;
mod hints;
mod hover;
mod lines;
mod server;
mod uri;

use crate::console;
use crate::failure::Failure;
use lsp_server::Connection;
use server::{End, Server};
use std::io::IsTerminal;

/// Serves an editor over standard input and output until it leaves.
pub(crate) fn serve() -> Result<(), Failure> {
    if std::io::stdin().is_terminal() {
        console::note("waits for an editor to say something; `vggc lsp --help` says more");
    }
    let (connection, threads) = Connection::stdio();
    // The connection ends with this call, which lets its writer end.
    let end = Server::new(connection).run();
    match end {
        // Nobody listens any more: to wait for what else is sent would be to wait forever.
        End::Deaf => Err(Failure::ClosedPipe),
        End::Well => threads.join().map_err(broken),
        End::Hasty => {
            threads.join().map_err(broken)?;
            Err(Failure::Hasty)
        }
    }
}

fn broken(error: std::io::Error) -> Failure {
    Failure::unusable(format_args!("the editor sent what is no message: {error}"))
        .help("an editor starts this command; `vggc check` is for people")
}
