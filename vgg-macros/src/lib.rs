//! The procedural macro behind `vgg!`.
