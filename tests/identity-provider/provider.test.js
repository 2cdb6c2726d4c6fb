// What the Rust tests rely on, shown on the provider itself.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe, test } from "node:test";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { Browser, basic, clientCredentials, dpopKey, login, post } from "./client.js";
import { CLIENTS } from "./clients.js";

let child;
let issuer;

before(async () => {
  child = spawn(new URL("run", import.meta.url).pathname, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  ({ issuer } = JSON.parse(line));
});

after(() => child.kill());
afterEach(() => control("fault", { path: "all", mode: "none" }));

async function control(door, body) {
  const answer = await fetch(`${issuer}/_test/${door}`, { method: "POST", body: JSON.stringify(body ?? {}) });
  assert.equal(answer.status, 200, await answer.text());
}

const get = (path) => fetch(issuer + path, { redirect: "manual" });
const json = async (path) => (await get(path)).json();

// Always the keys of this moment.
async function verified(token) {
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const { payload } = await jwtVerify(token, keys, { issuer, audience: "https://api.test", typ: "at+jwt" });
  return payload;
}

async function introspect(token, client = "api:test") {
  const { status, body } = await post(`${issuer}/token/introspection`, { token }, { authorization: basic(client) });
  assert.equal(status, 200);
  return body;
}

async function accessToken(answer) {
  const { status, body } = await answer;
  assert.equal(status, 200, JSON.stringify(body));
  return body.access_token;
}

test("its metadata is the same by RFC 8414 and by OpenID Connect Discovery", async () => {
  const metadata = await json("/.well-known/oauth-authorization-server");
  assert.deepEqual(await json("/.well-known/openid-configuration"), metadata);
  assert.equal(metadata.issuer, issuer);
  assert.equal(metadata.jwks_uri, `${issuer}/jwks`);
  assert.equal(metadata.introspection_endpoint, `${issuer}/token/introspection`);
  assert.equal(metadata.revocation_endpoint, `${issuer}/token/revocation`);
});

describe("tokens of machines", () => {
  for (const alg of ["RS256", "PS256", "ES256", "ES384", "EdDSA"]) {
    test(`${alg} signs an access token by RFC 9068`, async () => {
      const resource = `https://api.test/${alg.toLowerCase()}`;
      const token = await accessToken(clientCredentials(issuer, { resource, scope: "read write" }));
      assert.equal(decodeProtectedHeader(token).alg, alg);
      const claims = await verified(token);
      assert.equal(claims.sub, "machine");
      assert.equal(claims.client_id, "machine");
      assert.equal(claims.scope, "read write");
      assert.deepEqual(claims.roles, ["clerk"]);
      assert.equal("acr" in claims || "auth_time" in claims, false);
    });
  }

  test("what is not allowed is refused", async () => {
    const refused = async (form, error) => {
      assert.equal((await clientCredentials(issuer, form)).body.error, error);
    };
    await refused({ resource: "https://other.test" }, "invalid_target");
    await refused({ grant_type: "password" }, "unsupported_grant_type");
    const { status } = await post(`${issuer}/token`, { grant_type: "client_credentials" }, {
      authorization: basic("machine", "wrong"),
    });
    assert.equal(status, 401);
  });

  test("a client may say its secret in the body", async () => {
    const { client_secret: secret } = CLIENTS.find(({ client_id: id }) => id === "machine-post");
    const { status } = await post(`${issuer}/token`, {
      grant_type: "client_credentials",
      client_id: "machine-post",
      client_secret: secret,
    });
    assert.equal(status, 200);
  });
});

describe("opaque tokens", () => {
  const opaque = (form) => accessToken(clientCredentials(issuer, { resource: "https://api.test/opaque", ...form }));

  test("are explained to the resource server, and not to anybody else", async () => {
    const token = await opaque();
    assert.equal(token.includes("."), false);
    const said = await introspect(token);
    assert.equal(said.active, true);
    assert.equal(said.aud, "https://api.test");
    assert.equal(said.iss, issuer);
    assert.equal(said.scope, "read");
    assert.deepEqual(said.roles, ["clerk"]);
    assert.deepEqual(await introspect(token, "machine-admin"), { active: false });
  });

  test("a name and a secret that are not form-encoded are refused", async () => {
    const credentials = "api:test:half:100% + a/b=c&d";
    const { status } = await post(`${issuer}/token/introspection`, { token: "a" }, {
      authorization: `Basic ${Buffer.from(credentials).toString("base64")}`,
    });
    assert.equal(status, 400);
  });

  test("the secret may stand in the body instead", async () => {
    const { body } = await post(`${issuer}/token/introspection`, {
      token: await opaque(),
      client_id: "api-post",
      client_secret: "post:100% + a/b=c&d",
    });
    assert.equal(body.active, true);
  });

  test("are gone once they are revoked (RFC 7009), by the client that has them", async () => {
    const token = await opaque();
    const revoke = (client) => post(`${issuer}/token/revocation`, { token }, { authorization: basic(client) });
    await revoke("machine-admin");
    assert.equal((await introspect(token)).active, true);
    assert.equal((await revoke("machine")).status, 200);
    assert.deepEqual(await introspect(token), { active: false });
  });

  test("one that never was is not active, and a JWT is not what can be asked about", async () => {
    assert.deepEqual(await introspect("unheard-of"), { active: false });
    const token = await accessToken(clientCredentials(issuer));
    const { body } = await post(`${issuer}/token/introspection`, { token }, { authorization: basic("api:test") });
    assert.equal(body.error, "unsupported_token_type");
  });
});

describe("proof of possession (RFC 9449)", () => {
  test("binds the token to the key", async () => {
    const key = await dpopKey();
    const dpop = await key.proof("POST", `${issuer}/token`);
    const { body } = await clientCredentials(issuer, { client: "machine-dpop", dpop });
    assert.equal(body.token_type, "DPoP");
    assert.deepEqual((await verified(body.access_token)).cnf, { jkt: key.thumbprint });
    const again = await clientCredentials(issuer, { client: "machine-dpop", dpop });
    assert.equal(again.status, 400, "the same proof twice");
  });

  test("is demanded from the client that promised it", async () => {
    const { body } = await clientCredentials(issuer, { client: "machine-dpop" });
    assert.equal(body.error, "invalid_grant");
  });

  test("binds opaque tokens and those of users too", async () => {
    const key = await dpopKey();
    const token = await accessToken(login(issuer, { resource: "https://api.test/opaque", key }));
    const said = await introspect(token);
    assert.equal(said.token_type, "DPoP");
    assert.deepEqual(said.cnf, { jkt: key.thumbprint });
  });
});

describe("a login", () => {
  const claimsOf = async (options) => verified(await accessToken(login(issuer, options)));

  test("with a password says how and when", async () => {
    const before = Math.floor(Date.now() / 1000);
    const claims = await claimsOf({ user: "bob", scope: "read write" });
    assert.equal(claims.sub, "bob");
    assert.equal(claims.acr, "urn:password");
    assert.deepEqual(claims.roles, ["manager"]);
    assert.equal(claims.scope, "read write");
    assert.ok(claims.auth_time >= before && claims.auth_time <= before + 5);
  });

  test("with a second factor happens where it is asked for", async () => {
    const browser = new Browser();
    assert.equal((await claimsOf({ browser })).acr, "urn:password");
    const strong = await login(issuer, { browser, acr_values: "urn:mfa" });
    assert.equal(strong.pages, 2);
    assert.equal((await verified(strong.body.access_token)).acr, "urn:mfa");
    const again = await login(issuer, { browser, acr_values: "urn:mfa" });
    assert.equal(again.pages, 0, "the session is strong now");
  });

  test("is repeated for `max_age` and `prompt=login`, with a new `auth_time`", async () => {
    const browser = new Browser();
    const first = await claimsOf({ browser });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const same = await login(issuer, { browser, max_age: 60 });
    assert.equal(same.pages, 0);
    assert.equal((await verified(same.body.access_token)).auth_time, first.auth_time);
    for (const fresh of [{ max_age: 1 }, { prompt: "login" }]) {
      const answer = await login(issuer, { browser, ...fresh });
      assert.equal(answer.pages, 1);
      assert.ok((await verified(answer.body.access_token)).auth_time > first.auth_time);
    }
  });

  test("says the same of an opaque token (RFC 9470, section 6.2)", async () => {
    const resource = "https://api.test/opaque";
    const token = await accessToken(login(issuer, { resource, acr_values: "urn:mfa", client: "web-confidential" }));
    const said = await introspect(token);
    assert.equal(said.acr, "urn:mfa");
    assert.equal(typeof said.auth_time, "number");
    assert.equal(said.sub, "alice");
  });

  test("that does not exist is refused", async () => {
    const { body } = await login(issuer, { acr_values: "urn:retina" });
    assert.equal(body.error, "unmet_authentication_requirements");
  });
});

describe("keys", () => {
  const names = async () => (await json("/jwks")).keys.map((key) => key.kid);
  const kidOf = async () => decodeProtectedHeader(await accessToken(clientCredentials(issuer))).kid;

  test("only their public halves are published", async () => {
    for (const key of (await json("/jwks")).keys) {
      assert.deepEqual(["d", "p", "q", "dp", "dq", "qi"].filter((secret) => secret in key), []);
      assert.equal(key.use, "sig");
    }
  });

  test("rotate: the new one signs, the old one stays until it is withdrawn", async () => {
    const token = await accessToken(clientCredentials(issuer));
    const old = await kidOf();
    await control("rotate");
    assert.notEqual(await kidOf(), old);
    assert.ok((await names()).includes(old));
    await verified(token);
    await control("withdraw");
    assert.equal((await names()).includes(old), false);
    await assert.rejects(verified(token), { code: "ERR_JWKS_NO_MATCHING_KEY" });
    await verified(await accessToken(clientCredentials(issuer)));
  });

  test("can be announced before they sign", async () => {
    const old = await kidOf();
    const published = (await names()).length;
    await control("rotate", { announce: true });
    assert.equal((await names()).length, published + 5);
    assert.equal(await kidOf(), old);
    await control("rotate");
    assert.ok((await names()).includes(await kidOf()));
    assert.equal((await names()).length, published + 5);
    await control("withdraw");
  });

  test("a rotation forgets no token, session or proof", async () => {
    const browser = new Browser();
    const resource = "https://api.test/opaque";
    const token = await accessToken(login(issuer, { browser, resource }));
    await control("rotate");
    assert.equal((await introspect(token)).active, true);
    assert.equal((await login(issuer, { browser })).pages, 0);
    await control("withdraw");
  });

  test("may be kept as long as the cache control says", async () => {
    await control("cache", { max_age: 30, etag: true });
    const answer = await get("/jwks");
    assert.equal(answer.headers.get("cache-control"), "public, max-age=30");
    const etag = answer.headers.get("etag");
    const again = () => fetch(`${issuer}/jwks`, { headers: { "if-none-match": etag } });
    assert.equal((await again()).status, 304);
    await control("rotate");
    assert.equal((await again()).status, 200);
    await control("withdraw");
    await control("cache", { max_age: null, etag: false });
  });
});

describe("faults", () => {
  const fault = (mode, path = "jwks", more = {}) => control("fault", { path, mode, ...more });
  const text = async () => (await get("/jwks")).text();

  test("answers that are no key set", async () => {
    await fault("500");
    assert.equal((await get("/jwks")).status, 500);
    await fault("garbage");
    const garbage = await text();
    assert.throws(() => JSON.parse(garbage), SyntaxError);
    await fault("html");
    assert.match(await text(), /^<!doctype html>/);
    await fault("empty");
    assert.equal(await text(), "");
    await fault("keyless");
    assert.equal(await text(), '{"keys":[]}');
    await fault("none");
    assert.ok((await json("/jwks")).keys.length);
  });

  test("metadata of another issuer", async () => {
    await fault("foreign", "metadata");
    assert.equal((await json("/.well-known/openid-configuration")).issuer, "https://elsewhere.test");
    assert.ok((await json("/jwks")).keys.length, "only the metadata");
  });

  test("slow, and never", async () => {
    await fault("slow", "jwks", { ms: 300 });
    const start = Date.now();
    assert.ok((await json("/jwks")).keys.length);
    assert.ok(Date.now() - start >= 290);
    await fault("hang");
    const patience = AbortSignal.timeout(300);
    await assert.rejects(fetch(`${issuer}/jwks`, { signal: patience }), { name: "TimeoutError" });
    await fault("reset");
    await assert.rejects(get("/jwks"));
  });

  test("more than anybody wants to read", async () => {
    await fault("huge");
    let length = 0;
    for await (const part of (await get("/jwks")).body) length += part.length;
    assert.ok(length > 60_000_000);
  });

  test("a redirect to another origin, where a follower is counted", async () => {
    await fault("redirect");
    const answer = await get("/jwks");
    assert.equal(answer.status, 302);
    const elsewhere = new URL(answer.headers.get("location"));
    assert.notEqual(elsewhere.origin, issuer);
    const { "/_test/elsewhere": before = 0 } = await json("/_test/hits");
    await fetch(elsewhere.href.replace("localhost", "127.0.0.1"));
    assert.equal((await json("/_test/hits"))["/_test/elsewhere"], before + 1);
  });

  test("everywhere, or nowhere", async () => {
    await fault("500", "all");
    assert.equal((await clientCredentials(issuer)).status, 500);
    await fault("none", "all");
    assert.equal((await clientCredentials(issuer)).status, 200);
    const wrong = await fetch(`${issuer}/_test/fault`, { method: "POST", body: '{"path":"jwks","mode":"odd"}' });
    assert.equal(wrong.status, 400);
  });

  test("every request is counted", async () => {
    const { "/jwks": before } = await json("/_test/hits");
    await fault("500");
    await get("/jwks");
    await get("/jwks");
    assert.equal((await json("/_test/hits"))["/jwks"], before + 2);
  });
});

test("it ends when its standard input does", async () => {
  const other = spawn(new URL("run", import.meta.url).pathname, { stdio: ["pipe", "pipe", "ignore"] });
  await once(other.stdout, "data");
  other.stdin.end();
  const [code] = await once(other, "exit");
  assert.equal(code, 0);
});
