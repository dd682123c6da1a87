//! Writing, over random specs in random layout: whatever the author's style, the same network comes back.

use proptest::prelude::*;
use vgg_spec::ast::Spec;
use vgg_spec::parse::parse;
use vgg_spec::source::{Source, Syntax};
use vgg_spec::write::{convert, format};

/// A value of YAML on one line.
fn choice(values: &[&'static str]) -> BoxedStrategy<String> {
    prop::sample::select(values.to_vec()).prop_map(str::to_owned).boxed()
}

fn number() -> BoxedStrategy<String> {
    prop_oneof![(1..200_u32).prop_map(|number| number.to_string()), choice(&["$classes", "$width"])].boxed()
}

fn extent() -> BoxedStrategy<String> {
    prop_oneof![number(), (number(), number()).prop_map(|(height, width)| format!("[{height},{width}]"))]
        .boxed()
}

fn activation() -> BoxedStrategy<String> {
    choice(&[
        "relu",
        "none",
        "{leaky_relu: {slope: .2}}",
        "{elu: {alpha: 1.}}",
        "{gelu: }",
        "tanh",
        "\"silu\"",
    ])
}

fn pool() -> BoxedStrategy<String> {
    prop_oneof![
        choice(&["none", "max", "{average: }", "{max: {padding: same}}"]),
        extent().prop_map(|size| format!("{{max: {size}}}")),
        (extent(), extent())
            .prop_map(|(size, stride)| format!("{{average: {{stride: {stride}, size: {size}}}}}")),
    ]
    .boxed()
}

/// `key: value` pairs, each there or not.
fn options() -> impl Strategy<Value = Vec<(String, String)>> {
    let option = |key: &'static str, value: BoxedStrategy<String>| {
        prop::option::weighted(0.25, value.prop_map(move |value| (key.to_owned(), value)))
    };
    (
        option("kernel", extent()),
        option("stride", extent()),
        option("padding", prop_oneof![choice(&["same", "valid"]), extent()].boxed()),
        option("activation", activation()),
        option(
            "norm",
            choice(&[
                "batch",
                "none",
                "{batch: {epsilon: 1e-3, momentum: 0.5}}",
                "lrn",
                "{lrn: {n: 3, alpha: 5e-4}}",
            ]),
        ),
        option("bias", choice(&["true", "false", "on", "off"])),
        option("dropout", choice(&["0.5", ".25", "+0.1", "1e-3"])),
        option("groups", number()),
        option("trainable", choice(&["true", "off"])),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i)| [a, b, c, d, e, f, g, h, i].into_iter().flatten().collect())
        .prop_shuffle()
}

fn map(entries: &[(String, String)]) -> String {
    let entries: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    format!("{{{}}}", entries.join(", "))
}

fn conv() -> impl Strategy<Value = String> {
    let described = (number(), prop::option::weighted(0.3, 1..12_u32), options(), 0..100_u32).prop_map(
        |(filters, repeat, mut options, name)| {
            options.push(("filters".to_owned(), filters));
            match repeat {
                Some(repeat) => options.push(("repeat".to_owned(), repeat.to_string())),
                None if name < 20 => options.push(("name".to_owned(), format!("layer{name}"))),
                None => {}
            }
            map(&options)
        },
    );
    prop_oneof![3 => number(), 2 => described]
}

/// A part of a map: its key, and either a value or the lines below.
type Entry = (String, Result<String, Vec<String>>);

fn block() -> impl Strategy<Value = Vec<Entry>> {
    let convs = prop::collection::vec(conv(), 1..5);
    let name = prop::option::weighted(0.3, 0..50_u32);
    (convs, options(), prop::option::weighted(0.4, pool()), name, any::<bool>())
        .prop_map(|(convs, options, pool, name, listed)| {
            let convs = if listed { Err(convs) } else { Ok(format!("[{}]", convs.join(", "))) };
            let mut entries: Vec<Entry> = vec![("conv".to_owned(), convs)];
            entries.extend(options.into_iter().map(|(key, value)| (key, Ok(value))));
            entries.extend(pool.map(|pool| ("pool".to_owned(), Ok(pool))));
            entries.extend(name.map(|name| ("name".to_owned(), Ok(format!("part{name}")))));
            entries
        })
        .prop_shuffle()
}

fn layer() -> impl Strategy<Value = String> {
    prop_oneof![
        choice(&[
            "gap",
            "flatten",
            "softmax",
            "relu",
            "gap: ",
            "{flatten: {name: flat}}",
            "{gap: , name: pool}"
        ]),
        choice(&["dropout: 0.5", "dropout: {rate: 0.1}", "{name: drop, dropout: 0.5}", "norm: batch"]),
        number().prop_map(|units| format!("dense: {units}")),
        (number(), activation(), any::<bool>()).prop_map(|(units, activation, bias)| {
            format!("dense: {{activation: {activation}, units: {units}, bias: {bias}}}")
        }),
        number().prop_map(|units| format!("dense: {{units: {units}, activation: softmax}}")),
        number().prop_map(|units| format!("dense: {{units: {units}, name: fc}}")),
        activation().prop_map(|activation| format!("activation: {activation}")),
    ]
}

/// Where comments and empty lines are put: a stream of decisions, one a line.
#[derive(Debug)]
struct Layout(Vec<u8>, usize);

impl Layout {
    fn line(&mut self, text: &mut String, indent: usize, line: &str) {
        self.1 += 1;
        let decision = self.0[self.1 % self.0.len()];
        let above = ["", "", "", "", "", "\n", "#a\n", " # b\n", "\n# c\n\n", "# \"d\n#  // e\n"];
        for comment in above[usize::from(decision % 10)].split_inclusive('\n') {
            *text += &if comment == "\n" { comment.to_owned() } else { format!("{:indent$}{comment}", "") };
        }
        let behind = ["", "", "", " # f", "   #g: 'h"][usize::from(decision / 10 % 5)];
        *text += &format!("{:indent$}{line}{behind}\n", "");
    }

    fn lines(&mut self, text: &mut String, indent: usize, lines: &[String]) {
        lines.iter().for_each(|line| self.line(text, indent, &format!("- {line}")));
    }
}

prop_compose! {
    fn text()(
        blocks in prop::collection::vec(block(), 1..5),
        head in prop::collection::vec(layer(), 0..6),
        defaults in options(),
        order in Just(vec!["model", "params", "input", "defaults", "blocks", "head", "train"]).prop_shuffle(),
        layout in prop::collection::vec(any::<u8>(), 40),
    ) -> String {
        let mut text = String::new();
        let mut layout = Layout(layout, 0);
        for part in order {
            match part {
                "model" => layout.line(&mut text, 0, "model: Any"),
                "params" => {
                    layout.line(&mut text, 0, "params:");
                    layout.line(&mut text, 2, "classes: 10");
                    layout.line(&mut text, 2, "width: 8");
                }
                "input" => layout.line(&mut text, 0, "input: [3, 32, $width]"),
                "defaults" if !defaults.is_empty() => {
                    layout.line(&mut text, 0, &format!("defaults: {}", map(&defaults)));
                }
                "blocks" => {
                    layout.line(&mut text, 0, "blocks:");
                    for block in &blocks {
                        for (index, (key, value)) in block.iter().enumerate() {
                            let (indent, dash) = if index == 0 { (2, "- ") } else { (4, "") };
                            let inline = value.as_deref().unwrap_or_default();
                            layout.line(&mut text, indent, &format!("{dash}{key}: {inline}"));
                            if let Err(lines) = value {
                                layout.lines(&mut text, 6, lines);
                            }
                        }
                    }
                }
                "head" if !head.is_empty() => {
                    layout.line(&mut text, 0, "head:");
                    layout.lines(&mut text, 0, &head);
                }
                "train" => layout.line(&mut text, 0, "train: {batch: 8, optimizer: {adam: {rate: 5e-4}}}"),
                _ => {}
            }
        }
        text
    }
}

fn read(text: &str, syntax: Syntax) -> Spec {
    let (spec, findings) = parse(&Source::new("any", text, syntax));
    assert!(findings.is_empty(), "{findings:#?}\n{text}");
    spec.expect("a spec")
}

/// Comments of a text of which no other part holds the mark.
fn comments(text: &str, mark: &str) -> usize {
    text.lines().filter(|line| line.contains(mark)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn writing_keeps_the_spec_and_its_comments(text in text()) {
        let source = |text: &str, syntax| Source::new("any", text, syntax);
        let spec = read(&text, Syntax::Yaml);
        let count = comments(&text, "#");

        let yaml = format(&source(&text, Syntax::Yaml)).expect("can be written");
        prop_assert_eq!(&read(&yaml, Syntax::Yaml), &spec);
        prop_assert_eq!(comments(&yaml, "#"), count, "{}", yaml);
        prop_assert_eq!(&format(&source(&yaml, Syntax::Yaml)).expect("again"), &yaml);

        let dsl = convert(&source(&text, Syntax::Yaml), Syntax::Dsl).expect("can be said");
        prop_assert_eq!(&read(&dsl, Syntax::Dsl), &spec);
        prop_assert_eq!(comments(&dsl, "//"), count, "{}", dsl);
        prop_assert_eq!(&format(&source(&dsl, Syntax::Dsl)).expect("again"), &dsl);

        let back = convert(&source(&dsl, Syntax::Dsl), Syntax::Yaml).expect("can be said");
        prop_assert_eq!(&read(&back, Syntax::Yaml), &spec);
        prop_assert_eq!(comments(&back, "#"), count, "{}", back);
    }
}
