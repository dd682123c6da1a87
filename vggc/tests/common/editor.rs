//! An editor that talks to the language server over its standard input and output.

use super::vggc;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};

pub(crate) struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// What came while something else was waited for.
    told: VecDeque<Value>,
    requests: i64,
}

impl Editor {
    /// A server that has not been told anything.
    pub(crate) fn start() -> Editor {
        let mut command = vggc(&["lsp", "--stdio"]);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap());
        Editor { child, input, output, told: VecDeque::new(), requests: 0 }
    }

    /// A server that is ready.
    pub(crate) fn ready() -> Editor {
        let mut editor = Editor::start();
        editor.ask("initialize", json!({"processId": null, "rootUri": null, "capabilities": {}}));
        editor.tell("initialized", json!({}));
        editor
    }

    pub(crate) fn say(&mut self, text: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.say(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// The whole answer, be it a result or an error.
    pub(crate) fn answer(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        loop {
            let message = self.hear().expect("an answer");
            if message["id"] == id {
                return message;
            }
            self.told.push_back(message);
        }
    }

    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.answer(method, params);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["result"].clone()
    }

    /// Opens a text and gives what is said about it.
    pub(crate) fn open(&mut self, uri: &str, text: &str) -> Vec<Value> {
        let language = if uri.ends_with("vgg") { "vgg" } else { "yaml" };
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
        self.diagnostics(uri)
    }

    /// The diagnostics that come next for a text.
    pub(crate) fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        loop {
            let message = self.told.pop_front().or_else(|| self.hear()).expect("diagnostics");
            if message["params"]["uri"] == uri {
                assert_eq!(message["method"], "textDocument/publishDiagnostics");
                return message["params"]["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    /// The next message; `None` if the server has left.
    fn hear(&mut self) -> Option<Value> {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            match line.trim_end().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().unwrap(),
                None if line == "\r\n" => break,
                None => {}
            }
        }
        let mut text = vec![0; length];
        self.output.read_exact(&mut text).unwrap();
        Some(serde_json::from_slice(&text).unwrap())
    }

    /// Says goodbye as it should be said.
    pub(crate) fn leave(mut self) -> ExitStatus {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.gone().0
    }

    /// Waits for the end of the server, to which nothing more is said.
    pub(crate) fn gone(mut self) -> (ExitStatus, String) {
        drop(self.input.take());
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(!said.contains("panicked"), "{said}");
        (status, said)
    }
}

/// The place of a `|` in a text, and the text without it.
pub(crate) fn cursor(text: &str) -> (String, Value) {
    let (before, after) = text.split_once('|').expect("a cursor");
    let line = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap();
    (format!("{before}{after}"), json!({"line": line, "character": last.encode_utf16().count()}))
}
