use vgg::vgg;

vgg!("../outside.yaml" as Up);
vgg!("/etc/passwd" as Absolute);
vgg!("specs/folder.yaml" as Folder);
vgg!("specs/nowhere.yaml" as Nowhere);
vgg!("Cargo.toml" as NoSpec);
vgg!("specs/long.yaml" as Long);
vgg!("" as Empty);

fn main() {
    let _ = (Up::init(0), Absolute::init(0), Folder::init(0), Nowhere::init(0), NoSpec::init(0));
}
