//! What generated networks run on.
