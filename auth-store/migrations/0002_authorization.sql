-- What an authorization server keeps. The rules of 0001 hold. Secrets are their digests.
-- Everything that can die is found by an index of when it does; a grant takes its codes and tokens along.

CREATE TABLE auth_grant (
    id TEXT NOT NULL PRIMARY KEY,
    subject TEXT NOT NULL,
    client_id TEXT NOT NULL,
    session_id TEXT,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    authentication TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- The one thing that a revocation changes.
    revoked_at INTEGER,
    revoked_why TEXT
) STRICT;
CREATE INDEX auth_grant_by_subject ON auth_grant (subject, client_id);
CREATE INDEX auth_grant_by_client ON auth_grant (client_id);
CREATE INDEX auth_grant_by_session ON auth_grant (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX auth_grant_by_end ON auth_grant (expires_at);

CREATE TABLE auth_code (
    digest BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES auth_grant (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge BLOB NOT NULL,
    nonce TEXT,
    jkt TEXT,
    expires_at INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    redeemed_at INTEGER
) STRICT;
CREATE INDEX auth_code_by_grant ON auth_code (grant_id);
CREATE INDEX auth_code_by_end ON auth_code (expires_at) WHERE redeemed_at IS NULL;
CREATE INDEX auth_code_redeemed_by_end ON auth_code (kept_until) WHERE redeemed_at IS NOT NULL;

-- Spent ones stay as long as their grant: who uses one again is noticed.
CREATE TABLE auth_refresh_token (
    digest BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT NOT NULL REFERENCES auth_grant (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    jkt TEXT,
    expires_at INTEGER NOT NULL,
    spent_at INTEGER,
    sealed_successor BLOB,
    UNIQUE (grant_id, number)
) STRICT;

CREATE TABLE auth_opaque_token (
    digest BLOB NOT NULL PRIMARY KEY,
    grant_id TEXT REFERENCES auth_grant (id) ON DELETE CASCADE,
    resource TEXT NOT NULL,
    claims TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_opaque_token_by_grant ON auth_opaque_token (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX auth_opaque_token_by_end ON auth_opaque_token (expires_at);

CREATE TABLE auth_consent (
    subject TEXT NOT NULL,
    client_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    scopes TEXT NOT NULL,
    metadata_digest BLOB NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (subject, client_id, resource)
) STRICT;
CREATE INDEX auth_consent_by_client ON auth_consent (client_id);

CREATE TABLE auth_client (
    client_id TEXT NOT NULL PRIMARY KEY,
    metadata TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    last_used_at INTEGER,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_client_by_end ON auth_client (expires_at);

CREATE TABLE auth_signing_key (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    publish_at INTEGER NOT NULL,
    sign_at INTEGER NOT NULL,
    public_jwk TEXT NOT NULL,
    sealed_with TEXT NOT NULL,
    sealed_private_key BLOB NOT NULL
) STRICT;

CREATE TABLE auth_device (
    device_code BLOB NOT NULL PRIMARY KEY,
    user_code BLOB NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    scopes TEXT NOT NULL,
    resources TEXT NOT NULL,
    jkt TEXT,
    expires_at INTEGER NOT NULL,
    poll_interval INTEGER NOT NULL,
    polled_at INTEGER,
    decision TEXT,
    grant_id TEXT REFERENCES auth_grant (id) ON DELETE CASCADE
) STRICT;
CREATE INDEX auth_device_by_grant ON auth_device (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX auth_device_by_end ON auth_device (expires_at);

-- What was revoked, for those who verify tokens. Removed when no token can need it any more.
CREATE TABLE auth_revocation (
    position INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_revocation_by_end ON auth_revocation (expires_at);
CREATE INDEX auth_revocation_of_token ON auth_revocation (subject) WHERE kind = 'token';

-- One row: the last position that was given out. Who gives out the next one holds it until it is visible.
CREATE TABLE auth_revocation_feed (
    position INTEGER NOT NULL
) STRICT;
INSERT INTO auth_revocation_feed (position) VALUES (0);
