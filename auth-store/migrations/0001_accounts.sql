-- Written for SQLite. For PostgreSQL the words of the types are exchanged and STRICT is left out, so
-- use no others than INTEGER (seconds since 1970, counters), TEXT and BLOB, and no defaults.
-- A time that does not apply is NULL; lists are JSON.

CREATE TABLE auth_account (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    login TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL,
    -- User name and login in lower case, for searches.
    names_folded TEXT NOT NULL,
    email TEXT,
    email_folded TEXT,
    email_verified_at INTEGER,
    status TEXT NOT NULL,
    password TEXT,
    password_at INTEGER,
    epoch INTEGER NOT NULL,
    -- Counted up to lock the row while what belongs to the account is replaced as a whole.
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_account_by_email ON auth_account (email_folded);

CREATE TABLE auth_assignment (
    account TEXT NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    origin TEXT NOT NULL,
    granted_by TEXT,
    reason TEXT NOT NULL,
    granted_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (account, kind, name, origin)
) STRICT;
CREATE INDEX auth_assignment_by_name ON auth_assignment (kind, name, account);

CREATE TABLE auth_factor (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed_by TEXT NOT NULL,
    sealed BLOB NOT NULL,
    last_step INTEGER,
    credential_id BLOB UNIQUE,
    sign_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT;
CREATE INDEX auth_factor_by_account ON auth_factor (account);

CREATE TABLE auth_recovery_code (
    account TEXT NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    PRIMARY KEY (account, digest)
) STRICT;

CREATE TABLE auth_session (
    digest BLOB NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    factors TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    idle_seconds INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    -- The earlier of both ends, so that one index finds what is over.
    over_at INTEGER NOT NULL,
    device TEXT NOT NULL
) STRICT;
CREATE INDEX auth_session_by_account ON auth_session (account);
CREATE INDEX auth_session_by_end ON auth_session (over_at);

CREATE TABLE auth_session_data (
    session TEXT NOT NULL REFERENCES auth_session (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (session, name)
) STRICT;

CREATE TABLE auth_api_key (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES auth_account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    ring_key TEXT NOT NULL,
    digest BLOB NOT NULL,
    previous_digest BLOB,
    previous_until INTEGER,
    scopes TEXT NOT NULL,
    roles TEXT NOT NULL,
    networks TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX auth_api_key_by_owner ON auth_api_key (owner);

CREATE TABLE auth_one_time (
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,
    account TEXT,
    value BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, digest)
) STRICT;
CREATE INDEX auth_one_time_by_account ON auth_one_time (account, kind);
CREATE INDEX auth_one_time_by_end ON auth_one_time (expires_at);

CREATE TABLE auth_attempt (
    digest BLOB NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL,
    begins_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;
CREATE INDEX auth_attempt_by_end ON auth_attempt (ends_at);

-- One row: which numbering the positions of auth_change belong to.
CREATE TABLE auth_feed (
    generation INTEGER NOT NULL
) STRICT;

CREATE TABLE auth_change (
    position INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL
) STRICT;

CREATE TABLE auth_audit (
    position INTEGER NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT,
    account TEXT,
    event TEXT NOT NULL,
    outcome TEXT NOT NULL,
    request_id TEXT,
    source TEXT,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX auth_audit_by_account ON auth_audit (account, position);
