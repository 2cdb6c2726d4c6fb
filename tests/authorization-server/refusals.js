// Malformed requests, and what comes of them: each is sent to both servers. A case says by which requirement
// of the specification it is there, and with what the program has to answer; what `oidc-provider` says is
// compared with that.

import { randomUUID } from "node:crypto";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, base64url } from "jose";
import { Agent, forms } from "./agent.js";
import { offline } from "./scripts.js";
import { ALICE, API, BOB, CALLBACK, OPAQUE, SECOND } from "./world.js";

const ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const seconds = () => Math.floor(Date.now() / 1000);

/** What the cases share: a session of alice, keys, and proofs. */
export async function prepare(server) {
  const context = { server, world: server.world, agent: new Agent() };
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  context.key = { privateKey, jwk: await exportJWK(publicKey), private: await exportJWK(privateKey) };
  context.key.thumbprint = await calculateJwkThumbprint(context.key.jwk);
  await server.code({ agent: context.agent, user: ALICE });
  return context;
}

// What an answer comes to.

/** Of the token endpoint and its like: the status, the error, and a challenge. */
function answered({ status, headers, body, text }) {
  const challenge = /^(\w+)/.exec(headers.get("www-authenticate") ?? "")?.[1];
  const challenged = /\berror="(\w+)"/.exec(headers.get("www-authenticate") ?? "")?.[1];
  const said = body?.error ?? challenged ?? (body && "active" in body ? `active=${body.active}` : undefined);
  const parts = [status, said ?? (status < 300 ? "" : text ? "without an error" : "without a body")];
  if (challenge) parts.push(challenge);
  return parts.filter((it) => it !== "").join(" ");
}

/** Of the authorization endpoint: a page, or a redirect with an error or a code. */
function shown(server, answer, { state } = { state: "a state" }) {
  if (!answer.left) {
    const found = forms(answer.body, answer.url);
    if (found.some((it) => "password" in it.fields)) return "page sign-in";
    if (found.some((it) => it.buttons.some(({ name }) => name === "decision"))) return "page consent";
    return `page ${answer.status}`;
  }
  const [where, query = ""] = answer.left.split("?");
  if (where.includes("#")) return `redirect in the fragment`;
  const params = new URLSearchParams(query);
  const parts = ["redirect", params.get("error") ?? (params.get("code") ? "code" : "with nothing")];
  if (params.get("iss") !== server.issuer) parts.push("without iss");
  if ((params.get("state") ?? undefined) !== state) parts.push(`state=${params.get("state")}`);
  return parts.join(" ");
}

/** An authorization request as alice, who is signed in. */
const authorize = (more, { agent, raw = "" } = {}) => async ({ server, agent: signedIn }) => {
  const { url } = server.request(more);
  const answer = await (agent ? agent() : signedIn).authorize(url + raw);
  return shown(server, answer, "state" in more ? more : undefined);
};
const stranger = { agent: () => new Agent() };

/** A request to the token endpoint. */
const token = (form, options = {}) => async (context) => {
  const { server } = context;
  const resolved = typeof form === "function" ? await form(context) : form;
  const more = typeof options === "function" ? await options(context) : options;
  return answered(await server.post("token_endpoint", resolved, more));
};

const MACHINE = { grant_type: "client_credentials", scope: "read" };
const WORKER = { client: "worker" };

/** A code of alice, and the form that redeems it. */
const redemption = (change, more = {}) => async ({ server, agent }) => {
  const got = await server.code({ agent, user: ALICE, ...more });
  const form = { grant_type: "authorization_code", code: got.code, redirect_uri: CALLBACK, client_id: "first", code_verifier: got.verifier };
  const changed = { ...form, ...change, ...(change.from && change.from(got)) };
  delete changed.from;
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined));
};

/** A refresh token of alice, and the form that uses it. */
const refreshing = (change, more = {}) => async ({ server, agent }) => {
  const got = await server.tokens({ agent, user: ALICE, ...offline(server.name === "oidc-provider"), ...more });
  const changed = { grant_type: "refresh_token", refresh_token: got.refresh_token, client_id: "first", ...change, ...(change.from && change.from(got)) };
  delete changed.from;
  return changed;
};

/** A client assertion of `worker-bank`, with one thing changed. */
async function assertion(context, { claims = {}, header = {}, key = context.world.bankKey, client = "worker-bank" } = {}) {
  const now = seconds();
  const all = { iss: client, sub: client, aud: context.server.issuer, iat: now, exp: now + 60, jti: randomUUID(), ...claims };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ alg: "ES256", kid: "bank-1", ...header }).sign(key);
}
const asserted = (change, more = {}) => async (context) => {
  const changed = typeof change === "function" ? await change(context) : change;
  return { ...MACHINE, client_id: "worker-bank", client_assertion_type: ASSERTION, client_assertion: await assertion(context, changed), ...more };
};
const unsigned = async ({ server }) => {
  const now = seconds();
  const part = (value) => base64url.encode(JSON.stringify(value));
  const claims = { iss: "worker-bank", sub: "worker-bank", aud: server.issuer, iat: now, exp: now + 60, jti: randomUUID() };
  return { ...MACHINE, client_id: "worker-bank", client_assertion_type: ASSERTION, client_assertion: `${part({ alg: "none" })}.${part(claims)}.` };
};

/** A DPoP proof for the token endpoint, with one thing changed. */
async function proof({ server, key }, { claims = {}, header = {}, signer = key.privateKey, nonce } = {}) {
  const all = { htm: "POST", htu: server.metadata.token_endpoint, jti: randomUUID(), iat: seconds(), nonce, ...claims };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: key.jwk, ...header }).sign(signer);
}
/** Such a request by `worker-bound`, with a nonce of the server if it wants one. */
const proved = (change, { bad = (it) => it, twice = false } = {}) => async (context) => {
  const { server } = context;
  const send = (dpop) => server.post("token_endpoint", MACHINE, { client: "worker-bound", headers: { dpop } });
  const first = await send(await proof(context));
  const nonce = first.headers.get("dpop-nonce") ?? undefined;
  const changed = typeof change === "function" ? await change(context) : change;
  const made = bad(await proof(context, { nonce, ...changed }));
  if (twice) await send(made);
  return answered(await send(made));
};

/** A token of alice for this resource. */
const accessToken = (server, agent, more) => server.tokens({ agent, user: ALICE, ...more });
const introspection = (make, options = { client: "api" }) => async (context) =>
  answered(await context.server.post("introspection_endpoint", await make(context), options));
const revocation = (make, options = {}) => async (context) =>
  answered(await context.server.post("revocation_endpoint", await make(context), options));

const pushed = (change, options = {}) => async ({ server }) => {
  const { params } = server.request({ client: options.as ?? "pushed", ...change });
  const given = Object.fromEntries(Object.entries(params).filter(([, it]) => it !== undefined));
  return answered(await server.post("pushed_authorization_request_endpoint", { ...given, ...options.form }, options));
};
const usePushed = (use) => async (context) => {
  const { server } = context;
  const { params, verifier } = server.request({ client: "pushed" });
  const { body } = await server.post("pushed_authorization_request_endpoint", params);
  return use(context, body.request_uri, params, verifier);
};
const follow = ({ server, agent }, client, requestUri, more = {}) =>
  agent.authorize(`${server.metadata.authorization_endpoint}?${new URLSearchParams({ client_id: client, request_uri: requestUri, ...more })}`);

const userinfo = (options) => async (context) => {
  const { url = context.server.metadata.userinfo_endpoint, method = "GET", form, headers = {} } = await options(context);
  return answered(await context.server.post("userinfo_endpoint", form ?? "", { url, method, headers }));
};

const register = (metadata, { headers = {}, body } = {}) => async ({ server }) => {
  const answer = await server.post("registration_endpoint", body ?? JSON.stringify({
    redirect_uris: ["https://new.test/callback"],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    ...metadata,
  }), { headers: { "content-type": "application/json", ...headers } });
  return answered(answer);
};

const endSession = (params) => async (context) => {
  const given = typeof params === "function" ? await params(context) : params;
  const answer = await new Agent().open(`${context.server.metadata.end_session_endpoint}?${new URLSearchParams(given)}`);
  return answer.left ? "redirect" : `page ${answer.status}`;
};

const preflight = (endpoint) => async ({ server }) => {
  const answer = await fetch(server.metadata[endpoint], {
    method: "OPTIONS",
    headers: { origin: "https://app.test", "access-control-request-method": "POST", "access-control-request-headers": "dpop" },
  });
  const origin = answer.headers.get("access-control-allow-origin");
  const credentials = answer.headers.get("access-control-allow-credentials");
  return [origin === null ? "no CORS" : origin === "*" ? "CORS *" : "CORS by echo", credentials && "with credentials"].filter(Boolean).join(" ");
};

// The cases: name, requirements, what the program answers (several: any of them), the request.
const cases = [];
const add = (name, requirements, must, run) => cases.push({ name, requirements, must: [must].flat(), run });

// Authorization endpoint.
add("authorize: an unknown parameter", [1], "redirect code", authorize({ unknown: "x" }));
add("authorize: client_id twice", [2], "page 400", authorize({}, { raw: "&client_id=first" }));
add("authorize: redirect_uri twice", [2], "page 400", authorize({}, { raw: `&redirect_uri=${encodeURIComponent(CALLBACK)}` }));
add("authorize: scope twice", [2], "redirect invalid_request", authorize({}, { raw: "&scope=read" }));
add("authorize: code_challenge twice", [2], "redirect invalid_request", authorize({}, { raw: "&code_challenge=a" }));
add("authorize: state twice", [2], ["redirect invalid_request", "redirect invalid_request state=null"], authorize({}, { raw: "&state=x" }));
add("authorize: an empty prompt is none", [3], "redirect code", authorize({ prompt: "" }));
add("authorize: an empty code_challenge is none", [3, 10], "redirect invalid_request", authorize({ code_challenge: "" }));
add("authorize: an empty state is none", [3, 13], "redirect code", async ({ server, agent }) =>
  shown(server, await agent.authorize(server.request({ state: "" }).url), { state: undefined }));
add("authorize: an unknown client", [4], "page 400", authorize({ client: "nobody" }));
add("authorize: no client", [4], "page 400", authorize({ client_id: undefined }));
add("authorize: no redirect_uri with openid", [4, 8], "page 400", authorize({ redirect_uri: undefined }));
add("authorize: no redirect_uri of several", [4, 8], "page 400", authorize({ client: "several", redirect_uri: undefined, scope: "read" }));
const REDIRECTS = {
  "in other case": "https://client.test/Callback",
  "with its host in other case": "https://CLIENT.test/callback",
  "with a slash more": `${CALLBACK}/`,
  "with a path more": `${CALLBACK}/more`,
  "with a query": `${CALLBACK}?a=b`,
  "with an empty query": `${CALLBACK}?`,
  "with its port": "https://client.test:443/callback",
  "with dot segments": "https://client.test/a/../callback",
  "with an escape": "https://client.test/callbac%6b",
  "of a longer host": "https://client.test.evil.test/callback",
  "with a user": "https://client.test@evil.test/callback",
  "without TLS": "http://client.test/callback",
  "with a fragment": `${CALLBACK}#a`,
  "with an empty fragment": `${CALLBACK}#`,
  "with a backslash": "https://client.test\\@evil.test/callback",
  "with a wildcard": "https://*.test/callback",
  "with a space": `${CALLBACK} `,
  "with a line feed": `${CALLBACK}\n`,
  "with a script": "javascript:alert(1)//",
};
for (const [how, uri] of Object.entries(REDIRECTS)) {
  add(`authorize: a redirect_uri ${how}`, how.includes("fragment") ? [4, 5, 7] : [4, 5], "page 400", authorize({ redirect_uri: uri }));
}
const native = (uri) => authorize({ client: "native", redirect_uri: uri }, stranger);
add("authorize: a loopback port", [6], "page sign-in", native("http://127.0.0.1:49152/callback"));
add("authorize: a loopback port of localhost", [6], "page sign-in", native("http://localhost:49152/callback"));
add("authorize: [::1] for 127.0.0.1", [6], "page 400", native("http://[::1]:49152/callback"));
add("authorize: 127.0.0.2 for 127.0.0.1", [6], "page 400", native("http://127.0.0.2:49152/callback"));
add("authorize: https on loopback", [6], "page 400", native("https://127.0.0.1:49152/callback"));
add("authorize: another path on loopback", [6], "page 400", native("http://127.0.0.1:49152/other"));
add("authorize: a query on loopback", [6], "page 400", native("http://127.0.0.1:49152/callback?a=b"));
add("authorize: a user on loopback", [6], "page 400", native("http://127.0.0.1:1@evil.test/callback"));
add("authorize: a host that begins with localhost", [6], "page 400", native("http://localhost.evil.test/callback"));
add("authorize: a loopback port that is none", [6], "page 400", native("http://127.0.0.1:99999/callback"));
for (const kind of ["token", "id_token", "code token", "code id_token", "none"]) {
  add(`authorize: response_type=${kind}`, [9], "redirect unsupported_response_type", authorize({ response_type: kind }));
}
add("authorize: no response_type", [9], "redirect invalid_request", authorize({ response_type: undefined }));
add("authorize: no code_challenge of a public client", [10], "redirect invalid_request", authorize({ code_challenge: undefined, code_challenge_method: undefined }));
add("authorize: no code_challenge of a confidential client", [10], "redirect invalid_request", authorize({ client: "web", code_challenge: undefined, code_challenge_method: undefined }));
add("authorize: no code_challenge_method", [11], "redirect invalid_request", authorize({ code_challenge_method: undefined }));
add("authorize: code_challenge_method=plain", [11], "redirect invalid_request", authorize({ code_challenge_method: "plain" }));
add("authorize: code_challenge_method=S512", [11], "redirect invalid_request", authorize({ code_challenge_method: "S512" }));
add("authorize: code_challenge_method=s256", [11], "redirect invalid_request", authorize({ code_challenge_method: "s256" }));
add("authorize: a short code_challenge", [12], "redirect invalid_request", authorize({ code_challenge: "a".repeat(42) }));
add("authorize: a long code_challenge", [12], "redirect invalid_request", authorize({ code_challenge: "a".repeat(44) }));
add("authorize: a code_challenge in base64", [12], "redirect invalid_request", authorize({ code_challenge: `${"a".repeat(42)}+` }));
add("authorize: a state of odd characters", [13], "redirect code", authorize({ state: "ä +%&=#?\"'<>\\" }));
add("authorize: no state", [13], "redirect code", authorize({ state: undefined }));
add("authorize: an error without a state", [13, 14], "redirect unsupported_response_type", authorize({ state: undefined, response_type: "token" }));
add("authorize: a query of the redirect_uri is kept", [16], "redirect code tenant=a", async ({ server, agent }) => {
  const { url } = server.request({ client: "query", redirect_uri: "https://client.test/callback?tenant=a" });
  const answer = await agent.authorize(url);
  return `${shown(server, answer)}${answer.left?.startsWith("https://client.test/callback?tenant=a&") ? " tenant=a" : ""}`;
});
add("authorize: an unknown scope", [22], ["redirect invalid_scope", "redirect code"], authorize({ scope: "openid unknown" }));
add("authorize: a scope that the client may not have", [22], ["redirect invalid_scope", "redirect code"], authorize({ client: "narrow", scope: "openid write" }));
add("authorize: a scope with a control character", [22], ["redirect invalid_scope", "redirect invalid_request", "redirect code"], authorize({ scope: "openid re\u0007ad" }));
add("authorize: prompt=none without a session", [25], "redirect login_required", authorize({ prompt: "none" }, stranger));
add("authorize: prompt=none without consent", [25], "redirect consent_required", async (context) => {
  const agent = new Agent();
  await context.server.code({ agent, user: BOB });
  return authorize({ client: "public", prompt: "none" }, { agent: () => agent })(context);
});
add("authorize: prompt=none login", [26], "redirect invalid_request", authorize({ prompt: "none login" }));
add("authorize: prompt=login with a session", [26], "page sign-in", authorize({ prompt: "login" }));
add("authorize: max_age=0 with a session", [26], "page sign-in", authorize({ max_age: "0" }));
add("authorize: a max_age that is no number", [27], "redirect invalid_request", authorize({ max_age: "soon" }));
add("authorize: a negative max_age", [27], "redirect invalid_request", authorize({ max_age: "-1" }));
add("authorize: an acr that no login here reaches", [28], "redirect unmet_authentication_requirements", authorize({ acr_values: "urn:none" }));
add("authorize: an unknown resource", [82], "redirect invalid_target", authorize({ resource: "https://unknown.test" }));
add("authorize: a resource that the client may not have", [82], "redirect invalid_target", authorize({ client: "narrow", resource: SECOND }));
add("authorize: a resource with a fragment", [82], "redirect invalid_target", authorize({ resource: `${API}#a` }));
add("authorize: a relative resource", [82], "redirect invalid_target", authorize({ resource: "/api" }));
add("authorize: a resource in upper case", [84], "redirect code", authorize({ resource: "HTTPS://API.TEST" }));
add("authorize: a resource with a slash", [84], "redirect code", authorize({ resource: `${API}/` }));
add("authorize: an unknown request_uri", [87], ["page 400", "redirect invalid_request_uri", "redirect invalid_request"], async (context) =>
  shown(context.server, await follow(context, "pushed", "urn:ietf:params:oauth:request_uri:none"), { state: undefined }));
add("authorize: a request_uri that is an address", [87, 90], ["page 400", "redirect request_uri_not_supported", "redirect invalid_request", "redirect invalid_request_uri"], authorize({ request_uri: "https://client.test/request" }));
add("authorize: a request_uri of another client", [87], ["page 400", "redirect invalid_request_uri", "redirect invalid_request"], usePushed(async (context, uri) =>
  shown(context.server, await follow(context, "first", uri), { state: undefined })));
add("authorize: a request_uri used twice", [87], ["page 400", "redirect invalid_request_uri", "redirect invalid_request"], usePushed(async (context, uri) => {
  await follow(context, "pushed", uri);
  return shown(context.server, await follow(context, "pushed", uri), { state: undefined });
}));
add("authorize: parameters beside a request_uri", [89], "redirect code", usePushed(async (context, uri) =>
  shown(context.server, await follow(context, "pushed", uri, { redirect_uri: "https://evil.test/", scope: "write", state: "another" }))));
add("authorize: not pushed, where that is required", [88], ["redirect invalid_request", "page 400"], authorize({ client: "pushed" }));
add("authorize: a request object", [90], ["redirect request_not_supported", "redirect invalid_request"], authorize({ request: "eyJhbGciOiJub25lIn0.e30." }));
add("authorize: a client that has no redirect URI", [4], "page 400", authorize({ client: "worker" }));
add("authorize: a registered HTTP method and no other", [1], ["405", "404"], async ({ server }) => {
  const answer = await fetch(server.request().url, { method: "PUT", redirect: "manual" });
  return String(answer.status);
});
add("authorize: no CORS", [17], "no CORS", async ({ server }) => {
  const answer = await fetch(server.request().url, { redirect: "manual", headers: { origin: "https://app.test" } });
  return answer.headers.has("access-control-allow-origin") ? "CORS" : "no CORS";
});

// Token endpoint.
add("token: GET", [31], "405 POST", async ({ server }) => {
  const { status, headers } = await server.post("token_endpoint", "", { method: "GET", ...WORKER });
  return [status, /\bPOST\b/.exec(headers.get("allow") ?? "")?.[0]].filter(Boolean).join(" ");
});
add("token: PUT", [31], "405", async ({ server }) => String((await server.post("token_endpoint", MACHINE, { method: "PUT", ...WORKER })).status));
add("token: JSON", [31], "400 invalid_request", token(JSON.stringify(MACHINE), { ...WORKER, headers: { "content-type": "application/json" } }));
add("token: no content type", [31], "400 invalid_request", token("grant_type=client_credentials", { ...WORKER, headers: { "content-type": "text/plain" } }));
add("token: multipart", [31], "400 invalid_request", token("--a\r\ncontent-disposition: form-data; name=\"grant_type\"\r\n\r\nclient_credentials\r\n--a--", { ...WORKER, headers: { "content-type": "multipart/form-data; boundary=a" } }));
add("token: an empty body", [31, 42], "400 invalid_request", token("", WORKER));
add("token: the grant in the query", [32], "400 invalid_request", token("", ({ server }) => ({ ...WORKER, url: `${server.metadata.token_endpoint}?grant_type=client_credentials` })));
add("token: the secret in the query", [32], "401 invalid_client", token({ ...MACHINE, client_id: "worker-post" }, ({ server, world }) => ({ url: `${server.metadata.token_endpoint}?${new URLSearchParams({ client_secret: world.secretOf("worker-post") })}` })));
add("token: a refresh token in the query", [32], "400 invalid_request", async (context) => {
  const form = await refreshing({})(context);
  const url = `${context.server.metadata.token_endpoint}?${new URLSearchParams({ refresh_token: form.refresh_token })}`;
  return answered(await context.server.post("token_endpoint", { grant_type: "refresh_token", client_id: "first" }, { url }));
});
add("token: grant_type twice", [33], "400 invalid_request", token("grant_type=client_credentials&grant_type=client_credentials", WORKER));
add("token: scope twice", [33], "400 invalid_request", token("grant_type=client_credentials&scope=read&scope=read", WORKER));
add("token: Basic and a secret in the form", [34], "400 invalid_request", token(({ world }) => ({ ...MACHINE, client_id: "worker", client_secret: world.secretOf("worker") }), WORKER));
add("token: Basic and an assertion", [34], "400 invalid_request", token(asserted({}), WORKER));
add("token: a secret and an assertion", [34], "400 invalid_request", token(asserted({}, { client_secret: "secret" })));
add("token: Basic of one client, client_id of another", [34], ["400 invalid_request", "401 invalid_client", "401 invalid_client Basic"], token({ ...MACHINE, client_id: "worker-post" }, WORKER));
add("token: two Authorization headers", [34], ["400 invalid_request", "401 invalid_client", "401 invalid_client Basic"], async ({ server }) =>
  answered(await server.post("token_endpoint", MACHINE, { headers: { authorization: `${server.basic("worker")}, ${server.basic("worker")}` } })));
add("token: a secret in the form of a client by Basic", [35], "401 invalid_client", token(({ world }) => ({ ...MACHINE, client_id: "worker", client_secret: world.secretOf("worker") })));
add("token: Basic of a client by post", [35], "401 invalid_client Basic", token(MACHINE, { client: "worker-post" }));
add("token: a secret of a client by assertion", [35], ["401 invalid_client"], token({ ...MACHINE, client_id: "worker-bank", client_secret: "secret" }));
add("token: a secret of a public client", [35], ["401 invalid_client"], token(redemption({ client_secret: "secret" })));
add("token: Basic of a public client", [35], "401 invalid_client Basic", token(redemption({ client_id: undefined }), ({ server }) => ({ headers: { authorization: server.basic("first", "secret") } })));
add("token: Basic of a public client with an empty secret", [35], ["401 invalid_client Basic", "200"], token(redemption({ client_id: undefined }), { headers: { authorization: `Basic ${Buffer.from("first:").toString("base64")}` } }));
add("token: Basic that is not base64", [36], ["401 invalid_client Basic", "400 invalid_request"], token(MACHINE, { headers: { authorization: "Basic !!!" } }));
add("token: Basic without a colon", [36], ["401 invalid_client Basic", "400 invalid_request"], token(MACHINE, { headers: { authorization: `Basic ${Buffer.from("worker").toString("base64")}` } }));
add("token: Basic with a wrong escape", [36], ["401 invalid_client Basic", "400 invalid_request"], token(MACHINE, { headers: { authorization: `Basic ${Buffer.from("worker:%zz").toString("base64")}` } }));
add("token: Basic that is not form-encoded", [36], ["401 invalid_client Basic", "400 invalid_request"], token(redemption({ client_id: undefined }), ({ world }) => ({ headers: { authorization: `Basic ${Buffer.from(`web:odd id:${world.secretOf("web:odd id")}`).toString("base64")}` } })));
add("token: a wrong secret by Basic", [37], "401 invalid_client Basic", token(MACHINE, ({ server }) => ({ headers: { authorization: server.basic("worker", "wrong") } })));
add("token: a wrong secret by post", [37], ["401 invalid_client", "400 invalid_client"], token({ ...MACHINE, client_id: "worker-post", client_secret: "wrong" }));
add("token: an unknown client by Basic", [38], "401 invalid_client Basic", token(MACHINE, ({ server }) => ({ headers: { authorization: server.basic("nobody", "wrong") } })));
add("token: an unknown client by post", [38], "401 invalid_client", token({ ...MACHINE, client_id: "nobody", client_secret: "wrong" }));
add("token: an unknown public client", [38], "401 invalid_client", token({ ...MACHINE, client_id: "nobody" }));
add("token: a Bearer scheme", [35], ["401 invalid_client", "401 invalid_client Basic", "400 invalid_request"], token(MACHINE, { headers: { authorization: "Bearer abc" } }));
add("token: no client at all", [39], ["401 invalid_client", "400 invalid_request"], token(MACHINE));
add("token: no grant_type", [42], "400 invalid_request", token({ scope: "read" }, WORKER));
add("token: an unknown grant", [42], "400 unsupported_grant_type", token({ grant_type: "magic" }, WORKER));
add("token: the password grant", [42], "400 unsupported_grant_type", token({ grant_type: "password", ...ALICE }, WORKER));
add("token: the implicit grant", [42], "400 unsupported_grant_type", token({ grant_type: "implicit" }, WORKER));
add("token: the code grant of a machine", [42], "400 unauthorized_client", token({ grant_type: "authorization_code", code: "a", redirect_uri: CALLBACK, code_verifier: "a".repeat(43) }, WORKER));
add("token: a refresh of a client without that grant", [42], "400 unauthorized_client", token({ grant_type: "refresh_token", refresh_token: "a", client_id: "coded" }));
add("token: client credentials of a public client", [63], "400 unauthorized_client", token({ ...MACHINE, client_id: "first" }));
add("token: preflight", [44], "CORS *", preflight("token_endpoint"));

// Codes.
add("code: none", [45], "400 invalid_request", token(redemption({ code: undefined })));
add("code: an unknown one", [45], "400 invalid_grant", token(redemption({ code: "a" })));
add("code: no verifier", [45], ["400 invalid_grant", "400 invalid_request"], token(redemption({ code_verifier: undefined })));
add("code: a wrong verifier", [45], "400 invalid_grant", token(redemption({ code_verifier: "a".repeat(43) })));
add("code: a short verifier", [45], ["400 invalid_grant", "400 invalid_request"], token(redemption({ code_verifier: "a" })));
add("code: the challenge as verifier", [45], "400 invalid_grant", token(redemption({ from: (got) => ({ code_verifier: got.params.code_challenge }) })));
add("code: redeemed twice", [47], "400 invalid_grant", async (context) => {
  const form = await redemption({})(context);
  await context.server.post("token_endpoint", form);
  return answered(await context.server.post("token_endpoint", form));
});
add("code: of another client", [51], "400 invalid_grant", token(redemption({ client_id: "public" })));
add("code: of another confidential client", [51], "400 invalid_grant", token(redemption({ client_id: undefined }), { client: "web" }));
add("code: another redirect_uri", [52], "400 invalid_grant", token(redemption({ redirect_uri: `${CALLBACK}/` })));
add("code: no redirect_uri", [52], "200", token(redemption({ redirect_uri: undefined })));
add("code: a resource that was not asked for", [83], "400 invalid_target", token(redemption({ resource: SECOND }, { resource: API })));
add("code: an unknown resource", [83], "400 invalid_target", token(redemption({ resource: "https://unknown.test" }, { resource: API })));
add("code: another key than dpop_jkt", [93], ["400 invalid_grant", "400 invalid_dpop_proof"], async (context) => {
  const form = await redemption({}, { dpop_jkt: "A".repeat(43) })(context);
  const send = async (nonce) => context.server.post("token_endpoint", form, { headers: { dpop: await proof(context, { nonce }) } });
  const first = await send();
  return answered(first.body.error === "use_dpop_nonce" ? await send(first.headers.get("dpop-nonce")) : first);
});
add("code: dpop_jkt and no proof", [93], ["400 invalid_grant", "400 invalid_dpop_proof", "400 invalid_request"], async (context) =>
  token(redemption({}, { dpop_jkt: context.key.thumbprint }))(context));

// Refresh tokens.
add("refresh: no token", [33], "400 invalid_request", token({ grant_type: "refresh_token", client_id: "first" }));
add("refresh: an unknown one", [54], "400 invalid_grant", token({ grant_type: "refresh_token", client_id: "first", refresh_token: "a" }));
add("refresh: of another client", [58], "400 invalid_grant", token(refreshing({ client_id: "public" })));
add("refresh: of another client, and then of its own", [58], "200", async (context) => {
  const form = await refreshing({})(context);
  await context.server.post("token_endpoint", { ...form, client_id: "public" });
  return answered(await context.server.post("token_endpoint", form));
});
add("refresh: of a confidential client without authentication", [39], "401 invalid_client", token(refreshing({ client_id: "web" }, { client: "web" })));
add("refresh: a wider scope", [57], "400 invalid_scope", token(refreshing({ scope: "openid read write" })));
add("refresh: an access token", [54], "400 invalid_grant", token(refreshing({ from: (got) => ({ refresh_token: got.access_token }) })));
add("refresh: a code", [54], "400 invalid_grant", async (context) => {
  const got = await context.server.code({ agent: context.agent, user: ALICE });
  return answered(await context.server.refresh(got.code));
});
add("refresh: a resource outside of the grant", [83], "400 invalid_target", token(refreshing({ resource: SECOND }, { resource: API })));
add("refresh: a refresh token as a code", [51], "400 invalid_grant", async (context) => {
  const form = await refreshing({})(context);
  return answered(await context.server.post("token_endpoint", { grant_type: "authorization_code", code: form.refresh_token, client_id: "first", redirect_uri: CALLBACK, code_verifier: "a".repeat(43) }));
});

// Client credentials and resources.
add("machine: an unknown scope", [22], "400 invalid_scope", token({ ...MACHINE, scope: "unknown" }, WORKER));
add("machine: a scope that it may not have", [22], "400 invalid_scope", token({ ...MACHINE, scope: "admin" }, WORKER));
add("machine: the scope openid", [22], "400 invalid_scope", token({ ...MACHINE, scope: "openid" }, WORKER));
add("machine: an unknown resource", [82], "400 invalid_target", token({ ...MACHINE, resource: "https://unknown.test" }, WORKER));
add("machine: a resource with a fragment", [82], "400 invalid_target", token({ ...MACHINE, resource: `${API}#a` }, WORKER));
add("machine: a relative resource", [82], "400 invalid_target", token({ ...MACHINE, resource: "api" }, WORKER));
add("machine: a resource in upper case", [84], "200", token({ ...MACHINE, resource: "HTTPS://API.test" }, WORKER));
add("machine: a refresh token is not issued", [63], "200 no refresh token", async ({ server }) => {
  const { status, body } = await server.post("token_endpoint", { ...MACHINE, scope: "read" }, WORKER);
  return `${status} ${body.refresh_token ? "refresh token" : "no refresh token"}`;
});

// Client assertions.
add("assertion: a good one", [96], "200", token(asserted({})));
add("assertion: for the token endpoint", [97], "401 invalid_client", token(asserted(({ server }) => ({ claims: { aud: server.metadata.token_endpoint } }))));
add("assertion: for two audiences", [97], "401 invalid_client", token(asserted(({ server }) => ({ claims: { aud: [server.issuer, "https://other.test"] } }))));
add("assertion: for another issuer", [97], "401 invalid_client", token(asserted({ claims: { aud: "https://other.test" } })));
add("assertion: for the issuer with a slash", [97], "401 invalid_client", token(asserted(({ server }) => ({ claims: { aud: `${server.issuer}/` } }))));
add("assertion: without an audience", [97], "401 invalid_client", token(asserted({ claims: { aud: undefined } })));
add("assertion: expired", [96], "401 invalid_client", token(asserted({ claims: { iat: seconds() - 3600, exp: seconds() - 1800 } })));
add("assertion: without exp", [96], "401 invalid_client", token(asserted({ claims: { exp: undefined } })));
add("assertion: good for a year", [96], "401 invalid_client", token(asserted({ claims: { exp: seconds() + 31_536_000 } })));
add("assertion: not yet good", [96], "401 invalid_client", token(asserted({ claims: { nbf: seconds() + 3600 } })));
add("assertion: without jti", [96], "401 invalid_client", token(asserted({ claims: { jti: undefined } })));
add("assertion: used twice", [96], "401 invalid_client", async (context) => {
  const form = await asserted({})(context);
  await context.server.post("token_endpoint", form);
  return answered(await context.server.post("token_endpoint", form));
});
add("assertion: of another issuer", [96], "401 invalid_client", token(asserted({ claims: { iss: "bank" } })));
add("assertion: of another subject", [96], ["401 invalid_client", "400 invalid_request"], token(asserted({ claims: { sub: "bank" } })));
add("assertion: of another client than client_id", [96], ["401 invalid_client", "400 invalid_request"], token(asserted({}, { client_id: "worker" })));
add("assertion: unsigned", [96], "401 invalid_client", token(unsigned));
add("assertion: by a secret", [96], "401 invalid_client", token(asserted(async () => ({ header: { alg: "HS256" }, key: new TextEncoder().encode("secret".repeat(8)) }))));
add("assertion: by another key", [96], "401 invalid_client", token(asserted(({ key }) => ({ key: key.privateKey }))));
add("assertion: of another type", [96], ["401 invalid_client", "400 invalid_request"], token(asserted({}, { client_assertion_type: "urn:other" })));
add("assertion: without a type", [96], ["401 invalid_client", "400 invalid_request"], token(async (context) => {
  const { client_assertion_type: _, ...form } = await asserted({})(context);
  return form;
}));
add("assertion: garbage", [96], "401 invalid_client", token({ ...MACHINE, client_id: "worker-bank", client_assertion_type: ASSERTION, client_assertion: "a.b.c" }));

// DPoP.
add("dpop: a good proof", [91], "200", proved({}));
add("dpop: none, of a client that is bound", [94], ["400 invalid_dpop_proof", "400 invalid_request"], token(MACHINE, { client: "worker-bound" }));
add("dpop: garbage", [92], "400 invalid_dpop_proof", proved({}, { bad: () => "a.b.c" }));
add("dpop: two proofs", [91], "400 invalid_dpop_proof", proved({}, { bad: (it) => `${it}, ${it}` }));
add("dpop: another method", [91], "400 invalid_dpop_proof", proved({ claims: { htm: "GET" } }));
add("dpop: another address", [91], "400 invalid_dpop_proof", proved({ claims: { htu: "https://other.test/token" } }));
add("dpop: an old proof", [91], "400 invalid_dpop_proof", proved({ claims: { iat: seconds() - 3600 } }));
add("dpop: a proof of the future", [91], "400 invalid_dpop_proof", proved({ claims: { iat: seconds() + 3600 } }));
add("dpop: without iat", [91], "400 invalid_dpop_proof", proved({ claims: { iat: undefined } }));
add("dpop: without jti", [91], "400 invalid_dpop_proof", proved({ claims: { jti: undefined } }));
add("dpop: used twice", [91], "400 invalid_dpop_proof", proved({}, { twice: true }));
add("dpop: another type", [91], "400 invalid_dpop_proof", proved({ header: { typ: "JWT" } }));
add("dpop: with the private key", [91], "400 invalid_dpop_proof", proved(({ key }) => ({ header: { jwk: key.private } })));
add("dpop: of another key", [91], "400 invalid_dpop_proof", proved(async () => ({ signer: (await generateKeyPair("ES256")).privateKey })));
add("dpop: by a secret", [91], "400 invalid_dpop_proof", proved(async () => {
  const jwk = { kty: "oct", k: base64url.encode("secret".repeat(8)) };
  return { header: { alg: "HS256", jwk }, signer: await importJWK(jwk, "HS256") };
}));
add("dpop: a wrong nonce", [92], ["400 use_dpop_nonce", "200"], proved({ nonce: "wrong" }));

// Introspection.
const opaque = (more) => async ({ server, agent }) => ({ token: (await accessToken(server, agent, { resource: OPAQUE, ...more })).access_token });
add("introspect: a good token", [68], "200 active=true", introspection(opaque()));
add("introspect: without authentication", [67], ["401 invalid_client", "400 invalid_request"], introspection(opaque(), {}));
add("introspect: by a wrong secret", [67], "401 invalid_client Basic", async (context) =>
  introspection(opaque(), { headers: { authorization: context.server.basic("api", "wrong") } })(context));
add("introspect: by a public client", [67], ["401 invalid_client", "400 unauthorized_client", "200 active=false"], introspection(async (context) => ({ ...(await opaque()(context)), client_id: "public" }), {}));
add("introspect: by a client that may not ask", [67], ["200 active=false", "400 unauthorized_client"], introspection(opaque(), { client: "web" }));
add("introspect: by another resource server", [67], "200 active=false", introspection(opaque(), { client: "other-api" }));
add("introspect: no token", [67], "400 invalid_request", introspection(async () => ({ token_type_hint: "access_token" })));
add("introspect: an unknown token", [67], "200 active=false", introspection(async () => ({ token: "a" })));
add("introspect: an unknown hint", [67], "200 active=true", introspection(async (context) => ({ ...(await opaque()(context)), token_type_hint: "magic" })));
add("introspect: a token twice", [33], "400 invalid_request", introspection(async () => "token=a&token=b"));
add("introspect: GET", [67], ["405", "404"], async ({ server }) => String((await server.post("introspection_endpoint", "", { method: "GET", client: "api" })).status));
add("introspect: JSON", [31], "400 invalid_request", introspection(async () => JSON.stringify({ token: "a" }), { client: "api", headers: { "content-type": "application/json" } }));
add("introspect: a code", [67], "200 active=false", introspection(async ({ server, agent }) => ({ token: (await server.code({ agent, user: ALICE })).code })));
add("introspect: an ID token", [67, 81], "200 active=false", introspection(async ({ server, agent }) => ({ token: (await accessToken(server, agent, {})).id_token })));

// Revocation.
const mine = (more) => async (context) => ({ ...(await opaque()(context)), client_id: "first", ...more });
add("revoke: an unknown token", [65], "200", revocation(async () => ({ token: "a", client_id: "first" })));
add("revoke: a malformed token", [65], "200", revocation(async () => ({ token: "\u0000ä", client_id: "first" })));
add("revoke: a spent token", [65], "200", async (context) => {
  const form = await mine()(context);
  await context.server.post("revocation_endpoint", form);
  return answered(await context.server.post("revocation_endpoint", form));
});
add("revoke: of another client", [65], "200", revocation(mine({ client_id: "public" })));
add("revoke: of another client, and it stays good", [65], "200 active=true", async (context) => {
  const form = await mine()(context);
  await context.server.post("revocation_endpoint", { ...form, client_id: "public" });
  return answered(await context.server.post("introspection_endpoint", { token: form.token }, { client: "api" }));
});
add("revoke: an unknown hint", [65], ["200", "400 unsupported_token_type"], revocation(mine({ token_type_hint: "magic" })));
add("revoke: no token", [65], "400 invalid_request", revocation(async () => ({ client_id: "first" })));
add("revoke: no client", [65], ["401 invalid_client", "400 invalid_request"], revocation(opaque()));
add("revoke: a confidential client without authentication", [65], "401 invalid_client", revocation(mine({ client_id: "web" })));
add("revoke: GET", [65], ["405", "404"], async ({ server }) => String((await server.post("revocation_endpoint", "", { method: "GET" })).status));
add("revoke: preflight", [44], "CORS *", preflight("revocation_endpoint"));

// Pushed requests.
add("push: a good one", [85], "201", pushed({}));
add("push: a confidential client without authentication", [85], "401 invalid_client", pushed({}, { as: "web" }));
add("push: a wrong secret", [85], "401 invalid_client Basic", async (context) =>
  pushed({}, { as: "web", headers: { authorization: context.server.basic("web", "wrong") } })(context));
add("push: a request_uri inside", [86], "400 invalid_request", pushed({}, { form: { request_uri: "urn:ietf:params:oauth:request_uri:a" } }));
add("push: an unknown redirect_uri", [5, 85], ["400 invalid_request", "400 invalid_redirect_uri"], pushed({ redirect_uri: "https://evil.test/" }));
add("push: no code_challenge", [10], "400 invalid_request", pushed({ code_challenge: undefined, code_challenge_method: undefined }));
add("push: code_challenge_method=plain", [11], "400 invalid_request", pushed({ code_challenge_method: "plain" }));
add("push: response_type=token", [9], "400 unsupported_response_type", pushed({ response_type: "token" }));
add("push: an unknown scope", [22], ["400 invalid_scope", "201"], pushed({ scope: "openid unknown" }));
add("push: an unknown resource", [82], "400 invalid_target", pushed({ resource: "https://unknown.test" }));
add("push: prompt=none login", [26], "400 invalid_request", pushed({ prompt: "none login" }));
add("push: scope twice", [33], "400 invalid_request", pushed({ scope: ["openid", "read"] }));
add("push: an unknown client", [85], "401 invalid_client", pushed({}, { form: { client_id: "nobody" } }));
add("push: JSON", [31], "400 invalid_request", async ({ server }) =>
  answered(await server.post("pushed_authorization_request_endpoint", JSON.stringify(server.request({ client: "pushed" }).params), { headers: { "content-type": "application/json" } })));
add("push: GET", [85], ["405", "404"], async ({ server }) => String((await server.post("pushed_authorization_request_endpoint", "", { method: "GET" })).status));

// Userinfo.
const personal = async ({ server, agent }, more) => accessToken(server, agent, { scope: "openid email", ...more });
const bearer = (it) => ({ headers: { authorization: `Bearer ${it}` } });
add("userinfo: no token", [124], ["401 without a body Bearer", "401 without an error Bearer", "401 invalid_token Bearer", "400 invalid_request Bearer", "400 invalid_request"], userinfo(async () => ({})));
add("userinfo: an unknown token", [124], "401 invalid_token Bearer", userinfo(async () => bearer("a")));
add("userinfo: a malformed header", [124], ["400 invalid_request Bearer", "400 invalid_request", "401 invalid_token Bearer"], userinfo(async () => bearer("a b")));
add("userinfo: an ID token", [81], "401 invalid_token Bearer", userinfo(async (context) => bearer((await personal(context)).id_token)));
add("userinfo: a machine's token", [124], ["401 invalid_token Bearer", "403 insufficient_scope Bearer"], userinfo(async ({ server }) => bearer((await server.post("token_endpoint", MACHINE, WORKER)).body.access_token)));
add("userinfo: without the scope openid", [124], ["401 invalid_token Bearer", "403 insufficient_scope Bearer"], userinfo(async (context) => bearer((await personal(context, { scope: "read" })).access_token)));
add("userinfo: a token in the query", [124], ["401 without a body Bearer", "401 without an error Bearer", "401 invalid_token Bearer", "400 invalid_request Bearer", "400 invalid_request"], userinfo(async (context) => ({ url: `${context.server.metadata.userinfo_endpoint}?access_token=${(await personal(context)).access_token}` })));
add("userinfo: two tokens", [124], ["400 invalid_request Bearer", "400 invalid_request"], userinfo(async (context) => {
  const { access_token: it } = await personal(context);
  return { method: "POST", form: { access_token: it }, ...bearer(it) };
}));
add("userinfo: PUT", [124], ["405", "404"], async ({ server }) => String((await server.post("userinfo_endpoint", "", { method: "PUT" })).status));
add("userinfo: preflight", [44], "CORS *", preflight("userinfo_endpoint"));

// Sign-out.
add("sign-out: without anything", [127], "page 200", endSession({}));
add("sign-out: a hint that is garbage", [127], ["page 400", "page 200"], endSession({ id_token_hint: "a.b.c" }));
add("sign-out: an address that is not registered", [128], ["page 400", "page 200"], endSession({ client_id: "first", post_logout_redirect_uri: "https://evil.test/" }));
add("sign-out: an address with a slash more", [128], ["page 400", "page 200"], endSession({ client_id: "first", post_logout_redirect_uri: "https://client.test/bye/" }));
add("sign-out: an address and no client", [128], ["page 400", "page 200"], endSession({ post_logout_redirect_uri: "https://client.test/bye" }));
add("sign-out: a hint of another client than client_id", [128], ["page 400", "page 200"], endSession(async (context) => ({ id_token_hint: (await personal(context)).id_token, client_id: "public", post_logout_redirect_uri: "https://client.test/bye" })));

// Registration.
add("register: a good one", [107], "201", register({}));
add("register: unknown metadata", [107], "201", register({ unknown: { a: 1 } }));
for (const [how, uri] of Object.entries({
  "with a script": "javascript:alert(1)",
  "with data": "data:text/html,a",
  "with a fragment": "https://new.test/#a",
  "with a user": "https://user:word@new.test/",
  "without TLS": "http://new.test/callback",
  "that is relative": "/callback",
  "that is empty": "",
})) {
  add(`register: a redirect_uri ${how}`, [108], "400 invalid_redirect_uri", register({ redirect_uris: [uri], ...(how === "without TLS" && { application_type: "web" }) }));
}
add("register: no redirect_uris", [108], ["400 invalid_redirect_uri", "400 invalid_client_metadata"], register({ redirect_uris: undefined }));
add("register: redirect_uris of another type", [107], ["400 invalid_redirect_uri", "400 invalid_client_metadata"], register({ redirect_uris: "https://new.test/" }));
add("register: loopback without an application_type", [109], "201", register({ redirect_uris: ["http://127.0.0.1:49152/callback"] }));
add("register: too many redirect_uris", [106], ["400 invalid_redirect_uri", "400 invalid_client_metadata"], register({ redirect_uris: Array.from({ length: 100 }, (_, it) => `https://new.test/${it}`) }));
add("register: too long", [106], ["413 invalid_client_metadata", "400 invalid_client_metadata", "413 invalid_request", "400 invalid_request"], register({ client_name: "a".repeat(100_000) }));
add("register: the password grant", [107], "400 invalid_client_metadata", register({ grant_types: ["password"] }));
add("register: the implicit grant", [107], "400 invalid_client_metadata", register({ grant_types: ["implicit"], response_types: ["token"] }));
add("register: an unknown authentication", [107], "400 invalid_client_metadata", register({ token_endpoint_auth_method: "magic" }));
add("register: jwks and jwks_uri", [111], "400 invalid_client_metadata", register({ token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [] }, jwks_uri: "https://new.test/jwks" }));
add("register: a software_statement", [111], "400 invalid_software_statement", register({ software_statement: "a.b.c" }));
add("register: a scope that is not for strangers", [110], ["400 invalid_client_metadata", "201"], register({ scope: "openid admin" }));
add("register: no JSON", [107], "400 invalid_client_metadata", register({}, { body: "{" }));
add("register: a list", [107], "400 invalid_client_metadata", register({}, { body: "[]" }));
add("register: a form", [107], ["400 invalid_client_metadata", "400 invalid_request", "415 invalid_request"], register({}, { body: "redirect_uris=a", headers: { "content-type": "application/x-www-form-urlencoded" } }));
add("register: GET", [112], ["405", "404", "401"], async ({ server }) => String((await server.post("registration_endpoint", "", { method: "GET" })).status));
add("register: the client of others by a wrong token", [112], "401 invalid_token Bearer", async ({ server }) => {
  const made = await server.post("registration_endpoint", JSON.stringify({ redirect_uris: ["https://new.test/callback"], token_endpoint_auth_method: "none", grant_types: ["authorization_code"], response_types: ["code"] }), { headers: { "content-type": "application/json" } });
  return answered(await server.post("registration_endpoint", "", { url: made.body.registration_client_uri, method: "GET", headers: { authorization: "Bearer wrong" } }));
});
add("register: an unknown client by a wrong token", [112], "401 invalid_token Bearer", async ({ server }) =>
  answered(await server.post("registration_endpoint", "", { url: `${server.metadata.registration_endpoint}/nobody`, method: "GET", headers: { authorization: "Bearer wrong" } })));

// Devices.
const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
const started = (form = { client_id: "tv", scope: "openid read" }) => ({ server }) => server.post("device_authorization_endpoint", form);
const poll = ({ server }, code, client = "tv") => server.post("token_endpoint", { grant_type: GRANT, device_code: code, client_id: client });
add("device: an unknown client", [99], "401 invalid_client", async (context) => answered(await started({ client_id: "nobody" })(context)));
add("device: a client without that grant", [42], "400 unauthorized_client", async (context) => answered(await started({ client_id: "first" })(context)));
add("device: an unknown scope", [22], ["400 invalid_scope", "200"], async (context) => answered(await started({ client_id: "tv", scope: "unknown" })(context)));
add("device: pending", [100], "400 authorization_pending", async (context) => answered(await poll(context, (await started()(context)).body.device_code)));
add("device: polled too fast", [100], "400 slow_down", async (context) => {
  const { body } = await started()(context);
  await poll(context, body.device_code);
  return answered(await poll(context, body.device_code));
});
add("device: an unknown code", [100], ["400 invalid_grant", "400 expired_token"], async (context) => answered(await poll(context, "a")));
add("device: no code", [100], "400 invalid_request", token({ grant_type: GRANT, client_id: "tv" }));
add("device: a client without that grant polls", [42], "400 unauthorized_client", async (context) => answered(await poll(context, (await started()(context)).body.device_code, "first")));

// Metadata and keys.
add("metadata: POST", [69], ["405", "404"], async ({ server }) => String((await fetch(`${server.issuer}/.well-known/openid-configuration`, { method: "POST" })).status));
add("metadata: for every origin", [44], "CORS *", async ({ server }) => {
  const answer = await fetch(`${server.issuer}/.well-known/oauth-authorization-server`, { headers: { origin: "https://app.test" } });
  const origin = answer.headers.get("access-control-allow-origin");
  return origin === "*" ? "CORS *" : origin ? "CORS by echo" : "no CORS";
});
add("metadata: a Host that is not ours", [73], "the issuer", async ({ server }) => {
  const { request } = await import("node:http");
  const text = await new Promise((resolve, reject) => {
    const headers = { host: "evil.test", "x-forwarded-host": "evil.test", forwarded: "host=evil.test" };
    request(`${server.issuer}/.well-known/openid-configuration`, { headers }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part)).on("end", () => resolve(Buffer.concat(parts).toString()));
    }).on("error", reject).end();
  });
  return text.includes("evil.test") ? "the header" : "the issuer";
});

export { cases };
