//! A report on runs: one HTML file that needs nothing else, neither scripts nor the network.

mod chart;
mod html;
mod matrix;
mod network;
mod page;
mod pictures;
mod record;

pub(crate) use page::page;
pub(crate) use pictures::{Filters, Mistake, Mistakes, data_uri, filters};
pub(crate) use record::{Record, tell_apart};

use vgg_runtime::evaluate::Evaluation;

/// What is known of a run beyond what its folder says: its network on its images.
pub(crate) struct Judged {
    pub(crate) evaluation: Evaluation,
    pub(crate) classes: Vec<String>,
    pub(crate) mistakes: Vec<Mistake>,
}

/// A run in a report.
pub(crate) struct Told {
    pub(crate) record: Record,
    /// The network of the run, drawn and listed.
    pub(crate) summary: Option<serde_json::Value>,
    pub(crate) drawing: Option<String>,
    pub(crate) filters: Option<Filters>,
    /// Nothing if the weights or the images could not be had; then why.
    pub(crate) judged: Result<Judged, String>,
}
