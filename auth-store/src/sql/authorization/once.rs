//! Codes and refresh tokens, which can be used once.
//!
//! The first use, by far the most frequent one, is a single message to the database: it marks the secret as used and
//! stores the issued tokens, or changes nothing and returns no row. If it returns no row, the steps of [`codes`] and
//! [`refresh_tokens`] find out why, and do what follows.
//!
//! Where rows are locked, the message is one statement, which needs no transaction around it. All of its parts see
//! the tables as they were when it began. It is still correct when other transactions commit meanwhile:
//!
//! - It locks the grant before it changes anything, as every step does that decides about a grant. If it waits for
//!   a revocation, the database reads the grant again after that has committed, and the condition that the grant is
//!   live does not hold any more.
//! - If it waits for another use of the same secret, that has locked the grant without changing it, but has changed
//!   the secret. The database finds a newer version of that row, reads it again, and the condition that the secret is
//!   unused does not hold.
//! - The issued tokens are inserted from the changed row: without a changed row, no token is inserted.
//!
//! In a database with one writer at a time it is several statements in a transaction. Each sees what the one before
//! has changed: the secret is marked as used last.
//!
//! [`codes`]: super::codes
//! [`refresh_tokens`]: super::refresh_tokens

use auth_accounts::secret::Digest;

use super::super::dialect::Dialect;
use super::super::statement::Statement;
use super::Locking;
use crate::authorization::{CodeRedemption, GrantId, OpaqueToken, RefreshToken, Rotation};

/// The tokens that are issued, if they are given, for the grant of this row.
macro_rules! insert_tokens {
    (refresh, $from:expr) => {
        concat!(
            "INSERT INTO auth_refresh_token (digest, grant_id, number, jkt, expires_at)
                SELECT $4 AS digest, grant_id, $5 AS number, $6 AS jkt, $7 AS expires_at FROM ",
            $from,
            " WHERE $4 IS NOT NULL"
        )
    };
    (access, $from:expr) => {
        concat!(
            "INSERT INTO auth_opaque_token (digest, grant_id, resource, claims, expires_at)
                SELECT $9 AS digest, grant_id, $10 AS resource, $11 AS claims, $12 AS expires_at FROM ",
            $from,
            " WHERE $9 IS NOT NULL"
        )
    };
}

/// Whether a grant is live, and the tokens are its own.
macro_rules! is_live {
    () => {
        "g.revoked_at IS NULL AND g.expires_at > $2
            AND ($4 IS NULL OR $3 = g.id) AND ($9 IS NULL OR $8 = g.id)"
    };
}

/// The secret and its grant, if both are valid: for databases with one writer at a time.
macro_rules! live {
    ($table:literal, $is_good:literal) => {
        concat!(
            "(SELECT t.digest, t.grant_id FROM ",
            $table,
            " t JOIN auth_grant g ON g.id = t.grant_id WHERE t.digest = $1 AND ",
            $is_good,
            " AND ",
            is_live!(),
            ") AS live"
        )
    };
}

/// Marks a secret of this table as used, if its row (`t`) is valid and its grant is live.
macro_rules! use_up {
    ($table:literal, set $set:literal, where $is_good:literal) => {
        Locking {
            plain: concat!(
                insert_tokens!(access, live!($table, $is_good)),
                "; ",
                insert_tokens!(refresh, live!($table, $is_good)),
                "; UPDATE ",
                $table,
                " SET ",
                $set,
                " WHERE digest = (SELECT digest FROM ",
                live!($table, $is_good),
                ") RETURNING grant_id"
            ),
            for_update: concat!(
                "WITH live AS (SELECT g.id FROM auth_grant g WHERE g.id = (SELECT grant_id FROM ",
                $table,
                " WHERE digest = $1) AND ",
                is_live!(),
                " FOR UPDATE),
                used AS (UPDATE ",
                $table,
                " t SET ",
                $set,
                " FROM live WHERE t.digest = $1 AND t.grant_id = live.id AND ",
                $is_good,
                " RETURNING t.grant_id),
                refresh AS (",
                insert_tokens!(refresh, "used"),
                "),
                access AS (",
                insert_tokens!(access, "used"),
                ") SELECT grant_id FROM used"
            ),
        }
    };
}

/// Uses up a code.
pub(in crate::sql) const CODE: Locking = use_up!(
    "auth_code",
    set "redeemed_at = $2",
    where "t.redeemed_at IS NULL AND t.expires_at > $2"
);

/// Uses up a refresh token, of which the other one is the next of its chain.
pub(in crate::sql) const REFRESH_TOKEN: Locking = use_up!(
    "auth_refresh_token",
    set "spent_at = $2, sealed_successor = $13",
    where "t.spent_at IS NULL AND t.expires_at > $2 AND t.number = $5 - 1"
);

pub(super) fn redeem<D: Dialect>(redemption: &CodeRedemption) -> Statement {
    let CodeRedemption { code, refresh_token, access_token, now } = redemption;
    values(CODE.statement::<D>(), code, *now, refresh_token.as_ref(), access_token.as_ref())
}

pub(super) fn rotate<D: Dialect>(rotation: &Rotation) -> Statement {
    let (successor, access_token) = (Some(&rotation.successor), rotation.access_token.as_ref());
    let statement = REFRESH_TOKEN.statement::<D>();
    values(statement, &rotation.presented, rotation.now, successor, access_token)
        .bytes(&rotation.sealed_successor)
}

fn values(
    statement: Statement,
    secret: &Digest,
    now: u64,
    refresh_token: Option<&RefreshToken>,
    access_token: Option<&OpaqueToken>,
) -> Statement {
    let access_grant = access_token.and_then(|it| it.grant.as_ref());
    statement
        .digest(secret)
        .now(now)
        .text_or_null(refresh_token.map(|it| it.grant.as_str()))
        .short_bytes_or_null(refresh_token.map(|it| it.digest.as_bytes().as_slice()))
        .number_or_null(refresh_token.map(|it| it.number))
        .long_text_or_null(refresh_token.and_then(|it| it.jkt.as_deref()))
        .number_or_null(refresh_token.map(|it| it.expires_at))
        .text_or_null(access_grant.map(GrantId::as_str))
        .short_bytes_or_null(access_token.map(|it| it.digest.as_bytes().as_slice()))
        .long_text_or_null(access_token.map(|it| it.resource.as_str()))
        .long_text_or_null(access_token.map(|it| it.claims.as_str()))
        .number_or_null(access_token.map(|it| it.expires_at))
}
