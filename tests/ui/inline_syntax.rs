use vgg::vgg;

vgg! {
    model Tiny {
        input 3 x 8 x 8;
        block { conv 8 }
        head { flatten; dense 10 softmax; }
    }
}

fn main() {
    let _ = Tiny::init(7);
}
