//! The conversation with the editor: what it says, and what it is answered.

use super::documents::{Document, Documents};
use super::{actions, completion, definition, diagnostics, formatting, hints, hover};
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProvider, CodeActionResponse,
    CompletionOptions, CompletionParams, DefinitionParams, DefinitionProvider, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DocumentFormattingParams,
    DocumentFormattingProvider, ErrorCodes, HoverParams, HoverProvider, InitializeResult, InlayHintParams,
    InlayHintProvider, PositionEncodingKind, PublishDiagnosticsParams, Save, ServerCapabilities, ServerInfo,
    TextDocumentSync, TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use lsp_server::{Connection, Message, Notification, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As it should.
    Well,
    /// The editor left without a word, or said what is no message.
    Hasty,
    /// The editor listens no more.
    Deaf,
}

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Waiting,
    Serving,
    ShutDown,
}

/// A conversation with one editor.
pub(super) struct Server {
    connection: Connection,
    documents: Documents,
    stage: Stage,
}

/// The editor listens no more.
struct Deaf;

/// An error to be answered.
struct Refusal {
    code: ErrorCodes,
    message: String,
}

impl Server {
    pub(super) fn new(connection: Connection) -> Server {
        Server { connection, documents: Documents::default(), stage: Stage::Waiting }
    }

    /// Answers until the editor leaves.
    pub(super) fn run(mut self) -> End {
        while let Ok(message) = self.connection.receiver.recv() {
            let said = match message {
                Message::Request(request) => self.answer(request),
                Message::Notification(notification) if notification.method == "exit" => {
                    return if self.stage == Stage::ShutDown { End::Well } else { End::Hasty };
                }
                Message::Notification(notification) if self.stage == Stage::Serving => {
                    self.hear(notification)
                }
                // Nothing is asked of the editor, so there is nothing to be answered.
                Message::Notification(_) | Message::Response(_) => Ok(()),
            };
            if let Err(Deaf) = said {
                return End::Deaf;
            }
        }
        End::Hasty
    }

    fn send(&self, message: impl Into<Message>) -> Result<(), Deaf> {
        self.connection.sender.send(message.into()).map_err(|_| Deaf)
    }

    fn answer(&mut self, request: Request) -> Result<(), Deaf> {
        let Request { id, method, params } = request;
        let result = match (self.stage, method.as_str()) {
            (Stage::Waiting, "initialize") => {
                self.stage = Stage::Serving;
                result(initialize())
            }
            (Stage::Waiting, _) => {
                refuse(ErrorCodes::ServerNotInitialized, "the first request is `initialize`")
            }
            (Stage::ShutDown, _) => refuse(ErrorCodes::InvalidRequest, "the server has been shut down"),
            (Stage::Serving, "initialize") => {
                refuse(ErrorCodes::InvalidRequest, "has been initialized already")
            }
            (Stage::Serving, "shutdown") => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (Stage::Serving, method) => self.serve(method, params),
        };
        self.send(match result {
            Ok(result) => Response::new_ok(id, result),
            Err(Refusal { code, message }) => Response::new_err(id, i32::from(code), message),
        })
    }

    /// What is asked about a text. Of one that is not open, or is no spec, there is nothing to say.
    fn serve(&self, method: &str, params: Value) -> Result<Value, Refusal> {
        match method {
            "textDocument/hover" => {
                let at = read::<HoverParams>(params)?.text_document_position_params;
                result(
                    self.get(&at.text_document.uri).and_then(|document| hover::hover(document, at.position)),
                )
            }
            "textDocument/completion" => {
                let at = read::<CompletionParams>(params)?.text_document_position_params;
                result(
                    self.get(&at.text_document.uri).map(|document| completion::items(document, at.position)),
                )
            }
            "textDocument/definition" => {
                let at = read::<DefinitionParams>(params)?.text_document_position_params;
                let document = self.get(&at.text_document.uri);
                result(document.and_then(|document| definition::location(document, at.position)))
            }
            "textDocument/inlayHint" => {
                let asked = read::<InlayHintParams>(params)?;
                result(self.get(&asked.text_document.uri).map(|document| hints::hints(document, asked.range)))
            }
            "textDocument/formatting" => {
                let asked = read::<DocumentFormattingParams>(params)?;
                result(self.get(&asked.text_document.uri).map(formatting::edits))
            }
            "textDocument/codeAction" => {
                let asked = read::<CodeActionParams>(params)?;
                let actions =
                    self.get(&asked.text_document.uri).map(|document| actions::actions(document, &asked));
                result(
                    actions
                        .map(|all| all.into_iter().map(CodeActionResponse::CodeAction).collect::<Vec<_>>()),
                )
            }
            other => refuse(ErrorCodes::MethodNotFound, &format!("`{other}` is not served")),
        }
    }

    fn get(&self, uri: &Uri) -> Option<&Document> {
        self.documents.get(uri)
    }

    /// What the editor tells. What cannot be read is left aside: there is no answer to a notification.
    fn hear(&mut self, notification: Notification) -> Result<(), Deaf> {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => {
                let Ok(DidOpenTextDocumentParams { text_document: told }) = read(params) else {
                    return Ok(());
                };
                match Document::new(told.uri, &told.language_id, told.version, told.text) {
                    Some(document) => {
                        let published = diagnostics::published(self.documents.open(document));
                        self.publish(published)
                    }
                    None => Ok(()),
                }
            }
            "textDocument/didChange" => {
                let Ok(told) = read::<DidChangeTextDocumentParams>(params) else { return Ok(()) };
                let uri = told.text_document.text_document_identifier.uri;
                let Some(document) = self.documents.get_mut(&uri) else { return Ok(()) };
                document.change(told.text_document.version, told.content_changes);
                let published = diagnostics::published(document);
                self.publish(published)
            }
            "textDocument/didClose" => {
                let Ok(told) = read::<DidCloseTextDocumentParams>(params) else { return Ok(()) };
                match self.documents.close(&told.text_document.uri) {
                    Some(document) => {
                        let (uri, diagnostics) = (document.uri, Vec::new());
                        self.publish(PublishDiagnosticsParams { uri, version: None, diagnostics })
                    }
                    None => Ok(()),
                }
            }
            // A file on the disk is another one now, and specs may extend it.
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.check_all(),
            _ => Ok(()),
        }
    }

    fn check_all(&mut self) -> Result<(), Deaf> {
        let published: Vec<PublishDiagnosticsParams> = self
            .documents
            .iter_mut()
            .map(|document| {
                document.check();
                diagnostics::published(document)
            })
            .collect();
        published.into_iter().try_for_each(|one| self.publish(one))
    }

    fn publish(&self, diagnostics: PublishDiagnosticsParams) -> Result<(), Deaf> {
        self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), diagnostics))
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params)
        .map_err(|error| Refusal { code: ErrorCodes::InvalidParams, message: error.to_string() })
}

fn result(value: impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value)
        .map_err(|error| Refusal { code: ErrorCodes::InternalError, message: error.to_string() })
}

fn refuse(code: ErrorCodes, message: &str) -> Result<Value, Refusal> {
    Err(Refusal { code, message: message.to_owned() })
}

/// What this server can do.
fn initialize() -> InitializeResult {
    let completion = CompletionOptions {
        trigger_characters: Some(["$", ":", "[", "{"].map(str::to_owned).to_vec()),
        ..CompletionOptions::default()
    };
    let actions = CodeActionOptions {
        code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::SourceFixAll]),
        ..CodeActionOptions::default()
    };
    let sync = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::Incremental),
        save: Some(Save::Bool(true)),
        ..TextDocumentSyncOptions::default()
    };
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(PositionEncodingKind::UTF16),
            text_document_sync: Some(TextDocumentSync::Options(sync)),
            completion_provider: Some(completion),
            hover_provider: Some(HoverProvider::Bool(true)),
            definition_provider: Some(DefinitionProvider::Bool(true)),
            document_formatting_provider: Some(DocumentFormattingProvider::Bool(true)),
            inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
            code_action_provider: Some(CodeActionProvider::CodeActionOptions(actions)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "vggc".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}
