// Who can log in, and how. The second factor is the same six digits for every account.

export const PASSWORD = "urn:password";
export const MFA = "urn:mfa";

const ACCOUNTS = {
  alice: { password: "alice-password", roles: ["clerk"] },
  bob: { password: "bob-password", roles: ["manager"] },
  carol: { password: "carol-password", roles: ["admin"] },
};

export const SECOND_FACTOR = "123456";

const find = (name) => (Object.hasOwn(ACCOUNTS, name) ? ACCOUNTS[name] : undefined);

export const exists = (name) => find(name) !== undefined;
export const rolesOf = (name) => find(name)?.roles ?? [];
export const passwordIs = (name, password) => exists(name) && find(name).password === password;
