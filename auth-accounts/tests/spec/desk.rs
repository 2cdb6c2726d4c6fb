//! Accounts of an application with roles, a permission and a group, on a store in memory.

use auth_accounts::Accounts;
use auth_accounts::assignment::{AssignmentError, AssignmentSettings, ByHand, Rule};
use auth_accounts::model::{Account, AccountId, AssignmentKind, AuditEntry, AuditRecord, Email};
use auth_accounts::secret::KeyRing;
use auth_accounts::store::Stores;
use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
use auth_core::time::FixedClock;
use auth_core::{
    Authentication, AuthenticationScheme, Groups, Method, Permissions, Roles, requirement,
};
use auth_store::memory::MemoryStore;
use http::HeaderName;

use crate::support::person;

pub(super) const NOW: u64 = 1_800_000_000;
pub(super) const ORIGIN: &str = "https://notes.test";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub(super) enum Permission {
    #[permission("notes:read")]
    NotesRead,
    #[permission("notes:write")]
    NotesWrite,
    #[permission("accounts:manage")]
    AccountsManage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub(super) enum Role {
    #[role(grants(NotesRead, NotesWrite))]
    Member,
    #[role(grants(NotesRead))]
    Auditor,
    #[role(includes(Member))]
    Staff,
    #[role(includes(Staff), grants(AccountsManage))]
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
pub(super) enum Group {
    #[group(role = Staff)]
    Office,
}

pub(super) type Names = (Role, Permission, Group);

pub(super) struct Desk {
    pub(super) store: MemoryStore,
    pub(super) clock: FixedClock,
    pub(super) accounts: Accounts,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::with(MemoryStore::new(), FixedClock::new(NOW))
    }

    pub(super) fn with(store: MemoryStore, clock: FixedClock) -> Self {
        let settings = AssignmentSettings::new()
            .administrator(Role::Admin)
            .may_assign(Role::Admin, [Role::Member, Role::Auditor, Role::Staff, Role::Admin])
            .may_assign(Role::Admin, [Group::Office])
            .may_assign(Role::Staff, [Role::Member])
            .rule(Rule::everyone().assigns(Role::Member))
            .rule(Rule::verified_domain("Example.com").assigns(Role::Staff))
            .rule(Rule::provider_group("https://id.test", "ops").assigns(Group::Office))
            .administration(requirement!(permission = Permission::AccountsManage));
        let accounts = Accounts::builder(Stores::all_in(store.clone()))
            .origin(ORIGIN)
            .keys(KeyRing::new([("test", [7; 32])]).unwrap())
            .clock(clock.clone())
            .vocabulary::<Names>()
            .assignments(settings)
            .build()
            .unwrap();
        Self { store, clock, accounts }
    }

    /// A person with this name, who has no role.
    pub(super) async fn account(&self, name: &str) -> AccountId {
        self.account_with(name, |account| account).await
    }

    pub(super) async fn account_with(
        &self,
        name: &str,
        change: impl FnOnce(Account) -> Account,
    ) -> AccountId {
        let account = change(person(name, NOW));
        let entry = AuditEntry::new(NOW, "signed_up").about(&account.id);
        self.accounts.stores().accounts.create(&account, &entry).await.unwrap();
        account.id
    }

    /// A person with this role.
    pub(super) async fn with_role(&self, name: &str, role: Role) -> AccountId {
        let id = self.account(name).await;
        self.accounts.assign_as_program(&id, role, "for the test").await.unwrap();
        id
    }

    pub(super) async fn assign(
        &self,
        actor: &AccountId,
        account: &AccountId,
        role: &str,
        expires_at: Option<u64>,
    ) -> Result<(), AssignmentError> {
        self.accounts.assign(&by_hand(actor, account, role), expires_at).await
    }

    pub(super) async fn withdraw(
        &self,
        actor: &AccountId,
        account: &AccountId,
        role: &str,
    ) -> Result<(), AssignmentError> {
        self.accounts.withdraw(&by_hand(actor, account, role)).await
    }

    /// What the account has, by kind, name and origin, such as `role member by rule`.
    pub(super) async fn held(&self, account: &AccountId) -> Vec<String> {
        let now = auth_core::time::Clock::now(&self.clock);
        let held = self.accounts.stores().assignments.assignments(account, now).await.unwrap();
        let text = |it: &auth_accounts::model::Assignment| {
            format!("{} {} by {}", it.kind.as_str(), it.name, it.origin.as_str())
        };
        let mut held: Vec<String> = held.iter().map(text).collect();
        held.sort();
        held
    }

    pub(super) async fn trail(&self) -> Vec<AuditRecord> {
        self.accounts.stores().audit.records(0, None, 10_000).await.unwrap()
    }

    pub(super) async fn set_email(&self, account: &AccountId, email: &str, verified: bool) {
        let email = Email::parse(email).unwrap();
        let entry = AuditEntry::new(NOW, "email_changed").about(account);
        let verified = verified.then_some(NOW);
        let store = &self.accounts.stores().accounts;
        assert!(store.set_email(account, Some(&email), verified, &entry).await.unwrap());
    }
}

pub(super) fn by_hand<'a>(
    actor: &'a AccountId,
    account: &'a AccountId,
    role: &'a str,
) -> ByHand<'a> {
    ByHand {
        actor,
        account,
        kind: AssignmentKind::Role,
        name: role,
        reason: "joins the team",
        request_id: Some("request-1"),
        source: Some("192.0.2.7".parse().unwrap()),
    }
}

const SUBJECT: HeaderName = HeaderName::from_static("x-subject");

/// Says who calls by a header: an account of these, or a caller of another issuer.
pub(super) struct ByHeader;

impl AuthenticationScheme for ByHeader {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        Locations::header(SUBJECT)
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let (issuer, subject) = credential.header(&SUBJECT)?.split_once(' ').unwrap();
        let issuer = issuer.to_owned();
        Ok(Authentication::vouched_by_scheme(Method::Session, issuer, subject).build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Subject")
    }
}
