//! What the program says when it is ready.

use auth_accounts::secret::SecretText;
use serde_json::json;

/// One line for programs.
pub fn json(listen: std::net::SocketAddr, bootstrap: Option<&SecretText>) -> String {
    let token = bootstrap.map(SecretText::expose);
    let line = json!({ "ready": true, "listen": listen.to_string(), "bootstrap_token": token });
    format!("{line}\n")
}

/// The lines for people.
pub fn text(origin: &str, bootstrap: Option<&SecretText>, is_seeded: bool) -> String {
    let (name, sign_up) = if is_seeded {
        ("alice", String::new())
    } else {
        let line = format!(
            "# Sign up\ncurl -s {origin}/account/sign-up --json '{{\"username\":\"alice\",\"password\":\"correct horse battery staple\"}}'\n\n"
        );
        ("alice", line)
    };
    let bootstrap = bootstrap.map_or_else(String::new, |token| {
        format!(
            "# Become the first administrator: sign in, then give this token, once\ncurl -s {origin}/account/admin/bootstrap -H \"authorization: Bearer $TOKEN\" --json '{{\"token\":\"{}\"}}'\n\n",
            token.expose()
        )
    });
    format!(
        "Notes are at {origin}\n\n\
         {sign_up}\
         # Sign in: the answer has a bearer token\n\
         TOKEN=$(curl -s {origin}/account/sign-in --json '{{\"username\":\"{name}\",\"password\":\"correct horse battery staple\",\"token\":true}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\n\
         # Write a note, and read them\n\
         curl -s {origin}/notes -H \"authorization: Bearer $TOKEN\" --json '{{\"text\":\"hello\"}}'\n\
         curl -s {origin}/notes -H \"authorization: Bearer $TOKEN\"\n\n\
         # Make an API key, and use it\n\
         curl -s {origin}/account/api-keys -H \"authorization: Bearer $TOKEN\" --json '{{\"name\":\"cron\",\"scopes\":[\"notes:read\"]}}'\n\n\
         # Refused: no credential, and a note that needs a second factor\n\
         curl -si {origin}/notes\n\
         curl -si -X DELETE {origin}/notes/1 -H \"authorization: Bearer $TOKEN\"\n\n\
         {bootstrap}\
         Who may call what: {origin}/access\n"
    )
}
