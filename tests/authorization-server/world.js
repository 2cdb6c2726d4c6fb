// What a server under test is set up with: resources, clients and users, once as the file of the
// program and once as the settings of `oidc-provider`.

import { exportJWK, generateKeyPair } from "jose";

export const API = "https://api.test";
export const SECOND = "https://second.test/api";
export const OPAQUE = "https://opaque.test";
export const CALLBACK = "https://client.test/callback";

// Name and secret have to be form-encoded before they are joined for HTTP Basic (RFC 6749, section 2.3.1).
const ODD_SECRET = "100% + a/b=c&d:e 0123456789abcdef0123456789";
const SECRET = (id) => `${id}-secret-0123456789abcdef0123456789abcdef`;

export const ALICE = { username: "alice", password: "correct horse battery staple" };
export const BOB = { username: "bob", password: "another horse battery staple" };
/** The key of the second factor of `carol`. */
export const CAROL = { username: "carol", password: "a third horse battery staple", totp: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" };

/** How a grant is named that is for devices. */
export const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

const SCOPES = ["openid", "offline_access", "profile", "email", "read", "write"];

/**
 * The world of the tests. `page` is the origin of the page that is a client in a browser, if there is
 * one, `strangers` the scopes that clients may ask for that registered themselves; `more` is added to the
 * program's file.
 */
export async function makeWorld({ page = "http://127.0.0.1:1", lifetimes = {}, more = "", dynamic = true, device = true, strangers = ["openid", "offline_access", "read"] } = {}) {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const bankKey = { ...(await exportJWK(publicKey)), kid: "bank-1", alg: "ES256", use: "sig" };
  const web = { redirect_uris: [CALLBACK], scopes: SCOPES, resources: [API, SECOND, OPAQUE] };
  const machine = { grants: ["client_credentials"], scopes: ["read", "write"], resources: [API, SECOND, OPAQUE] };
  const clients = [
    { id: "public", ...web },
    { id: "first", ...web, consent: "first_party", post_logout_redirect_uris: ["https://client.test/bye"] },
    { id: "web", secret: SECRET("web"), authentication: "client_secret_basic", ...web, consent: "first_party" },
    { id: "web:odd id", secret: ODD_SECRET, authentication: "client_secret_basic", ...web, consent: "first_party" },
    { id: "post", secret: SECRET("post"), authentication: "client_secret_post", ...web, consent: "first_party" },
    { id: "bank", authentication: "private_key_jwt", jwks: [bankKey], ...web, consent: "first_party" },
    { id: "bound", ...web, consent: "first_party", dpop_bound_access_tokens: true },
    { id: "pushed", ...web, consent: "first_party", require_pushed_authorization_requests: true },
    { id: "several", ...web, consent: "first_party", redirect_uris: [CALLBACK, "https://client.test/other?tenant=a"] },
    { id: "query", ...web, consent: "first_party", redirect_uris: ["https://client.test/callback?tenant=a"] },
    { id: "native", ...web, redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback", "com.example.app:/callback"] },
    { id: "narrow", ...web, consent: "first_party", scopes: ["openid", "offline_access", "read"], resources: [API] },
    { id: "coded", ...web, consent: "first_party", grants: ["authorization_code"] },
    { id: "spa", ...web, redirect_uris: [`${page}/callback`, `${page}/silent`], post_logout_redirect_uris: [`${page}/`], consent: "ask" },
    { id: "worker", secret: SECRET("worker"), authentication: "client_secret_basic", ...machine, roles: ["auditor"] },
    { id: "worker-post", secret: SECRET("worker-post"), authentication: "client_secret_post", ...machine },
    { id: "worker-bank", authentication: "private_key_jwt", jwks: [bankKey], ...machine },
    { id: "worker-bound", secret: SECRET("worker-bound"), authentication: "client_secret_basic", ...machine, dpop_bound_access_tokens: true },
    { id: "api", secret: SECRET("api"), authentication: "client_secret_basic", ...machine, introspect: [API, SECOND, OPAQUE] },
    { id: "other-api", secret: SECRET("other-api"), authentication: "client_secret_basic", ...machine, introspect: [SECOND] },
    ...(device ? [{ id: "tv", grants: [DEVICE, "refresh_token"], scopes: SCOPES, resources: [API] }] : []),
  ];
  const find = (id) => {
    const client = clients.find((it) => it.id === id);
    if (!client) throw new Error(`no client ${id}`);
    return client;
  };
  return {
    bankKey: privateKey,
    bankJwk: { ...(await exportJWK(privateKey)), kid: "bank-1", alg: "ES256" },
    resources: [
      { uri: API, scopes: ["read", "write", "admin"], access_tokens: "jwt" },
      { uri: SECOND, scopes: ["read", "write"], access_tokens: "jwt" },
      { uri: OPAQUE, scopes: ["read", "write"], access_tokens: "opaque" },
    ],
    clients,
    client: find,
    secretOf: (id) => find(id).secret,
    users: [
      { ...ALICE, email: "alice@example.com", roles: ["manager"], groups: ["/staff"] },
      { ...BOB, email: "bob@example.com", roles: ["clerk"] },
      { ...CAROL, roles: ["manager"] },
    ],
    lifetimes,
    dynamic,
    device,
    strangers,
    more,
  };
}

const text = (value) => {
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    return `{ ${Object.entries(value).map(([name, it]) => `${name} = ${text(it)}`).join(", ")} }`;
  }
  return JSON.stringify(value);
};
const lines = (table) => Object.entries(table).map(([name, value]) => `${name} = ${text(value)}`).join("\n");

/** The file of the program. */
export function toToml(world) {
  const clients = world.clients.map(({ jwks, ...client }) => ({ ...client, ...(jwks && { jwks: { keys: jwks } }) }));
  return `listen = "127.0.0.1:${world.port ?? 0}"
${world.issuer ? `issuer = ${text(world.issuer)}` : ""}
database = "sqlite::memory:"

${Object.keys(world.lifetimes).length ? `[lifetimes]\n${lines(world.lifetimes)}\n` : ""}
[limits]
sign_in_failures = "0"
client_failures = "0"
registrations = "0"

[dynamic_registration]
enabled = ${world.dynamic}
${world.dynamic ? `open = true\nscopes = ${text(world.strangers)}` : ""}

[device_authorization]
enabled = ${world.device}

[client_id_metadata_documents]
enabled = true
allow_http_on_loopback = true
scopes = ${text(world.strangers)}

${world.more}

${[
    ...world.resources.map((it) => `[[resource]]\n${lines(it)}`),
    ...clients.map((it) => `[[client]]\n${lines(it)}`),
    ...world.users.map((it) => `[[user]]\n${lines(it)}`),
  ].join("\n\n")}
`;
}
