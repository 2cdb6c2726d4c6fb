//! The audit trail: its chain, its export, and what is never in it.

use std::sync::Arc;
use std::time::Duration;

use auth_accounts::Accounts;
use auth_accounts::audit::{Anchor, AuditFormat, ChainBreak, StoreAuditSink};
use auth_accounts::model::{AccountId, AuditEntry, AuditOutcome, AuditRecord};
use auth_accounts::secret::{Digest, KeyRing};
use auth_accounts::store::{AuditStore, StoreError, Stores};
use auth_core::audit::AuditSink as _;
use auth_core::{Authenticator, Method, Router, requires, routing::get};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use http::Request;
use tower::ServiceExt as _;

use super::desk::{ByHeader, Desk, NOW, Names, ORIGIN, Role};

/// A trail that another program can write into.
struct Forged(Vec<AuditRecord>);

#[async_trait::async_trait]
impl AuditStore for Forged {
    async fn append(&self, _entry: &AuditEntry) -> Result<(), StoreError> {
        Ok(())
    }

    async fn records(
        &self,
        after: u64,
        _account: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let later = self.0.iter().filter(|it| it.position > after);
        Ok(later.take(limit as usize).cloned().collect())
    }
}

fn over(records: Vec<AuditRecord>) -> Accounts {
    let mut stores = Stores::all_in(MemoryStore::new());
    stores.audit = Arc::new(Forged(records));
    Accounts::builder(stores).origin(ORIGIN).keys(KeyRing::ephemeral()).build().unwrap()
}

/// A trail of so many events.
fn trail(length: u64) -> Vec<AuditRecord> {
    let mut trail: Vec<AuditRecord> = Vec::new();
    for at in 0..length {
        let last = trail.last().map(|it| (it.position, it.hash));
        trail.push(AuditRecord::after(last, AuditEntry::new(at, "sign_in").with("number", at)));
    }
    trail
}

async fn broken(records: Vec<AuditRecord>) -> (u64, Option<ChainBreak>) {
    let report = over(records).verify_audit(None).await.unwrap();
    (report.intact, report.broken)
}

#[tokio::test]
async fn an_intact_chain_is_found_intact_over_all_its_pages() {
    for length in [0, 1, 499, 500, 501, 1_700] {
        let report = over(trail(length)).verify_audit(None).await.unwrap();
        assert_eq!((report.intact, report.broken, report.anchor.position), (length, None, length));
    }
}

#[tokio::test]
async fn the_first_record_that_was_changed_is_named() {
    for place in [0_usize, 7, 500, 1_199] {
        let mut records = trail(1_200);
        records[place].entry.event = "sign_out".to_owned();
        let position = place as u64 + 1;
        let expected = (position - 1, Some(ChainBreak::Changed { position }));
        assert_eq!(broken(records).await, expected);
    }
}

#[tokio::test]
async fn every_member_of_a_record_is_held_by_its_hash() {
    let changes: [fn(&mut AuditEntry); 8] = [
        |it| it.at += 1,
        |it| it.actor = Some(AccountId::random()),
        |it| it.account = Some(AccountId::random()),
        |it| it.event.push('x'),
        |it| it.outcome = AuditOutcome::Refused,
        |it| it.request_id = Some("r".to_owned()),
        |it| it.source = Some("192.0.2.1".to_owned()),
        |it| drop(it.detail.insert("number".to_owned(), 9.into())),
    ];
    for change in changes {
        let mut records = trail(3);
        change(&mut records[1].entry);
        assert_eq!(broken(records).await, (1, Some(ChainBreak::Changed { position: 2 })));
    }
}

#[tokio::test]
async fn a_record_that_is_missing_moved_or_put_in_is_named() {
    let mut missing = trail(10);
    missing.remove(4);
    assert_eq!(broken(missing).await, (4, Some(ChainBreak::Missing { position: 5 })));
    let mut first = trail(10);
    first.remove(0);
    assert_eq!(broken(first).await, (0, Some(ChainBreak::Missing { position: 1 })));
    // One that was made anew with all its hashes, but for those of the records after it.
    let mut forged = trail(10);
    let before = (forged[3].position, forged[3].hash);
    forged[4] = AuditRecord::after(Some(before), AuditEntry::new(4, "never"));
    assert_eq!(broken(forged).await, (5, Some(ChainBreak::NotLinked { position: 6 })));
}

#[tokio::test]
async fn a_trail_that_was_cut_or_made_anew_is_found_by_an_anchor_from_before() {
    let whole = trail(20);
    let anchor = over(whole.clone()).verify_audit(None).await.unwrap().anchor;
    let text = anchor.to_string();
    assert_eq!(Anchor::parse(&text), Some(anchor));
    assert_eq!(Anchor::parse("20:00"), None);
    assert_eq!(Anchor::parse(&text.replace(':', "-")), None);

    let check = async |records: Vec<AuditRecord>| {
        over(records).verify_audit(Some(anchor)).await.unwrap().broken
    };
    assert_eq!(check(whole.clone()).await, None);
    let longer = {
        let last = whole.last().map(|it| (it.position, it.hash));
        let next = AuditRecord::after(last, AuditEntry::new(9, "sign_in"));
        [whole.clone(), vec![next]].concat()
    };
    assert_eq!(check(longer).await, None);
    let gone = Some(ChainBreak::NotAsBefore { position: 20 });
    assert_eq!(check(whole[..15].to_vec()).await, gone);
    assert_eq!(check(Vec::new()).await, gone);
    let mut anew = whole[..18].to_vec();
    for at in 18..25 {
        let last = anew.last().map(|it| (it.position, it.hash));
        anew.push(AuditRecord::after(last, AuditEntry::new(at, "forged")));
    }
    assert_eq!(check(anew).await, gone);
    assert_eq!(Anchor::START, Anchor { position: 0, hash: Digest::ZERO });
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_no_intact_chain() {
    let desk = Desk::new();
    desk.store.faults().fail(true);
    assert!(desk.accounts.verify_audit(None).await.is_err());
}

#[tokio::test]
async fn r109_what_the_accounts_do_makes_an_intact_chain() {
    let desk = Desk::new();
    let (admin, bob) = (desk.with_role("ann", Role::Admin).await, desk.account("bob").await);
    desk.assign(&admin, &bob, "staff", None).await.unwrap();
    desk.withdraw(&admin, &bob, "staff").await.unwrap();
    desk.assign(&bob, &bob, "admin", None).await.unwrap_err();
    let report = desk.accounts.verify_audit(None).await.unwrap();
    assert_eq!((report.intact, report.broken), (desk.trail().await.len() as u64, None));
}

#[tokio::test]
async fn an_export_has_every_record_on_a_line_of_its_own() {
    let accounts = over(trail(1_100));
    let mut lines = String::new();
    let count = accounts.export_audit(AuditFormat::JsonLines, 0, None, |it| lines.push_str(it));
    assert_eq!(count.await.unwrap(), 1_100);
    assert_eq!(lines.lines().count(), 1_100);
    let line: serde_json::Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(line["position"], 2);
    assert_eq!(line["entry"]["event"], "sign_in");
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(line["previous"], first["hash"]);

    let mut csv = String::new();
    accounts.export_audit(AuditFormat::Csv, 1_000, None, |it| csv.push_str(it)).await.unwrap();
    assert_eq!(csv.matches("\r\n").count(), 101);
    assert!(csv.starts_with("position,at,event,outcome,"), "{csv}");
}

#[tokio::test]
async fn r110_nothing_that_a_caller_writes_forges_a_line() {
    let evil = "x\r\n{\"position\":1}\r\n=cmd|' /C calc'!A0\u{202e}\u{1b}[2J\u{2028}";
    let entry = AuditEntry::new(NOW, "assigned").with("reason", evil).with("list", vec![evil]);
    let entry = entry.in_request(Some(evil), None).with("long", "é".repeat(10_000));
    let record = AuditRecord::after(None, entry);
    for format in [AuditFormat::JsonLines, AuditFormat::Csv] {
        let line = format.line(&record);
        assert_eq!(line.trim_end().lines().count(), 1, "{line}");
        assert!(!line.contains(['\u{202e}', '\u{1b}', '\u{2028}']), "{line}");
        assert!(line.len() < 2_000, "{}", line.len());
    }
}

#[test]
fn r110_a_name_that_was_typed_is_kept_as_a_keyed_digest() {
    let desk = Desk::new();
    let name = desk.accounts.keyed_name("correct horse");
    assert_eq!(name, desk.accounts.keyed_name("correct horse"));
    assert_ne!(name, desk.accounts.keyed_name("correct horsf"));
    assert_eq!(name.len(), 16);
    let others = Accounts::builder(Stores::all_in(MemoryStore::new()))
        .origin(ORIGIN)
        .keys(KeyRing::new([("test", [8; 32])]).unwrap())
        .build()
        .unwrap();
    assert_ne!(name, others.keyed_name("correct horse"), "without the key nobody tries out names");
}

#[requires(authenticated)]
async fn closed() {}

/// An application whose guards write into the trail.
fn app(desk: &Desk, sink: StoreAuditSink) -> axum::Router {
    let authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .scheme(ByHeader)
        .methods([Method::Session])
        .audit(sink)
        .clock(desk.clock.clone())
        .build()
        .unwrap();
    let routes = Router::new().route("/closed/{id}", get(closed));
    routes.protect(authenticator).unwrap()
}

async fn call(app: &axum::Router, path: &str, subject: Option<&str>) {
    let request = Request::get(path);
    let request = match subject {
        Some(subject) => request.header("x-subject", format!("{ORIGIN} {subject}")),
        None => request,
    };
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn r109_refusals_and_allowed_calls_of_guards_are_in_the_trail() {
    let desk = Desk::new();
    let bob = desk.account("bob").await;
    let before = desk.trail().await.len();
    let (sink, writer) = StoreAuditSink::new(&desk.accounts, 100);
    let app = app(&desk, sink);
    call(&app, "/closed/7?token=secret", None).await;
    call(&app, "/closed/8", Some(bob.as_str())).await;
    drop(app);
    writer.run().await;
    let trail = desk.trail().await;
    let new: Vec<&AuditEntry> = trail[before..].iter().map(|it| &it.entry).collect();
    let [refused, allowed] = new.as_slice() else { panic!("{new:?}") };
    assert_eq!((refused.event.as_str(), refused.outcome), ("access", AuditOutcome::Refused));
    assert_eq!(
        (refused.detail["code"].as_str(), refused.detail["status"].as_u64()),
        (Some("unauthenticated"), Some(401))
    );
    assert_eq!(refused.detail["path"], "/closed/{id}");
    assert_eq!((allowed.outcome, &allowed.actor), (AuditOutcome::Done, &Some(bob)));
    assert!(!format!("{trail:?}").contains("secret"));
}

#[tokio::test]
async fn a_sink_can_be_for_refusals_alone() {
    let desk = Desk::new();
    let bob = desk.account("bob").await;
    let before = desk.trail().await.len();
    let (sink, writer) = StoreAuditSink::new(&desk.accounts, 100);
    let app = app(&desk, sink.refusals_only());
    call(&app, "/closed/8", Some(bob.as_str())).await;
    call(&app, "/closed/8", None).await;
    drop(app);
    writer.run().await;
    assert_eq!(desk.trail().await.len(), before + 1);
}

#[tokio::test]
async fn a_queue_that_is_full_drops_and_counts() {
    let desk = Desk::new();
    let (sink, writer) = StoreAuditSink::new(&desk.accounts, 3);
    let app = app(&desk, sink.clone());
    for _ in 0..10 {
        call(&app, "/closed/1", None).await;
    }
    assert_eq!(sink.dropped(), 7);
    assert!(sink.enabled(auth_core::audit::AuditOutcome::Allowed));
    drop((app, sink));
    writer.run().await;
    assert_eq!(desk.trail().await.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_decision_waits_for_a_store_that_comes_back() {
    let desk = Desk::new();
    let (sink, writer) = StoreAuditSink::new(&desk.accounts, 3);
    let app = app(&desk, sink);
    desk.store.faults().fail(true);
    call(&app, "/closed/1", None).await;
    let writing = tokio::spawn(writer.run());
    tokio::time::sleep(Duration::from_secs(5)).await;
    desk.store.faults().fail(false);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(desk.trail().await.len(), 1);
    drop(app);
    writing.await.unwrap();
}
