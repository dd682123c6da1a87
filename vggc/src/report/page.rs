//! The page as a whole.

use super::chart::{Curve, chart};
use super::html::{escape, number, percent, section, table};
use super::network::{count, network};
use super::record::Epoch;
use super::{Told, matrix, pictures};
use crate::progress::duration;
use serde_json::Value;
use std::fmt::Write;
use vgg_spec::quantity::{grouped, operations};

const STYLE: &str = include_str!("style.css");

/// The report on one run, or on several side by side.
pub(crate) fn page(runs: &[Told]) -> String {
    let title = runs.iter().map(|run| run.record.name.as_str()).collect::<Vec<_>>().join(" and ");
    let body = match runs {
        [run] => alone(run),
        runs => side_by_side(runs),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n<footer>Made by vggc {}.</footer>\n</body>\n</html>\n",
        escape(&title),
        env!("CARGO_PKG_VERSION")
    )
}

fn alone(run: &Told) -> String {
    let mut html = header(&run.record.name, &kind(run));
    html += &cards(run);
    html += &section("curves", "How it learned", &curves(std::slice::from_ref(run)));
    html += &section("network", "The network", &network(run, true));
    match &run.judged {
        Ok(judged) => {
            html += &section("confusion", "What was taken for what", &matrix::confusion(judged));
            html += &section("classes", "Class by class", &matrix::by_class(judged));
            if !judged.mistakes.is_empty() {
                let mistakes = pictures::mistakes(&judged.mistakes, &judged.classes);
                html += &section("mistakes", "The worst mistakes", &mistakes);
            }
        }
        Err(reason) => html += &section("confusion", "What was taken for what", &missing(reason)),
    }
    if let Some(filters) = &run.filters {
        html += &section("filters", "First filters", &pictures::tiles(filters));
    }
    html += &section("timings", "Timings", &timings(run));
    html + &section("settings", "Settings", &settings(std::slice::from_ref(run)))
}

fn side_by_side(runs: &[Told]) -> String {
    let names: Vec<String> = runs.iter().map(|run| run.record.name.clone()).collect();
    let mut html = header(&names.join(" · "), &format!("{} runs side by side", runs.len()));
    html += &section("results", "What came out", &results(runs));
    html += &section("curves", "How they learned", &curves(runs));
    html += &section("settings", "Settings", &settings(runs));
    for (index, run) in runs.iter().enumerate() {
        let mut body = network(run, false);
        match &run.judged {
            Ok(judged) => body += &matrix::confusion(judged),
            Err(reason) => body += &missing(reason),
        }
        html += &section(&format!("run{}", index + 1), &run.record.name, &body);
    }
    html
}

fn header(name: &str, about: &str) -> String {
    format!("<header>\n<h1>{}</h1>\n<p>{}</p>\n</header>\n", escape(name), escape(about))
}

/// `Fashion on fashion-mnist`.
fn kind(run: &Told) -> String {
    let model = run.record.text("model").unwrap_or("a network");
    match run.record.text("data") {
        Some(data) => format!("{model}, trained on {data}"),
        None => model.to_owned(),
    }
}

fn missing(reason: &str) -> String {
    format!("<p class=\"missing\">{}</p>\n", escape(reason))
}

/// The figures that everyone asks for first.
fn cards(run: &Told) -> String {
    let mut figures: Vec<(&str, String, String)> = Vec::new();
    if let Ok(judged) = &run.judged {
        let evaluation = &judged.evaluation;
        figures.push((
            "accuracy",
            percent(evaluation.accuracy()),
            format!("of {} images held out", grouped(evaluation.images() as u64)),
        ));
        if judged.classes.len() > 5 {
            figures.push(("top 5", percent(evaluation.top5()), "right among five guesses".into()));
        }
        figures.push(("loss", number(evaluation.loss()), "cross-entropy".into()));
    } else if let Some(best) = run.record.best() {
        figures.push(("accuracy", percent(best.val_accuracy), "on validation images".into()));
        figures.push(("loss", number(best.val_loss), "on validation images".into()));
    }
    let best = run.record.best().map_or_else(String::new, |best| format!("best: {}", best.epoch));
    figures.push(("epochs", run.record.epochs.len().to_string(), best));
    figures.push(("time", duration(run.record.seconds()), "training and validation".into()));
    if let Some(summary) = &run.summary {
        let totals = &summary["totals"];
        let macs = count(&totals["macs"], operations);
        figures.push(("parameters", count(&totals["parameters"], grouped), format!("{macs} MACs an image")));
    }
    let mut html = "<div class=\"cards\">\n".to_owned();
    for (name, value, about) in figures {
        let _ = writeln!(
            html,
            "<div class=\"card\"><span>{name}</span><strong>{}</strong><small>{}</small></div>",
            escape(&value),
            escape(&about)
        );
    }
    html + "</div>\n"
}

/// Loss, accuracy and rate of all runs.
fn curves(runs: &[Told]) -> String {
    let pair = |train: fn(&Epoch) -> f64, validation: fn(&Epoch) -> f64| -> Vec<Curve> {
        let both = runs.iter().enumerate().flat_map(|(index, run)| {
            let (name, colours) = match runs.len() {
                1 => (String::new(), [1, 0]),
                _ => (format!("{}, ", run.record.name), [index, index]),
            };
            [
                curve(run, format!("{name}validation"), colours[1], false, validation),
                curve(run, format!("{name}training"), colours[0], true, train),
            ]
        });
        both.collect()
    };
    let rates = runs.iter().enumerate().map(|(index, run)| {
        let name = if runs.len() == 1 { "learning rate".into() } else { run.record.name.clone() };
        curve(run, name, index, false, |epoch| epoch.lr)
    });
    let mark = match runs {
        [run] => run.record.best().map(|best| best.epoch as f64),
        _ => None,
    };
    let short = |value: f64| format!("{}", (value * 1e6).round() / 1e6);
    let scientific = |value: f64| match value {
        0.0 => "0".into(),
        value if value < 1e-2 => format!("{value:e}"),
        value => format!("{}", (value * 1e6).round() / 1e6),
    };
    let html = [
        chart("Loss", &pair(|epoch| epoch.train_loss, |epoch| epoch.val_loss), mark, short),
        chart("Accuracy", &pair(|epoch| epoch.train_accuracy, |epoch| epoch.val_accuracy), mark, |share| {
            format!("{}%", (share * 1e4).round() / 1e2)
        }),
        chart("Learning rate", &rates.collect::<Vec<_>>(), None, scientific),
    ]
    .concat();
    match html.is_empty() {
        true => missing("No epoch has come to its end yet."),
        false => format!("<div class=\"charts\">\n{html}</div>\n"),
    }
}

fn curve(run: &Told, name: String, colour: usize, is_dashed: bool, value: fn(&Epoch) -> f64) -> Curve {
    let points = run.record.epochs.iter().map(|epoch| (epoch.epoch as f64, value(epoch))).collect();
    Curve { name, colour: colour % 4, is_dashed, points }
}

/// One row a run.
fn results(runs: &[Told]) -> String {
    let best = |key: fn(&Told) -> f64| runs.iter().map(key).fold(f64::NEG_INFINITY, f64::max);
    let accuracy = |run: &Told| match &run.judged {
        Ok(judged) => judged.evaluation.accuracy(),
        Err(_) => run.record.best().map_or(f64::NAN, |best| best.val_accuracy),
    };
    let highest = best(accuracy);
    let rows = runs.iter().enumerate().map(|(index, run)| {
        let name = format!("<span class=\"c{}\">{}</span>", index % 4, escape(&run.record.name));
        let share = percent(accuracy(run));
        let share = if accuracy(run) == highest { format!("<b>{share}</b>") } else { share };
        let loss = match &run.judged {
            Ok(judged) => judged.evaluation.loss(),
            Err(_) => run.record.best().map_or(f64::NAN, |best| best.val_loss),
        };
        let parameters = run.summary.as_ref().map(|summary| count(&summary["totals"]["parameters"], grouped));
        vec![
            name,
            share,
            number(loss),
            run.record
                .best()
                .map_or_else(|| "–".into(), |best| format!("{} of {}", best.epoch, run.record.epochs.len())),
            duration(run.record.seconds()),
            parameters.unwrap_or_default(),
        ]
    });
    table("results", &["run", "accuracy", "loss", "best epoch", "time", "parameters"], rows)
}

/// How long epochs took.
fn timings(run: &Told) -> String {
    let epochs = &run.record.epochs;
    let mean = |value: fn(&Epoch) -> f64| {
        let known = epochs.iter().map(value).filter(|value| value.is_finite());
        known.clone().sum::<f64>() / known.count() as f64
    };
    let rows = [
        ("all epochs", duration(run.record.seconds())),
        ("an epoch", seconds(mean(|epoch| epoch.seconds))),
        ("training images a second", format!("{:.0}", mean(|epoch| epoch.images_per_second))),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]);
    let points = |epoch: &Epoch| epoch.seconds;
    let curve = curve(run, "seconds an epoch".into(), 0, false, points);
    let chart = chart("Seconds an epoch", &[curve], None, |value| format!("{}", (value * 1e3).round() / 1e3));
    format!("<div class=\"charts\">\n{}{chart}</div>\n", table("timings", &["what", "value"], rows))
}

fn seconds(value: f64) -> String {
    match value {
        value if !value.is_finite() => "–".into(),
        value if value < 10.0 => format!("{value:.2} s"),
        value => duration(value),
    }
}

/// What the runs were started with; where they differ, it is marked.
fn settings(runs: &[Told]) -> String {
    let mut keys: Vec<&String> = Vec::new();
    for key in runs.iter().flat_map(|run| run.record.settings.keys()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rows = keys.into_iter().map(|key| {
        let values: Vec<Option<&Value>> = runs.iter().map(|run| run.record.settings.get(key)).collect();
        let differs = values.windows(2).any(|pair| pair[0] != pair[1]);
        let cell = |value: &Option<&Value>| {
            let text = escape(&value.map_or_else(|| "–".into(), said));
            if differs { format!("<mark>{text}</mark>") } else { text }
        };
        [escape(key)].into_iter().chain(values.iter().map(cell)).collect()
    });
    let names: Vec<String> = runs.iter().map(|run| run.record.name.clone()).collect();
    let mut head = vec!["setting"];
    match runs.len() {
        1 => head.push("value"),
        _ => head.extend(names.iter().map(String::as_str)),
    }
    table("settings", &head, rows)
}

/// A JSON value as a person would write it.
fn said(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.clone(),
        Value::Object(entries) if entries.is_empty() => "–".into(),
        Value::Array(items) if items.is_empty() => "–".into(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("{key}: {}", said(value)));
            entries.collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) => items.iter().map(said).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
