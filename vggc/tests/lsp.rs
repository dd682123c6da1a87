//! `vggc lsp`, by sessions of an editor.

mod common;

use common::editor::{Editor, cursor};
use serde_json::{Value, json};
use std::fs;

const URI: &str = "file:///nowhere/net.yaml";
const NET: &str = "# A net 😀\nmodel: A\nparams: {classes: 10}\ninput: {shape: [3, 32, 32]}\nblocks:\n  - conv: [16, 16]\n  - {name: last, conv: [{filters: 32, repeat: 2}]}\nhead:\n  - gap\n  - dense: $classes\n  - softmax\n";

fn uri(path: &std::path::Path) -> String {
    format!("file://{}", path.display())
}

fn document(uri: &str) -> Value {
    json!({"textDocument": {"uri": uri}})
}

fn at(uri: &str, position: Value) -> Value {
    json!({"textDocument": {"uri": uri}, "position": position})
}

fn labels(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn a_session_from_hello_to_goodbye() {
    let mut editor = Editor::start();
    let mut hello = editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
    assert!(hello["serverInfo"]["version"].take().is_string());
    insta::assert_snapshot!("hello", serde_json::to_string_pretty(&hello).unwrap());
    editor.tell("initialized", json!({}));
    assert_eq!(editor.open(URI, NET), Vec::<Value>::new());
    editor.tell("textDocument/didClose", document(URI));
    assert!(editor.diagnostics(URI).is_empty());
    assert!(editor.leave().success());
}

#[test]
fn findings_follow_the_typing() {
    let mut editor = Editor::ready();
    let found =
        editor.open(URI, &NET.replace("model:", "modle:").replace("dense: $classes", "dense: $clases"));
    let codes: Vec<&str> = found.iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["E0106", "E0202"]);
    assert_eq!(
        found[0]["range"],
        json!({"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 5}})
    );
    assert_eq!((&found[0]["severity"], &found[0]["source"]), (&json!(1), &json!("vggc")));
    assert!(found[0]["message"].as_str().unwrap().ends_with("help: did you mean `model`?"), "{found:#?}");
    // One key is mended by an edit of two letters, the other by one behind an emoji on its line.
    let edit = |line: u32, from: u32, to: u32, text: &str| json!({"range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}}, "text": text});
    let changes = [edit(1, 2, 5, "del"), edit(0, 8, 10, "😀ä"), edit(0, 11, 11, "!")];
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": URI, "version": 2}, "contentChanges": changes}),
    );
    let found = editor.diagnostics(URI);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["range"]["start"], json!({"line": 9, "character": 11}));
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": URI, "version": 3}, "contentChanges": [{"text": NET}]}),
    );
    assert!(editor.diagnostics(URI).is_empty());
    assert!(editor.leave().success());
}

#[test]
fn other_places_are_related() {
    let mut editor = Editor::ready();
    let text = NET.replace("[16, 16]", "[{filters: 16, kernel: 99, padding: valid}]");
    let found = editor.open(URI, &text);
    let related = found[0]["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|one| one["location"]["range"]["start"]["line"] == 3), "{found:#?}");
    assert_eq!(related[0]["location"]["uri"], URI);
    assert!(editor.leave().success());
}

#[test]
fn layers_and_words_are_explained() {
    let mut editor = Editor::ready();
    let ask = |editor: &mut Editor, text: &str| {
        let (text, position) = cursor(text);
        editor.open(URI, &text);
        let hover = editor.ask("textDocument/hover", at(URI, position));
        hover["contents"]["value"].as_str().unwrap_or_default().to_owned()
    };
    let text = ask(&mut editor, &NET.replace("[16, 16]", "[16, 1|6]"));
    insta::assert_snapshot!("layer", text);
    let text = ask(&mut editor, &NET.replace("name: last", "na|me: last"));
    insta::assert_snapshot!("block", text);
    assert_eq!(ask(&mut editor, &NET.replace("# A", "# |A")), "");
    let dsl = "file:///nowhere/net.vgg";
    let (text, position) = cursor(
        "// 😀\r\nmodel A {\r\n  input 3 x 8 x 8; /|/ 😀\r\n  block { conv 8; }\r\n  head { gap; dense 2; }\r\n}\r\n",
    );
    editor.open(dsl, &text);
    assert_eq!(editor.ask("textDocument/hover", at(dsl, position)), Value::Null);
    let hover = editor.ask("textDocument/hover", at(dsl, json!({"line": 3, "character": 12})));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(text.contains("`block1_conv1` 3x3 convolution | 8x8x8"), "{text}");
    assert!(editor.leave().success());
}

#[test]
fn shapes_stand_behind_blocks() {
    let mut editor = Editor::ready();
    editor.open(URI, NET);
    let whole = json!({"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}});
    let hints = editor.ask("textDocument/inlayHint", json!({"textDocument": {"uri": URI}, "range": whole}));
    let shown: Vec<String> = hints
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| {
            let place = &hint["position"];
            format!("{}:{} {}", place["line"], place["character"], hint["label"].as_str().unwrap())
        })
        .collect();
    assert_eq!(shown, ["5:18 → 16x16x16", "6:50 → 32x8x8", "8:7 → 32", "9:19 → 10"]);
    let first = json!({"start": {"line": 0, "character": 0}, "end": {"line": 6, "character": 0}});
    let hints = editor.ask("textDocument/inlayHint", json!({"textDocument": {"uri": URI}, "range": first}));
    assert_eq!(hints.as_array().unwrap().len(), 1);
    assert!(editor.leave().success());
}

#[test]
fn words_are_completed() {
    let mut editor = Editor::ready();
    let (text, position) = cursor(&NET.replace("[16, 16]\n", "[16, 16]\n    activation: re|\n"));
    editor.open(URI, &text);
    let items = editor.ask("textDocument/completion", at(URI, position));
    assert!(labels(&items).contains(&"relu") && labels(&items).contains(&"leaky_relu"), "{items}");
    let relu = items.as_array().unwrap().iter().find(|item| item["label"] == "relu").unwrap();
    assert_eq!(relu["textEdit"]["newText"], "relu");
    assert_eq!(relu["textEdit"]["range"]["start"], json!({"line": 6, "character": 16}));
    let (text, position) = cursor(&NET.replace("$classes", "$|"));
    editor.open(URI, &text);
    let items = editor.ask("textDocument/completion", at(URI, position));
    assert_eq!(labels(&items)[0], "$classes");
    let dsl = "file:///nowhere/net.vgg";
    let (text, position) = cursor("model A {\n  param classes = 3;\n  head { gap; dense | }\n}\n");
    editor.open(dsl, &text);
    let items = editor.ask("textDocument/completion", at(dsl, position));
    assert_eq!(labels(&items), ["classes"]);
    assert!(editor.leave().success());
}

#[test]
fn names_lead_to_their_definition_also_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let parent = folder.path().join("pa rent.yaml");
    fs::write(&parent, NET).unwrap();
    let child = folder.path().join("child.yaml");
    let mut editor = Editor::ready();
    let (text, position) =
        cursor("model: B\nextends: pa rent.ya|ml\nhead: [gap, {dense: $classes}, softmax]\n");
    assert!(editor.open(&uri(&child), &text).is_empty(), "it is not saved, and is known all the same");
    let found = editor.ask("textDocument/definition", at(&uri(&child), position));
    assert_eq!(found["uri"], uri(&parent).replace(' ', "%20"));
    // On the name, behind it, and on the `$`, which a block cursor is in front of.
    for character in [24, 28, 20] {
        let place = json!({"line": 2, "character": character});
        let found = editor.ask("textDocument/definition", at(&uri(&child), place));
        assert_eq!(found["range"]["start"], json!({"line": 2, "character": 9}));
    }
    // The file on the disk gets an error; the text that extends it learns of it when it is saved.
    fs::write(&parent, NET.replace("conv: [16", "conv: [0")).unwrap();
    editor.tell("textDocument/didSave", document(&uri(&parent)));
    let found = editor.diagnostics(&uri(&child));
    assert_eq!(
        (&found[0]["code"], &found[0]["range"]["start"]["line"]),
        (&json!("E0205"), &json!(1)),
        "{found:#?}"
    );
    let related = &found[0]["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], uri(&parent).replace(' ', "%20"));
    assert_eq!(related["range"]["start"], json!({"line": 5, "character": 11}));
    assert!(editor.leave().success());
}

#[test]
fn texts_are_formatted_by_small_edits() {
    let net = NET.replace("[{filters: 32, repeat: 2}]", "[32, 32]");
    let mut editor = Editor::ready();
    let options = json!({"textDocument": {"uri": URI}, "options": {"tabSize": 2, "insertSpaces": true}});
    editor.open(URI, &net);
    assert_eq!(editor.ask("textDocument/formatting", options.clone()), json!([]));
    editor.open(URI, &net.replace("conv: [16, 16]", "conv:   [ 16,16 ]"));
    let edits = editor.ask("textDocument/formatting", options.clone());
    assert_eq!(edits[0]["newText"], "  - conv: [16, 16]\n");
    assert_eq!(
        edits[0]["range"],
        json!({"start": {"line": 5, "character": 0}, "end": {"line": 6, "character": 0}})
    );
    editor.open(URI, "model: [");
    assert_eq!(editor.ask("textDocument/formatting", options), json!([]));
    assert!(editor.leave().success());
}

#[test]
fn findings_are_mended_one_by_one_or_all_at_once() {
    let mut editor = Editor::ready();
    let found = editor.open(URI, &NET.replace("model:", "modle:").replace("gap", "gab"));
    assert_eq!(found.len(), 2, "{found:#?}");
    let ask = |editor: &mut Editor, context: Value| {
        let range = json!({"start": {"line": 1, "character": 1}, "end": {"line": 1, "character": 1}});
        let params = json!({"textDocument": {"uri": URI}, "range": range, "context": context});
        editor.ask("textDocument/codeAction", params)
    };
    let actions = ask(&mut editor, json!({"diagnostics": []}));
    let titles: Vec<&str> =
        actions.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Replace `modle` by `model`", "Mend all that can be mended without doubt"]);
    assert_eq!(actions[0]["edit"]["changes"][URI][0]["newText"], "model");
    let all = ask(&mut editor, json!({"diagnostics": [], "only": ["source"]}));
    assert_eq!(all.as_array().unwrap().len(), 1, "{all}");
    let text = all[0]["edit"]["changes"][URI][0]["newText"].as_str().unwrap();
    assert!(text.starts_with("model: A\n") && text.ends_with("- gap\n"), "{text}");
    assert!(editor.leave().success());
}

#[test]
fn what_is_written_for_other_programs_is_left_alone() {
    let mut editor = Editor::ready();
    let text = "services:\n  web:\n    image: nginx\n";
    assert!(editor.open("file:///nowhere/compose.yaml", text).is_empty());
    let start = json!({"line": 3, "character": 0});
    let items = editor.ask("textDocument/completion", at("file:///nowhere/compose.yaml", start));
    assert_eq!(items, json!([]));
    // A new file may become a spec.
    editor.open(URI, "# new\n");
    let items = editor.ask("textDocument/completion", at(URI, json!({"line": 1, "character": 0})));
    assert!(labels(&items).contains(&"model"), "{items}");
    assert!(editor.leave().success());
}

#[test]
fn wrong_requests_are_answered_and_survived() {
    let mut editor = Editor::start();
    assert_eq!(
        editor.answer("textDocument/hover", at(URI, json!({"line": 0, "character": 0})))["error"]["code"],
        -32002
    );
    editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
    editor.tell("initialized", json!({}));
    assert_eq!(editor.answer("initialize", json!({"capabilities": {}}))["error"]["code"], -32600);
    assert_eq!(editor.answer("textDocument/rename", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.answer("textDocument/hover", json!({"position": "here"}))["error"]["code"], -32602);
    // Of what is not open there is nothing to say; what is no spec is left aside.
    assert_eq!(editor.ask("textDocument/hover", at(URI, json!({"line": 0, "character": 0}))), Value::Null);
    editor.tell("textDocument/didOpen", json!({"textDocument": {"uri": "file:///a.txt", "languageId": "plaintext", "version": 1, "text": "x"}}));
    editor.tell("textDocument/didOpen", json!("nonsense"));
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": URI, "version": 2}, "contentChanges": []}),
    );
    editor.tell("$/setTrace", json!({"value": "off"}));
    // Places far outside of a text that is hardly one.
    assert!(!editor.open(URI, "model: [\r\n😀: {{{").is_empty());
    let far = json!({"line": 4_000_000, "character": 4_000_000});
    editor.ask("textDocument/hover", at(URI, far.clone()));
    editor.ask("textDocument/completion", at(URI, far.clone()));
    let change = json!({"range": {"start": far, "end": {"line": 0, "character": 3}}, "text": "ä"});
    editor.tell(
        "textDocument/didChange",
        json!({"textDocument": {"uri": URI, "version": 2}, "contentChanges": [change]}),
    );
    editor.diagnostics(URI);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.answer("textDocument/hover", Value::Null)["error"]["code"], -32600);
    editor.tell("exit", Value::Null);
    assert!(editor.gone().0.success());
}

#[test]
fn an_editor_that_leaves_without_a_word_is_noticed() {
    let (status, said) = Editor::ready().gone();
    assert_eq!((status.code(), said.as_str()), (Some(1), ""));
    let mut editor = Editor::ready();
    editor.tell("exit", Value::Null);
    assert_eq!(editor.gone().0.code(), Some(1));
    let mut editor = Editor::ready();
    editor.say("this is no message");
    let (status, said) = editor.gone();
    assert!(status.code() == Some(2) && said.contains("the editor sent what is no message"), "{said}");
}
