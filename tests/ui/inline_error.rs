use vgg::vgg;

vgg! {
    model Tiny {
        param width = 8;
        input 3 x 8 x 8;

        block { conv width; }
        block { conv 16 kernel 9 padding valid; }
        block { conv widht; pool none; }

        head {
            dense 10 softmax;
        }
    }
}

fn main() {
    let _ = Tiny::init(7);
}
