// `openid-client` and `oauth4webapi`, which check every answer strictly, against the server under test.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before } from "node:test";
import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { Agent, forms } from "./agent.js";
import { OFFLINE, Server, json, script } from "./scripts.js";
import { isOracle, startServer } from "./servers.js";
import { ALICE, API, BOB, CALLBACK, OPAQUE, SECOND, makeWorld } from "./world.js";

const insecure = { [oauth.allowInsecureRequests]: true };
let world;
let server;

before(async () => {
  world = await makeWorld({ lifetimes: { refresh_retry_window: "2s" } });
  server = await Server.over(await startServer(world), world);
});
after(() => server?.stop());

const WAYS = {
  none: () => client.None(),
  client_secret_basic: (it) => client.ClientSecretBasic(it.secret),
  client_secret_post: (it) => client.ClientSecretPost(it.secret),
  private_key_jwt: () => client.PrivateKeyJwt({ key: world.bankKey, kid: "bank-1" }),
};

/** A configuration by discovery, which compares the issuer. */
async function configured(id, options = {}) {
  const known = world.client(id);
  const way = WAYS[known.authentication ?? (known.secret ? "client_secret_basic" : "none")](known);
  return client.discovery(new URL(server.issuer), id, options.metadata, way, {
    algorithm: options.algorithm ?? "oidc",
    execute: [client.allowInsecureRequests],
  });
}

/** A whole code flow by openid-client. */
async function flow(config, { user = ALICE, agent = new Agent(), push = false, dpop, redirectUri = CALLBACK, ...more } = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const params = {
    redirect_uri: redirectUri,
    scope: "openid read",
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  };
  const build = push ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl;
  const url = await build(config, params, ...(push ? [dpop && { DPoP: dpop }] : []));
  const { left, pages, body, status } = await agent.authorize(url.href, { user });
  assert.ok(left, `no redirect: ${status} ${body}`);
  const tokens = await client.authorizationCodeGrant(config, new URL(left), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
    ...(more.max_age !== undefined && { maxAge: Number(more.max_age) }),
  }, undefined, dpop && { DPoP: dpop });
  return { tokens, pages, agent, left };
}

const accessToken = (token, audience = API, more = {}) =>
  jwtVerify(token, createRemoteJWKSet(new URL(server.metadata.jwks_uri)), { issuer: server.issuer, audience, typ: "at+jwt", ...more });

const introspected = async (token) => client.tokenIntrospection(await configured("api"), token);

async function refused(promise, error) {
  await assert.rejects(promise, (thrown) => {
    assert.equal(thrown.error ?? thrown.cause?.error, error, `${thrown} ${JSON.stringify(thrown.cause ?? {})}`);
    return true;
  });
}

script("both discovery documents have the issuer and agree", async () => {
  const byOpenId = await client.discovery(new URL(server.issuer), "first", undefined, client.None(), { execute: [client.allowInsecureRequests] });
  const byOauth = await client.discovery(new URL(server.issuer), "first", undefined, client.None(), { algorithm: "oauth2", execute: [client.allowInsecureRequests] });
  assert.deepEqual(byOpenId.serverMetadata(), byOauth.serverMetadata());
  const metadata = byOpenId.serverMetadata();
  assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.ok(metadata.id_token_signing_alg_values_supported.includes("RS256"));
  assert.deepEqual(metadata.response_types_supported, ["code"]);
  assert.ok(metadata.scopes_supported.includes("offline_access"));
});

script("code, PKCE, state, nonce, iss and an ID token", async () => {
  const config = await configured("public");
  const { tokens, pages, left } = await flow(config, { scope: "openid email profile read" });
  assert.deepEqual(pages, ["sign-in", "consent"]);
  assert.equal(new URL(left).searchParams.get("iss"), server.issuer);
  assert.equal(tokens.token_type, "bearer");
  const claims = tokens.claims();
  assert.equal(claims.aud, "public");
  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub).catch((error) => error);
  // An access token for an API is not one for userinfo at every server.
  if (!(info instanceof Error)) assert.equal(info.sub, claims.sub);
  const { payload, protectedHeader } = await accessToken(tokens.access_token);
  assert.equal(protectedHeader.alg, "ES256");
  assert.equal(payload.sub, claims.sub);
  assert.equal(payload.client_id, "public");
  assert.deepEqual(payload.roles, ["manager"]);
  assert.ok(payload.scope.split(" ").includes("read"));
});

script("userinfo has the subject of the ID token", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { scope: "openid email profile" });
  const { sub } = tokens.claims();
  const info = await client.fetchUserInfo(config, tokens.access_token, sub);
  assert.equal(info.email, "alice@example.com");
  assert.equal(info.preferred_username, "alice");
  const posted = await fetch(server.metadata.userinfo_endpoint, { method: "POST", headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal((await posted.json()).sub, sub);
});

script("an ID token by RS256, for a client that wants it", async () => {
  const { verifier, url } = server.request({ client: "web" });
  assert.ok(url && verifier);
  const keys = await json(server.metadata.jwks_uri);
  const algorithms = keys.keys.map(({ alg }) => alg);
  assert.ok(algorithms.includes("RS256") && algorithms.includes("ES256"), algorithms.join());
  for (const key of keys.keys) {
    assert.equal(key.use, "sig");
    for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) assert.ok(!(secret in key), secret);
  }
  assert.equal(new Set(keys.keys.map(({ kid }) => kid)).size, keys.keys.length);
});

for (const id of ["web", "web:odd id", "post", "bank"]) {
  script(`the code flow of ${id}, which authenticates by ${id === "bank" ? "private_key_jwt" : id === "post" ? "client_secret_post" : "client_secret_basic"}`, async () => {
    const config = await configured(id);
    const { tokens } = await flow(config, OFFLINE);
    assert.equal(tokens.claims().aud, id);
    const next = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(next.claims().sub, tokens.claims().sub);
    assert.notEqual(next.refresh_token, tokens.refresh_token);
    // Without its authentication it gets nothing.
    const bare = await server.post("token_endpoint", { grant_type: "refresh_token", refresh_token: next.refresh_token, client_id: id });
    assert.equal(bare.body.error, "invalid_client");
  });
}

script("pushed authorization requests", async () => {
  const { tokens } = await flow(await configured("pushed"), { push: true });
  assert.equal(tokens.claims().aud, "pushed");
  const confidential = await flow(await configured("bank"), { push: true, resource: SECOND });
  await accessToken(confidential.tokens.access_token, SECOND);
});

script("DPoP: code and refresh token are bound to a key", async () => {
  const config = await configured("bound");
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { tokens } = await flow(config, { push: true, dpop, ...OFFLINE });
  assert.equal(tokens.token_type, "dpop");
  const { payload } = await accessToken(tokens.access_token);
  assert.equal(payload.cnf.jkt, await dpop.calculateThumbprint());
  const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP: dpop });
  assert.equal(next.token_type, "dpop");
  const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  await assert.rejects(client.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP: other }), (error) =>
    ["invalid_grant", "invalid_dpop_proof"].includes(error.error));
});

script("DPoP at userinfo", async () => {
  const config = await configured("bound");
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const { tokens } = await flow(config, { dpop, scope: "openid email" });
  const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP: dpop });
  assert.equal(info.email, "alice@example.com");
});

script("a client that is bound gets no bearer token", async () => {
  const config = await configured("bound");
  await assert.rejects(flow(config), (error) => ["invalid_request", "invalid_dpop_proof", "invalid_grant"].includes(error.error));
});

script("a refresh token rotates, and stays within its grant", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { ...OFFLINE, scope: "openid offline_access read write" });
  let next = await client.refreshTokenGrant(config, tokens.refresh_token, { scope: "read" });
  assert.equal(decodeJwt(next.access_token).scope, "read");
  next = await client.refreshTokenGrant(config, next.refresh_token);
  assert.ok(decodeJwt(next.access_token).scope.includes("write"), "the refresh token keeps its scope");
  const before = tokens.claims();
  const later = next.claims();
  for (const name of ["iss", "sub", "aud", "auth_time"]) assert.deepEqual(later[name], before[name], name);
  await refused(client.refreshTokenGrant(config, next.refresh_token, { scope: "read admin" }), "invalid_scope");
});

script("a refresh token that is tried again within the window gives the same successor", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, OFFLINE);
  const all = await Promise.all([1, 2, 3, 4].map(() => client.refreshTokenGrant(config, tokens.refresh_token)));
  assert.equal(new Set(all.map((it) => it.refresh_token)).size, 1);
  const next = await client.refreshTokenGrant(config, all[0].refresh_token);
  assert.notEqual(next.refresh_token, all[0].refresh_token);
});

script("a spent refresh token ends the grant after the window", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { ...OFFLINE, resource: OPAQUE });
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal((await introspected(next.access_token)).active, true);
  if (!isOracle) await sleep(3_100);
  await refused(client.refreshTokenGrant(config, tokens.refresh_token), "invalid_grant");
  await refused(client.refreshTokenGrant(config, next.refresh_token), "invalid_grant");
  assert.equal((await introspected(next.access_token)).active, false);
});

script("a code that is redeemed twice ends its grant", async () => {
  const got = await server.code({ user: ALICE, ...OFFLINE, resource: OPAQUE });
  const form = { grant_type: "authorization_code", code: got.code, redirect_uri: CALLBACK, client_id: "first", code_verifier: got.verifier };
  // With a wrong verifier nothing is lost.
  assert.equal((await server.post("token_endpoint", { ...form, code_verifier: "a".repeat(43) })).body.error, "invalid_grant");
  const { body } = await server.post("token_endpoint", form);
  assert.equal((await introspected(body.access_token)).active, true);
  assert.equal((await server.post("token_endpoint", form)).body.error, "invalid_grant");
  assert.equal((await introspected(body.access_token)).active, false);
  assert.equal((await server.refresh(body.refresh_token)).body.error, "invalid_grant");
});

script("a failed redemption does not spend the code", async () => {
  const got = await server.code({ user: ALICE });
  const form = { grant_type: "authorization_code", code: got.code, redirect_uri: CALLBACK, client_id: "first", code_verifier: got.verifier };
  assert.equal((await server.post("token_endpoint", { ...form, code_verifier: "a".repeat(43) })).body.error, "invalid_grant");
  assert.equal((await server.post("token_endpoint", { ...form, client_id: "public" })).body.error, "invalid_grant");
  assert.equal((await server.post("token_endpoint", form)).status, 200);
});

script("of eight redemptions at once one succeeds", async () => {
  const got = await server.code({ user: ALICE });
  const form = { grant_type: "authorization_code", code: got.code, redirect_uri: CALLBACK, client_id: "first", code_verifier: got.verifier };
  const all = await Promise.all(Array.from({ length: 8 }, () => server.post("token_endpoint", form)));
  assert.deepEqual(all.map(({ status }) => status).sort(), [200, 400, 400, 400, 400, 400, 400, 400]);
});

script("introspection of an opaque token, by the resource server and by no other", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { resource: OPAQUE });
  assert.ok(!tokens.access_token.includes("."));
  const said = await introspected(tokens.access_token);
  assert.equal(said.active, true);
  assert.deepEqual([said.aud].flat(), [OPAQUE]);
  assert.equal(said.client_id, "first");
  assert.equal(said.sub, tokens.claims().sub);
  assert.equal(said.scope.split(" ").includes("read"), true);
  assert.equal(said.token_type, "Bearer");
  assert.ok(said.exp > Date.now() / 1000);
  const foreign = await client.tokenIntrospection(await configured("other-api"), tokens.access_token);
  assert.deepEqual({ ...foreign }, { active: false });
});

script("introspection of a JWT access token", async () => {
  const { tokens } = await flow(await configured("first"));
  const said = await introspected(tokens.access_token);
  assert.equal(said.active, true);
  assert.deepEqual([said.aud].flat(), [API]);
});

script("a refresh token is not shown to a resource server", async () => {
  const { tokens } = await flow(await configured("first"), OFFLINE);
  assert.deepEqual({ ...(await introspected(tokens.refresh_token)) }, { active: false });
});

script("revocation of a refresh token ends the grant", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { ...OFFLINE, resource: OPAQUE });
  // Another client's: nothing happens, and the answer does not say so.
  await client.tokenRevocation(await configured("web"), tokens.refresh_token).catch((error) => assert.ok(isOracle, String(error)));
  assert.equal((await introspected(tokens.access_token)).active, true);
  await client.tokenRevocation(config, tokens.refresh_token, { token_type_hint: "access_token" });
  await refused(client.refreshTokenGrant(config, tokens.refresh_token), "invalid_grant");
  assert.equal((await introspected(tokens.access_token)).active, false);
  await client.tokenRevocation(config, "no-such-token");
});

script("revocation of an opaque access token", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { ...OFFLINE, resource: OPAQUE });
  await client.tokenRevocation(config, tokens.access_token);
  assert.equal((await introspected(tokens.access_token)).active, false);
});

for (const id of ["worker", "worker-post", "worker-bank"]) {
  script(`client credentials of ${id}`, async () => {
    const config = await configured(id, { algorithm: "oauth2" });
    const tokens = await client.clientCredentialsGrant(config, { scope: "read", resource: API });
    assert.equal(tokens.refresh_token, undefined);
    const { payload } = await accessToken(tokens.access_token);
    assert.equal(payload.client_id, id);
    assert.equal(payload.scope, "read");
    if (id === "worker") assert.deepEqual(payload.roles, ["auditor"]);
    // Read by the rules of RFC 9068, with the keys of the metadata.
    const request = new Request("https://api.test/orders", { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const claims = await oauth.validateJwtAccessToken(config.serverMetadata(), request, API, insecure);
    assert.equal(claims.sub, payload.sub);
    await refused(client.clientCredentialsGrant(config, { resource: "https://unknown.test" }), "invalid_target");
    await refused(client.clientCredentialsGrant(config, { scope: "admin", resource: API }), "invalid_scope");
  });
}

script("client credentials bound by DPoP", async () => {
  const config = await configured("worker-bound", { algorithm: "oauth2" });
  const dpop = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const tokens = await client.clientCredentialsGrant(config, { scope: "read" }, { DPoP: dpop });
  assert.equal(tokens.token_type, "dpop");
  await assert.rejects(client.clientCredentialsGrant(config, { scope: "read" }));
});

script("a token for the resource that was asked for", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { ...OFFLINE, resource: SECOND });
  await accessToken(tokens.access_token, SECOND);
  await refused(client.refreshTokenGrant(config, tokens.refresh_token, { resource: API }), "invalid_target");
});

script("several resources, an access token for each", async () => {
  const got = await server.code({ user: ALICE, ...OFFLINE, resource: [API, SECOND] });
  const form = { grant_type: "authorization_code", code: got.code, redirect_uri: CALLBACK, client_id: "first", code_verifier: got.verifier };
  const { body } = await server.post("token_endpoint", { ...form, resource: SECOND });
  assert.ok(body.access_token, JSON.stringify(body));
  await accessToken(body.access_token, SECOND);
  const next = await server.refresh(body.refresh_token, { resource: API });
  await accessToken(next.body.access_token, API);
});

script("an ID token is no access token, and an access token no ID token", async () => {
  const config = await configured("first");
  const { tokens } = await flow(config, { scope: "openid email" });
  await assert.rejects(client.fetchUserInfo(config, tokens.id_token, client.skipSubjectCheck));
  const keys = createLocalJWKSet(await json(server.metadata.jwks_uri));
  const { protectedHeader } = await jwtVerify(tokens.id_token, keys, { issuer: server.issuer, audience: "first" });
  assert.notEqual(protectedHeader.typ, "at+jwt");
});

script("prompt=none: nothing is shown", async () => {
  const config = await configured("public");
  const agent = new Agent();
  const silent = async (more) => {
    const request = server.request({ client: "public", prompt: "none", ...more });
    const { left } = await agent.authorize(request.url);
    assert.ok(left, "a redirect");
    const answer = new URL(left).searchParams;
    assert.equal(answer.get("iss"), server.issuer);
    assert.equal(answer.get("state"), "a state");
    return answer.get("error") ?? "code";
  };
  assert.equal(await silent(), "login_required");
  await flow(config, { agent });
  assert.equal(await silent(), "code");
  assert.equal(await silent({ scope: "openid read write" }), "consent_required");
  assert.equal(await silent({ prompt: "none login" }), "invalid_request");
});

script("a session signs in by itself; prompt=login and max_age=0 sign in anew", async () => {
  const config = await configured("first");
  const { agent, tokens } = await flow(config, { max_age: "3600" });
  const again = await flow(config, { agent, max_age: "3600" });
  assert.deepEqual(again.pages, []);
  assert.equal(again.tokens.claims().auth_time, tokens.claims().auth_time);
  await sleep(1_100);
  const anew = await flow(config, { agent, prompt: "login", max_age: "3600" });
  assert.deepEqual(anew.pages, ["sign-in"]);
  assert.ok(anew.tokens.claims().auth_time > tokens.claims().auth_time);
  assert.deepEqual((await flow(config, { agent, max_age: "0" })).pages, ["sign-in"]);
});

script("consent is remembered, a wider request asks again, and a refusal is said", async () => {
  const config = await configured("public");
  const { agent, pages } = await flow(config, { user: BOB });
  assert.deepEqual(pages, ["sign-in", "consent"]);
  assert.deepEqual((await flow(config, { agent })).pages, []);
  assert.deepEqual((await flow(config, { agent, scope: "openid read write" })).pages, ["consent"]);
  const { left } = await agent.authorize(server.request({ client: "public", prompt: "consent" }).url, { decision: "deny" });
  assert.equal(new URL(left).searchParams.get("error"), "access_denied");
  assert.equal(new URL(left).searchParams.get("iss"), server.issuer);
});

script("sign-out with a hint leads back, and the session is over", async () => {
  const config = await configured("first");
  const { agent, tokens } = await flow(config);
  const url = client.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: "https://client.test/bye",
    state: "a state",
  });
  let answer = await agent.open(url.href);
  if (!answer.left) {
    const [form] = forms(answer.body, answer.url);
    assert.ok(form, `${answer.status} ${answer.body}`);
    const [button] = form.buttons;
    answer = await agent.open(form.action, { form: { ...form.fields, ...(button && { [button.name]: button.value }) } });
  }
  assert.equal(answer.left, "https://client.test/bye?state=a+state".replace("+", answer.left?.includes("%20") ? "%20" : "+"));
  const { left } = await agent.authorize(server.request({ prompt: "none" }).url);
  assert.equal(new URL(left).searchParams.get("error"), "login_required");
});

script("dynamic registration, and a flow of the client that registered", async () => {
  const config = await client.dynamicClientRegistration(new URL(server.issuer), {
    redirect_uris: ["http://127.0.0.1/callback"],
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    client_name: "A client of the tests",
    scope: "openid offline_access read",
    software_note: "what is not known is ignored",
  }, client.None(), { execute: [client.allowInsecureRequests] });
  const { tokens, pages } = await flow(config, { redirectUri: "http://127.0.0.1:49152/callback", ...OFFLINE });
  assert.deepEqual(pages, ["sign-in", "consent"]);
  assert.ok(tokens.refresh_token);
  await client.refreshTokenGrant(config, tokens.refresh_token);
});

script("a registered client with a secret", async () => {
  const config = await client.dynamicClientRegistration(new URL(server.issuer), {
    redirect_uris: [CALLBACK],
    token_endpoint_auth_method: "client_secret_basic",
    grant_types: ["authorization_code"],
    response_types: ["code"],
    scope: "openid read",
  }, client.ClientSecretBasic(), { execute: [client.allowInsecureRequests] });
  const { tokens } = await flow(config);
  assert.ok(tokens.id_token);
});

script("the device grant", async () => {
  const config = await configured("tv");
  const started = await client.initiateDeviceAuthorization(config, { scope: "openid read" });
  assert.ok(started.user_code && started.verification_uri && started.expires_in > 0);
  const polled = client.pollDeviceAuthorizationGrant(config, { ...started, interval: 1 }, undefined, { signal: AbortSignal.timeout(50_000) });
  const agent = new Agent();
  let page = await agent.open(started.verification_uri);
  for (let steps = 0; steps < 8; steps++) {
    const found = forms(page.body, page.url);
    if (found.some((it) => "user_code" in it.fields) && !found.some((it) => it.buttons.some(({ name }) => name === "decision"))) {
      const confirms = found.find((it) => it.fields.user_code);
      page = await agent.open((confirms ?? found[0]).action, { form: { ...(confirms ?? found[0]).fields, user_code: started.user_code.toLowerCase(), ...(confirms && { confirm: "yes" }) } });
    } else if (found.some((it) => "password" in it.fields)) {
      page = await agent.submit(page, ALICE);
    } else if (found.some((it) => it.buttons.some(({ name }) => name === "decision"))) {
      page = await agent.submit(page, { decision: "allow" }, "decision");
    } else {
      break;
    }
  }
  const tokens = await polled;
  assert.ok(tokens.access_token, agent.trail.join("\n"));
  assert.equal(decodeProtectedHeader(tokens.access_token).typ, "at+jwt");
});

script("oauth4webapi: every step by itself", async () => {
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }));
  const web = { client_id: "web" };
  const secret = oauth.ClientSecretBasic(world.secretOf("web"));
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const pushed = await oauth.processPushedAuthorizationResponse(as, web, await oauth.pushedAuthorizationRequest(as, web, secret, {
    ...OFFLINE,
    redirect_uri: CALLBACK,
    response_type: "code",
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  }, insecure));
  assert.ok(pushed.expires_in <= 600);
  const url = `${as.authorization_endpoint}?${new URLSearchParams({ client_id: "web", request_uri: pushed.request_uri })}`;
  const { left } = await new Agent().authorize(url, { user: ALICE });
  const params = oauth.validateAuthResponse(as, web, new URL(left), state);
  const answer = await oauth.authorizationCodeGrantRequest(as, web, secret, params, CALLBACK, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, web, answer, { expectedNonce: nonce, requireIdToken: true });
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims.aud, "web");
  const refreshed = await oauth.processRefreshTokenResponse(as, web, await oauth.refreshTokenGrantRequest(as, web, secret, tokens.refresh_token, insecure));
  assert.ok(refreshed.access_token);
  assert.equal(await oauth.processRevocationResponse(await oauth.revocationRequest(as, web, secret, refreshed.refresh_token, insecure)), undefined);
});
