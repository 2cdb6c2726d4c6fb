// `oidc-client-ts` in Chromium: a client in a browser, from another origin than the server's.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { person, startBrowser, startPages } from "./browser.js";
import { json, script } from "./scripts.js";
import { isOracle, startServer } from "./servers.js";
import { ALICE, API, makeWorld } from "./world.js";

let pages;
let server;
let browser;
let alice;
let page;

before(async () => {
  pages = await startPages();
  server = await startServer(await makeWorld({ page: pages.origin }));
  pages.settings.issuer = server.issuer;
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  pages?.stop();
});
beforeEach(async () => {
  alice = await person(browser);
  page = await alice.open();
  await page.goto(pages.origin);
});
afterEach(() => alice.stop());

/** Fills in what pages ask for until the client has the browser again. */
async function signIn(tab = page) {
  for (let steps = 0; steps < 4; steps++) {
    await tab.waitForURL((url) => url.origin === pages.origin || url.origin === server.issuer);
    if (new URL(tab.url()).origin === pages.origin) return;
    const allow = tab.locator('button[name="decision"][value="allow"]');
    if (await allow.count()) await Promise.all([tab.waitForNavigation(), allow.click()]);
    else {
      await tab.locator('input[name="username"]').fill(ALICE.username);
      await tab.locator('input[name="password"]').fill(ALICE.password);
      await Promise.all([tab.waitForNavigation(), tab.locator('input[name="password"]').press("Enter")]);
    }
  }
  await tab.waitForURL((url) => url.origin === pages.origin);
}

/** Signs in by a redirect, and gives what the client knows of the user then. */
async function signedIn(more = {}, request = isOracle ? { prompt: "consent" } : {}) {
  await Promise.all([page.waitForURL((url) => url.origin === server.issuer), page.evaluate(([settings, args]) => { manager(settings).then((it) => it.signinRedirect(args)); }, [more, request])]);
  await signIn();
  return page.evaluate(async (settings) => {
    const user = await (await manager(settings)).signinCallback();
    return { ...user, profile: user.profile };
  }, more);
}

test("signs in, and the tokens are good", async () => {
  const user = await signedIn();
  assert.equal(user.profile.iss, server.issuer);
  assert.ok(user.refresh_token);
  const { jwks_uri: uri } = await json(`${server.issuer}/.well-known/openid-configuration`);
  await jwtVerify(user.access_token, createRemoteJWKSet(new URL(uri)), { issuer: server.issuer, audience: API, typ: "at+jwt" });
  await jwtVerify(user.id_token, createRemoteJWKSet(new URL(uri)), { issuer: server.issuer, audience: "spa" });
  // Its pages have no icon, which browsers note.
  if (!isOracle) assert.deepEqual(alice.noted, []);
});

test("refreshes: the refresh token is another one, and four at once get the same", async () => {
  const { refresh_token: first } = await signedIn();
  const second = await page.evaluate(async () => (await (await manager()).signinSilent()).refresh_token);
  assert.ok(second);
  assert.notEqual(second, first);
  if (isOracle) return;
  const all = await page.evaluate(async () => {
    const one = await manager();
    const user = await one.getUser();
    const { token_endpoint: url } = await (await fetch(`${(await parameters).issuer}/.well-known/openid-configuration`)).json();
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: user.refresh_token, client_id: "spa" });
    const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(url, { method: "POST", body })));
    return Promise.all(answers.map(async (answer) => (await answer.json()).refresh_token));
  });
  assert.ok(all[0]);
  assert.equal(new Set(all).size, 1);
});

test("prompt=none in a frame gives a code while the session lasts", async () => {
  const user = await signedIn();
  const silent = await page.evaluate(async () => {
    const one = await manager();
    // Without a refresh token it asks by a frame.
    const known = await one.getUser();
    delete known.refresh_token;
    await one.storeUser(known);
    const next = await one.signinSilent();
    return { sub: next.profile.sub, token: next.access_token };
  });
  assert.equal(silent.sub, user.profile.sub);
  assert.notEqual(silent.token, user.access_token);
  const stranger = await person(browser);
  const tab = await stranger.open();
  await tab.goto(pages.origin);
  assert.equal(await tab.evaluate(async () => (await manager()).signinSilent().then(() => "signed in", (error) => error.error)), "login_required");
  await stranger.stop();
});

test("asks userinfo and fetches keys across origins", async () => {
  await signedIn({ scope: "openid email offline_access" });
  const told = await page.evaluate(async () => {
    const user = await (await manager()).getUser();
    const metadata = await (await fetch(`${(await parameters).issuer}/.well-known/oauth-authorization-server`)).json();
    const keys = await (await fetch(metadata.jwks_uri)).json();
    const info = await fetch(metadata.userinfo_endpoint, { headers: { authorization: `Bearer ${user.access_token}` } });
    return { keys: keys.keys.length, info: info.status };
  });
  assert.ok(told.keys >= 2);
  // There, a token that has an audience is none for userinfo.
  assert.equal(told.info, isOracle ? 401 : 200);
});

script("oidc-client-ts revokes a refresh token", async () => {
  await signedIn();
  const error = await page.evaluate(async () => {
    const one = await manager();
    const { refresh_token: token } = await one.getUser();
    const metadata = await (await fetch(`${(await parameters).issuer}/.well-known/oauth-authorization-server`)).json();
    await one.revokeTokens(["refresh_token"]);
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token, client_id: "spa" });
    return (await (await fetch(metadata.token_endpoint, { method: "POST", body })).json()).error;
  });
  assert.equal(error, "invalid_grant");
});

test("binds its tokens by DPoP", async () => {
  const user = await signedIn({ dpop: true });
  assert.equal(user.token_type.toLowerCase(), "dpop");
  const next = await page.evaluate(async () => (await (await manager({ dpop: true })).signinSilent()).token_type);
  assert.equal(next.toLowerCase(), "dpop");
});

test("signs out, and the session is over", async () => {
  await signedIn();
  await Promise.all([page.waitForURL((url) => url.origin === server.issuer || url.pathname === "/"), page.evaluate(() => { manager().then((it) => it.signoutRedirect({ state: "bye" })); })]);
  await page.waitForLoadState();
  if (new URL(page.url()).origin === server.issuer) await page.locator("form button").first().click();
  await page.waitForURL((url) => url.origin === pages.origin && url.pathname === "/");
  const error = await page.evaluate(async () => (await manager()).signinSilent().then(() => "signed in", (it) => it.error));
  assert.equal(error, "login_required");
});

test("a refusal comes back as access_denied, with iss", async () => {
  await Promise.all([page.waitForURL((url) => url.origin === server.issuer), page.evaluate(() => { manager().then((it) => it.signinRedirect({ prompt: "consent" })); })]);
  await page.locator('input[name="username"]').fill(ALICE.username);
  await page.locator('input[name="password"]').fill(ALICE.password);
  await page.locator('input[name="password"]').press("Enter");
  await page.locator('button[name="decision"][value="deny"]').click();
  await page.waitForURL((url) => url.origin === pages.origin);
  const url = new URL(page.url());
  assert.equal(url.searchParams.get("error"), "access_denied");
  assert.equal(url.searchParams.get("iss"), server.issuer);
  assert.equal(await page.evaluate(async () => (await manager()).signinCallback().catch((error) => error.error)), "access_denied");
});
