#![deny(warnings)]

use vgg::vgg;

vgg!("tests/diagnostics/W0201.yaml");

vgg! {
    model Inline {
        param width = 8;
        input 3 x 8 x 8;
        block { conv 8; }
        head { flatten; dense 10 softmax; }
    }
}

fn main() {}
