"use strict";
// The notes of examples/accounts, as a person uses them: from sign-up to a second factor, a passkey, a key
// and its end; then the pages that the accounts bring themselves. With PICTURES, the folder that pictures of it
// are drawn to.

const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { after, before, describe, test } = require("node:test");
const { startBrowser } = require("./browser.js");

const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PASSWORD = "a lamp beside the green door";

let origin;
let server;
let browser;
let page;
const noted = [];

/** Starts the example on a free port, with its made-up accounts. */
async function start() {
  const binary = process.env.ACCOUNTS_EXAMPLE ?? path.join(__dirname, "../../target/debug/accounts-example");
  const child = spawn(binary, ["--listen", "127.0.0.1:0", "--seed", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  const told = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${binary} ended with ${code}`)));
    readline.createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
  });
  assert.equal(told.ready, true);
  // Passkeys belong to a name, and not to an address.
  origin = `http://localhost:${told.listen.split(":").pop()}`;
  server = child;
}

before(async () => {
  await start();
  browser = await startBrowser();
  page = await browser.context.newPage();
  await addAuthenticator();
  page.on("pageerror", (error) => noted.push(`error ${error.message}`));
  page.on("console", (message) => {
    const isBad = ["error", "warning"].includes(message.type()) && !/status of 4[0-9][0-9]/.test(message.text());
    if (isBad) noted.push(`console ${message.type()}: ${message.text()}`);
  });
});
after(async () => {
  await browser?.stop();
  server?.kill();
});

/** Chromium's own authenticator, which says yes for its user: its passkeys are in the browser. */
async function addAuthenticator() {
  const devtools = await browser.context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
}

/** The code of RFC 6238 for a secret in base32. */
function totp(secret, seconds = Date.now() / 1000) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret.replace(/=+$/, "")].map((it) => letters.indexOf(it).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((it) => parseInt(it, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)));
  const mac = createHmac("sha1", key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Draws a picture of what is to be seen, if there is a folder for it. */
async function picture(name) {
  if (process.env.PICTURES) await page.screenshot({ path: path.join(process.env.PICTURES, `accounts-${name}.png`) });
}

async function isAccessible(name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map((it) => `${it.id}: ${it.nodes.map((node) => node.target).join(" ")}`), [], name);
  await picture(name);
}

async function signIn(username, password) {
  await page.goto(`${origin}/#sign-in`);
  await page.locator("#form-sign-in").getByLabel("User name").fill(username);
  await page.locator("#form-sign-in").getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const call = async (route, init = {}) => (await fetch(`${origin}${route}`, init)).status;

describe("a person who signs up", () => {
  let secret;
  let key;

  test("is signed in, and writes a note", async () => {
    await page.goto(origin);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await isAccessible("sign-in");
    await page.getByRole("link", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Sign up" }).waitFor();
    await isAccessible("sign-up");
    const form = page.locator("#form-sign-up");
    await form.getByLabel("User name").fill("dora");
    await form.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign up" }).click();
    await page.getByRole("heading", { name: "Notes" }).waitFor();
    await page.getByLabel("New note").fill("water the plants");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("water the plants").waitFor();
    await isAccessible("notes");
  });

  test("cannot throw it away without a second factor", async () => {
    await page.getByRole("button", { name: "Throw away" }).click();
    await page.getByText("This needs a second factor").waitFor();
    await page.getByText("water the plants").waitFor();
  });

  test("switches an authenticator app on, with a picture to scan", async () => {
    await page.goto(`${origin}/#security`);
    await page.getByRole("button", { name: "Add an authenticator app" }).click();
    await page.locator("#totp-qr svg").waitFor();
    secret = await page.locator("#totp-secret").textContent();
    await isAccessible("second-factor");
    await page.locator("#form-totp-confirm").getByLabel("Code").fill(totp(secret));
    await page.getByRole("button", { name: "Switch on" }).click();
    await page.locator("#factors li").first().waitFor();
    assert.equal(await page.locator("#factors li").count(), 1);
  });

  test("gets recovery codes, once", async () => {
    await page.getByRole("button", { name: "Make recovery codes" }).click();
    await page.locator("#recovery-list li").first().waitFor();
    assert.equal(await page.locator("#recovery-list li").count(), 10);
  });

  test("adds a passkey", async () => {
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.locator("#message").filter({ hasText: "The passkey signs you in" }).waitFor();
    await page.locator("#factors li").nth(1).waitFor();
    assert.equal(await page.locator("#factors li").count(), 2);
    await isAccessible("security");
  });

  test("makes a key for a program, which reads and does not write", async () => {
    await page.getByRole("link", { name: "API keys" }).click();
    await page.getByLabel("Name", { exact: true }).fill("backup");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.locator("#new-key-text").filter({ hasText: /_/ }).waitFor();
    key = await page.locator("#new-key-text").textContent();
    await isAccessible("api-keys");
    const authorization = `Bearer ${key}`;
    assert.equal(await call("/notes", { headers: { authorization } }), 200);
    const body = JSON.stringify({ text: "no" });
    const headers = { authorization, "content-type": "application/json" };
    assert.equal(await call("/notes", { method: "POST", headers, body }), 403);
    assert.equal(await call("/account", { headers }), 401);
  });

  test("revokes it, and it is refused at once", async () => {
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.locator("#api-keys li").filter({ hasText: "backup" }).waitFor({ state: "detached" });
    assert.equal(await call("/notes", { headers: { authorization: `Bearer ${key}` } }), 401);
  });

  test("signs out, and the way back is no way in", async () => {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(`${origin}/#notes`);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/notes")).status), 401);
  });

  test("signs in with both factors, and can throw the note away", async () => {
    await signIn("dora", PASSWORD);
    await page.getByRole("heading", { name: "One more step" }).waitFor();
    await isAccessible("one-more-step");
    // The code that switched the factor on is used up: the next step's is taken already.
    await page.locator("#form-totp").getByLabel("Code").fill(totp(secret, Date.now() / 1000 + 30));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Notes" }).waitFor();
    await page.getByRole("button", { name: "Throw away" }).click();
    await page.getByText("Nothing yet.").waitFor();
  });

  test("ends a sign-in with the passkey in the place of the code", async () => {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await signIn("dora", PASSWORD);
    await page.getByRole("heading", { name: "One more step" }).waitFor();
    await isAccessible("one-more-step-passkey");
    await page.getByRole("button", { name: "Use my passkey" }).click();
    await page.getByRole("heading", { name: "Notes" }).waitFor();
  });

  test("signs in with the passkey alone, which is as good as two factors", async () => {
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await isAccessible("sign-in-passkey");
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByRole("heading", { name: "Notes" }).waitFor();
    await page.getByLabel("New note").fill("call the dentist");
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("call the dentist").waitFor();
    await page.getByRole("button", { name: "Throw away" }).click();
    await page.getByText("Nothing yet.").waitFor();
    const me = await page.evaluate(async () => (await fetch("/account")).json());
    assert.deepEqual([me.username, me.mfa, me.factors.map((it) => it.kind)], ["dora", true, ["passkey"]]);
  });

  test("revokes the passkey, which signs in no more", async () => {
    await page.goto(`${origin}/#security`);
    const passkey = page.locator("#factors li").filter({ hasText: "Passkey" });
    await passkey.getByRole("button", { name: "Remove" }).click();
    await passkey.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.locator("#message.failed").waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/notes")).status), 401);
  });
});

describe("a person without a script", () => {
  const account = () => `${origin}/account`;
  let secret;

  /** In the light and in the dark. */
  async function isAccessibleInBoth(name) {
    assert.equal(await page.locator("script").count(), 0);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await isAccessible(`page-${name}-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
  }

  test("signs up and in, by the keyboard alone", async () => {
    await browser.context.clearCookies();
    await page.goto(`${account()}/sign-up`);
    await isAccessibleInBoth("sign-up");
    await page.getByLabel("User name").focus();
    await page.keyboard.type("emil");
    await page.keyboard.press("Tab");
    await page.keyboard.type("short");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").filter({ hasText: "too short" }).waitFor();
    await isAccessibleInBoth("problem");
    assert.equal(await page.getByLabel("User name").inputValue(), "emil");
    await page.getByLabel("Password").focus();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("status").filter({ hasText: "You can sign in now" }).waitFor();
    await page.goto(`${account()}/sessions`);
    await page.getByRole("alert").filter({ hasText: "Please sign in" }).waitFor();
    await isAccessibleInBoth("sign-in");
    await page.getByLabel("User name").focus();
    await page.keyboard.type("emil");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sessions" }).waitFor();
    await isAccessibleInBoth("sessions");
  });

  test("adds an authenticator app and recovery codes", async () => {
    await page.getByRole("link", { name: "Second factors" }).click();
    await isAccessibleInBoth("no-factors");
    await page.getByRole("button", { name: "Add an authenticator app" }).click();
    await page.locator(".qr svg").waitFor();
    secret = await page.locator("code").textContent();
    await isAccessibleInBoth("totp");
    await page.getByRole("textbox", { name: "Code" }).fill(totp(secret));
    await page.getByRole("button", { name: "Switch it on" }).click();
    await page.getByText("It is asked for from now on").waitFor();
    await isAccessibleInBoth("factors");
    await page.getByRole("button", { name: "Make recovery codes" }).click();
    await page.getByRole("heading", { name: "Recovery codes" }).waitFor();
    assert.equal(await page.locator("main li").count(), 10);
    await isAccessibleInBoth("recovery-codes");
  });

  test("makes a key and revokes it", async () => {
    await page.getByRole("link", { name: "API keys" }).click();
    await page.getByLabel("Name").fill("backup");
    await page.getByLabel("notes:read").check();
    await isAccessibleInBoth("api-keys");
    await page.getByRole("button", { name: "Make a key" }).click();
    const key = await page.locator("code").textContent();
    await isAccessibleInBoth("new-key");
    const headers = { authorization: `Bearer ${key}` };
    assert.equal(await call("/notes", { headers }), 200);
    await page.getByRole("link", { name: "Go back" }).click();
    await page.getByRole("button", { name: "Revoke: backup" }).click();
    await page.getByText("The key is revoked").waitFor();
    assert.equal(await call("/notes", { headers }), 401);
  });

  test("signs out, and in again with both factors", async () => {
    await page.getByRole("link", { name: "Account" }).click();
    await isAccessibleInBoth("account");
    await page.getByRole("button", { name: "Sign out" }).first().click();
    await page.getByText("You are signed out").waitFor();
    await page.getByLabel("User name").fill("emil");
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "One more step" }).waitFor();
    await isAccessibleInBoth("second-step");
    await page.getByRole("textbox", { name: "Code" }).fill(totp(secret, Date.now() / 1000 + 30));
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("heading", { name: "Account" }).waitFor();
  });
});

describe("an administrator", () => {
  test("finds accounts, and makes a member an administrator", async () => {
    await browser.context.clearCookies();
    await signIn("carol", "correct horse battery staple");
    await page.getByRole("link", { name: "Administration" }).click();
    await page.getByRole("heading", { name: "Administration" }).waitFor();
    await page.locator("#accounts li").filter({ hasText: "bob" }).waitFor();
    await isAccessible("administration");
    await page.locator("#accounts li").filter({ hasText: "bob" }).getByRole("button", { name: "Make administrator" }).click();
    await page.locator("#message").filter({ hasText: "bob is an administrator now" }).waitFor();
  });

  test("reads who can call what", async () => {
    await page.goto(`${origin}/account/admin/access-review?format=html`);
    await page.getByText("/notes").first().waitFor();
    await isAccessible("access-review");
  });
});

test("the page did nothing that it should not", () => {
  assert.deepEqual(noted, []);
});
