use vgg::vgg;

vgg!("specs/vgg16-gap.yaml" as Birds, clases = 200);
vgg!("specs/vgg16-gap.yaml" as Cats, classes = 0);
vgg!("specs/vgg16-gap.yaml" as Dogs, classes = "many");
vgg!("specs/vgg16-gap.yaml" as Fish, classes = 2, classes = 3);

fn main() {
    let _ = (Birds::init(7), Cats::init(7));
}
