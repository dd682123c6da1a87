use vgg::prelude::*;

vgg!("tests/diagnostics/several-errors.yaml");
vgg!("tests/diagnostics/E0302.yaml" as Birds);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // None of what is done with a network that has errors is an error of its own.
    let net = Birds::init(7);
    let logits: Logits<10> = net.forward(&FeatureMaps::<3, 32, 32>::zeros(1));
    let digits = data::digits();
    let mut trainer = Trainer::new(net, Birds::TRAIN);
    trainer.fit(&digits.train, &digits.held_out)?;
    let accuracy = evaluate(&mut trainer.network().predictor(8), &digits.held_out)?.accuracy();
    println!("{accuracy} {} {} {logits:?}", Birds::SUMMARY, Birds::layers().len());
    trainer.into_best().save("birds.safetensors")?;
    Birds::load("birds.safetensors")?;
    Ok(())
}
