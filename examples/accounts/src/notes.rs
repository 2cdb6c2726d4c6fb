//! Notes: who may read, write and throw them away.

use std::fmt::Write as _;

use auth_accounts::Accounts;
use auth_core::{Identity, Router, check, requires, routing};
use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::broadcast;

use crate::access::Permission;
use crate::error::ApiError;
use crate::store::{Note, Notes};

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct App {
    pub accounts: Accounts,
    pub notes: Notes,
    /// Every note that is written, for the connections that show new notes.
    pub written: broadcast::Sender<Note>,
}

pub fn routes() -> Router<App> {
    Router::new()
        .route("/notes", routing::get(list).post(write))
        .route("/notes/{id}", routing::delete(throw_away))
        .route("/report", routing::get(report))
        .route("/feed", routing::get(feed))
}

/// My notes.
#[requires(method = Session | ApiKey, permission = NotesRead)]
async fn list(caller: Identity, State(app): State<App>) -> Result<Json<Vec<Note>>, ApiError> {
    Ok(Json(app.notes.of(caller.subject()).await?))
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

/// One more note.
#[requires(method = Session | ApiKey, permission = NotesWrite)]
async fn write(
    caller: Identity,
    State(app): State<App>,
    Json(new): Json<NewNote>,
) -> Result<(StatusCode, Json<Note>), ApiError> {
    let text = new.text.trim();
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(ApiError::NoText);
    }
    let note = app.notes.add(caller.subject(), text).await?;
    // Without receivers there is nothing to send.
    let _ = app.written.send(note.clone());
    Ok((StatusCode::CREATED, Json(note)))
}

/// Throws a note away for good: with a second factor only.
#[requires(method = Session, mfa, permission = NotesWrite, check = owns_note)]
async fn throw_away(
    caller: Identity,
    Path(id): Path<i64>,
    State(app): State<App>,
) -> Result<StatusCode, ApiError> {
    if app.notes.remove(caller.subject(), id).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NoSuchNote)
    }
}

/// A note that does not exist is no one's: strangers learn nothing about numbers.
#[check("the note is the caller's own")]
async fn owns_note(
    caller: &Identity,
    Path(id): Path<i64>,
    State(app): State<App>,
) -> Result<bool, ApiError> {
    Ok(app.notes.owner(id).await?.as_deref() == Some(caller.subject()))
}

/// My notes as text, for programs that only know a name and a password.
#[requires(method = Basic, permission = NotesRead)]
async fn report(caller: Identity, State(app): State<App>) -> Result<String, ApiError> {
    let notes = app.notes.of(caller.subject()).await?;
    let mut text = format!("{} notes\n", notes.len());
    for note in notes {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}\t{}", note.id, note.text.replace(['\n', '\t'], " "));
    }
    Ok(text)
}

/// My notes as they are written, as long as I am signed in.
#[requires(method = Session, permission = NotesRead)]
async fn feed(caller: Identity, State(app): State<App>, socket: WebSocketUpgrade) -> Response {
    let written = app.written.subscribe();
    let ended = app.accounts.session_ended(&caller);
    socket.on_upgrade(async move |socket| {
        tokio::select! {
            () = ended => {}
            () = tell(socket, written, caller.subject().to_owned()) => {}
        }
    })
}

async fn tell(mut socket: WebSocket, mut written: broadcast::Receiver<Note>, owner: String) {
    loop {
        tokio::select! {
            note = written.recv() => {
                let note = match note {
                    Ok(note) => note,
                    Err(broadcast::error::RecvError::Lagged(_)) => continue,
                    Err(broadcast::error::RecvError::Closed) => return,
                };
                let Ok(text) = serde_json::to_string(&note) else { return };
                if note.owner == owner && socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            message = socket.recv() => {
                if !matches!(message, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}
