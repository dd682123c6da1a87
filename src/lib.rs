//! Declare a VGG network, train it, run it.
