// Passkeys at the program in Chromium, with its virtual authenticator: where they are added, and as users sign in.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { person, startBrowser, startPages, violations } from "./browser.js";
import { Server } from "./scripts.js";
import { freePort, startProgram } from "./servers.js";
import { totp } from "./totp.js";
import { CAROL, makeWorld } from "./world.js";

/** Each test has a user of its own: passkeys are gone with their tab. */
const user = (username) => ({ username, password: "a fourth horse battery staple" });
const USERS = ["light", "dark", "in-field", "second", "elsewhere", "plain"].map(user);

let pages;
let server;
let browser;
let someone;
let page;
let authenticator;

before(async () => {
  pages = await startPages();
  const port = await freePort();
  const world = await makeWorld({ page: pages.origin, more: "[passkeys]\nenabled = true\n" });
  world.users.push(...USERS);
  Object.assign(world, { port, issuer: `http://localhost:${port}/auth` });
  server = await Server.over(await startProgram(world), world);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  pages?.stop();
});
beforeEach(async () => {
  someone = await person(browser);
  page = await someone.open();
  authenticator = await addAuthenticator(page);
});
afterEach(() => someone.stop());

/** Chromium's own authenticator. Its user says yes once `says(true)` is said; its passkeys are in the tab. */
async function addAuthenticator(tab) {
  const devtools = await tab.context().newCDPSession(tab);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
  return {
    says: (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
    passkeys: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
  };
}

const request = (more = {}) => server.request({ client: "spa", redirect_uri: `${pages.origin}/callback`, prompt: "consent", ...more }).url;
const field = (name, tab = page) => tab.locator(`input[name="${name}"]`);
const passkey = (tab = page) => tab.locator("#passkey button");
const allow = (tab = page) => tab.locator('button[name="decision"][value="allow"]');

async function signIn(user, tab = page) {
  await field("username", tab).fill(user.username);
  await field("password", tab).fill(user.password);
  await Promise.all([tab.waitForNavigation(), field("password", tab).press("Enter")]);
}

/** Adds a passkey at the page of the program, and forgets the session. */
async function add(user, code, look) {
  await page.goto(`${server.issuer}/passkeys`);
  await field("username").fill(user.username);
  await field("password").fill(user.password);
  await page.locator("form button").click();
  if (code) {
    await field("code").fill(code());
    await page.locator("form button").click();
  }
  await page.locator("#done").waitFor();
  assert.equal(await page.locator("#recovery li").count(), 10, "recovery codes");
  await look?.();
  await someone.context.clearCookies();
}

async function code(tab = page) {
  await allow(tab).click();
  await tab.waitForURL((url) => url.origin === pages.origin && url.pathname === "/callback");
  return new URL(tab.url()).searchParams.get("code");
}

for (const colorScheme of ["light", "dark"]) {
  test(`a passkey is added and signs in, on pages that are accessible in the ${colorScheme}`, async () => {
    const look = async (name) => {
      assert.deepEqual(await violations(page), [], name);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/passkeys-${name}-${colorScheme}.png` });
    };
    await page.emulateMedia({ colorScheme });
    await page.goto(`${server.issuer}/passkeys`);
    await field("username").waitFor();
    await look("add");
    await add(user(colorScheme), undefined, () => look("added"));
    assert.equal((await authenticator.passkeys()).length, 1);
    // Nothing but a passkey meets `phr`.
    await authenticator.says(false);
    await page.goto(request({ acr_values: "phr" }));
    await passkey().waitFor();
    assert.equal(await passkey().innerText(), "Sign in with a passkey");
    await look("sign-in");
    await authenticator.says(true);
    await Promise.all([allow().waitFor(), passkey().click().catch(() => {})]);
    assert.ok(await code());
    assert.deepEqual(someone.noted, []);
  });
}

test("a browser offers the passkey in the field of the name", async () => {
  await add(user("in-field"));
  await authenticator.says(false);
  await page.goto(request());
  await passkey().waitFor();
  await page.waitForFunction(() => document.querySelector("input[name=username]").autocomplete === "username webauthn");
  assert.deepEqual(await violations(page), []);
  // The authenticator of the test shows no list: it answers at once.
  await authenticator.says(true);
  await page.reload();
  await allow().waitFor();
  assert.ok(await code());
});

test("after a password the passkey is the second factor", async () => {
  await add(user("second"));
  await authenticator.says(false);
  await page.goto(request());
  await signIn(user("second"));
  await field("code").waitFor();
  assert.equal(await passkey().innerText(), "Use a passkey");
  assert.deepEqual(await violations(page), []);
  await authenticator.says(true);
  await passkey().focus();
  await page.keyboard.press("Enter");
  await allow().waitFor();
  assert.ok(await code());
  assert.deepEqual(someone.noted, []);
});

test("a user with a code adds a passkey with it and chooses between them", async () => {
  await add(CAROL, () => totp(CAROL.totp));
  await authenticator.says(false);
  await page.goto(request());
  await signIn(CAROL);
  await passkey().waitFor();
  assert.equal(await field("code").count(), 1);
  await authenticator.says(true);
  await passkey().click();
  await allow().waitFor();
});

test("a user without a passkey sees so and signs in with the password", async () => {
  await page.goto(request());
  await passkey().click();
  await page.locator("#passkey [role=alert]").waitFor();
  assert.deepEqual(await violations(page), []);
  await signIn(user("plain"));
  assert.ok(await code());
});

test("the page of another site gets no passkey", async () => {
  await add(user("elsewhere"));
  const [one] = await authenticator.passkeys();
  assert.equal(one.rpId, "localhost");
  await page.goto(`${pages.origin}/`);
  const asked = page.evaluate(() => navigator.credentials.get({ publicKey: { challenge: new Uint8Array(32), rpId: "localhost" } }).then(() => "taken", ({ name }) => name));
  assert.equal(await asked, "SecurityError");
});

test("without scripts there is no button and the page works", async () => {
  const plain = await person(browser, { javaScriptEnabled: false });
  const tab = await plain.open();
  await tab.goto(request());
  assert.equal(await passkey(tab).isVisible(), false);
  assert.equal(await tab.locator("button").filter({ visible: true }).count(), 1);
  await signIn(user("plain"), tab);
  assert.ok(await code(tab));
  await tab.goto(`${server.issuer}/passkeys`);
  assert.equal(await tab.locator("#cannot").isVisible(), true);
  assert.equal(await field("password", tab).isVisible(), false);
  await plain.stop();
});

test("only the script of the page runs on it", async () => {
  for (const address of [request(), `${server.issuer}/passkeys`]) {
    const policy = (await page.goto(address)).headers()["content-security-policy"];
    assert.match(policy, /default-src 'none'; script-src http:\/\/localhost:[0-9]+\/auth\/passkeys?\.js;/);
    assert.doesNotMatch(policy, /unsafe-|\*/);
    for (const source of ["inline", `${server.issuer}/jwks`, `${pages.origin}/client.js`]) {
      const ran = await page.evaluate(async (source) => {
        const script = document.createElement("script");
        if (source === "inline") script.textContent = "window.ran = true";
        else script.src = source;
        const done = new Promise((resolve) => ["load", "error"].forEach((it) => script.addEventListener(it, () => resolve(it))));
        document.body.append(script);
        return source === "inline" ? window.ran ?? false : (await done) === "load";
      }, source);
      assert.equal(ran, false, source);
    }
  }
});
