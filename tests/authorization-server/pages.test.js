// The pages of the program in Chromium: as people use them, and as strangers try to.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Agent, forms } from "./agent.js";
import { person, startBrowser, startPages, violations } from "./browser.js";
import { Server } from "./scripts.js";
import { startProgram } from "./servers.js";
import { ALICE, BOB, CAROL, makeWorld } from "./world.js";
import { totp } from "./totp.js";

let pages;
let server;
let browser;
let someone;
let page;

before(async () => {
  pages = await startPages();
  const world = await makeWorld({ page: pages.origin });
  const more = { scopes: ["openid", "offline_access", "read", "write"], resources: ["https://api.test"] };
  world.clients.push(
    { id: "hop", ...more, redirect_uris: [`${pages.origin}/hop`] },
    { id: "app", ...more, redirect_uris: ["com.example.app:/callback"] },
  );
  server = await Server.over(await startProgram(world), world);
  pages.settings.issuer = server.issuer;
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
});
afterEach(() => someone.stop());

/** A request that consent is asked for, also if the user consented before. */
const request = (more = {}) => server.request({ client: "spa", redirect_uri: `${pages.origin}/callback`, prompt: "consent", ...more }).url;
const username = (tab = page) => tab.locator('input[name="username"]');
const password = (tab = page) => tab.locator('input[name="password"]');
const button = (value, tab = page) => tab.locator(`button[name="decision"][value="${value}"]`);
const atClient = (tab = page) => tab.waitForURL((url) => url.origin === pages.origin && url.pathname === "/callback");

async function signIn(user = ALICE, tab = page) {
  await username(tab).fill(user.username);
  await password(tab).fill(user.password);
  await Promise.all([tab.waitForNavigation(), password(tab).press("Enter")]);
}

test("a20 the policy of the pages lets the redirect to the client happen", async () => {
  await page.goto(request());
  await signIn();
  await button("allow").click();
  await atClient();
  assert.ok(new URL(page.url()).searchParams.get("code"));
  assert.deepEqual(someone.noted, []);
});

// A limit: the policy of a page names the origin of the redirect URI, and Chromium asks it of every redirect
// that follows a form. A user who has a session is not held.
test("a client that sends the browser on to another origin is held by Chromium after a form and not without", async () => {
  const url = server.request({ client: "hop", redirect_uri: `${pages.origin}/hop` }).url;
  await page.goto(url);
  await signIn();
  await button("allow").click();
  await page.waitForTimeout(1_000);
  assert.equal(new URL(page.url()).origin, server.issuer);
  assert.ok(someone.noted.some((it) => /form-action/.test(it)), someone.noted.join());
  await page.goto(url);
  assert.ok(page.url().startsWith(`${pages.stranger}/landed?`), page.url());
  assert.ok(new URL(page.url()).searchParams.get("code"));
});

test("a20 an application with a scheme of its own gets a page with a link", async () => {
  await page.goto(server.request({ client: "app", redirect_uri: "com.example.app:/callback" }).url);
  await signIn();
  await button("allow").click();
  const link = page.locator('a[href^="com.example.app:/callback?"]');
  await link.waitFor();
  assert.match(await link.getAttribute("href"), /[?&]code=/);
});

test("a17 a19 a21 pages are not framed and not stored and say nothing to others", async () => {
  const agent = new Agent();
  const signInPage = await agent.open(request());
  const consentPage = await agent.submit(signInPage, { username: ALICE.username, password: ALICE.password });
  const errorPage = await agent.open(request({ client: "nobody", prompt: undefined }));
  const devicePage = await agent.open((await server.post("device_authorization_endpoint", { client_id: "tv", scope: "read" })).body.verification_uri);
  const signOutPage = await agent.open(server.metadata.end_session_endpoint);
  for (const [name, answer] of Object.entries({ signInPage, consentPage, errorPage, devicePage, signOutPage })) {
    const { headers } = answer;
    assert.match(headers.get("content-type"), /^text\/html; ?charset=utf-8$/i, name);
    const policy = headers.get("content-security-policy");
    assert.match(policy, /frame-ancestors 'none'/, name);
    assert.match(policy, /default-src 'none'/, name);
    assert.doesNotMatch(policy, /unsafe-|\*/, name);
    assert.equal(headers.get("x-frame-options"), "DENY", name);
    assert.match(headers.get("cache-control"), /no-store/, name);
    assert.equal(headers.get("referrer-policy"), "no-referrer", name);
    assert.equal(headers.get("x-content-type-options"), "nosniff", name);
    assert.equal(headers.get("access-control-allow-origin"), null, name);
    assert.doesNotMatch(answer.body, /<script|\son\w+=|javascript:/i, name);
  }
});

test("a18 a130 a sign-in is answered with 303 and a new cookie that scripts do not see", async () => {
  await page.goto(request());
  const before = await someone.context.cookies();
  const answers = [];
  page.on("response", (answer) => answers.push(answer));
  await signIn();
  const posted = answers.find((answer) => answer.request().method() === "POST");
  assert.ok([200, 303].includes(posted.status()), String(posted.status()));
  const cookies = await someone.context.cookies();
  const fresh = cookies.filter(({ value }) => !before.some((it) => it.value === value));
  assert.ok(fresh.length > 0, "a new value");
  for (const cookie of cookies) {
    assert.equal(cookie.httpOnly, true, cookie.name);
    assert.ok(["Lax", "Strict"].includes(cookie.sameSite), `${cookie.name} ${cookie.sameSite}`);
    assert.equal(cookie.domain, "127.0.0.1");
  }
});

test("a form of the server has no origin, and is taken because the browser says that it is its own", async () => {
  await page.goto(request());
  const seen = page.waitForRequest((it) => it.method() === "POST");
  await signIn();
  const headers = await (await seen).allHeaders();
  assert.equal(headers.origin, "null");
  assert.equal(headers["sec-fetch-site"], "same-origin");
  await button("allow").waitFor();
});

test("a19 a page of strangers shows none of it in a frame", async () => {
  pages.put("/frame", `<!doctype html><title>Frame</title><link rel=icon href=data:,><iframe src="${request().replaceAll("&", "&amp;")}"></iframe>`);
  await page.goto(`${pages.stranger}/frame`);
  await page.waitForTimeout(500);
  const inner = page.frames().find((it) => it !== page.mainFrame());
  assert.equal(await inner.locator("input").count().catch(() => 0), 0);
  assert.ok(someone.noted.some((it) => /frame/i.test(it)), someone.noted.join());
});

/** A page of strangers that sends this form by itself. */
function trap({ action, fields }, path) {
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}">`).join("");
  pages.put(path, `<!doctype html><title>Trap</title><link rel=icon href=data:,><form method="post" action="${action}">${inputs}</form><script>document.forms[0].submit()</script>`);
  return `${pages.stranger}${path}`;
}

test("a23 no user is signed in by a form of strangers", async () => {
  // The attacker's own page, filled in with the attacker's own password.
  const shown = await new Agent().open(request());
  const [form] = forms(shown.body, shown.url).filter((it) => "password" in it.fields);
  Object.assign(form.fields, { username: BOB.username, password: BOB.password });
  const [answer] = await Promise.all([page.waitForResponse((it) => it.request().method() === "POST"), page.goto(trap(form, "/sign-in"))]);
  assert.ok(answer.status() >= 400, String(answer.status()));
  await page.goto(request({ prompt: "none" }));
  await atClient();
  assert.equal(new URL(page.url()).searchParams.get("error"), "login_required");
});

test("a23 no user consents by a form of another site or by GET", async () => {
  await page.goto(request());
  await signIn();
  const form = forms(await page.content(), page.url()).find((it) => it.buttons.length);
  const fields = { ...form.fields, decision: "allow" };
  const tab = await someone.open();
  const [answer] = await Promise.all([tab.waitForResponse((it) => it.request().method() === "POST"), tab.goto(trap({ ...form, fields }, "/consent"))]);
  assert.ok(answer.status() >= 400, String(answer.status()));
  await tab.goto(`${form.action}?${new URLSearchParams(fields)}`);
  assert.notEqual(new URL(tab.url()).origin, pages.origin);
  // Of another browser the same form is good for nothing, its own is still good.
  const other = new Agent();
  const sent = await other.open(form.action, { form: fields });
  assert.ok(!sent.left?.includes("code="), sent.left);
  await button("allow").click();
  await atClient();
  assert.ok(new URL(page.url()).searchParams.get("code"));
});

test("a23 a consent is given once", async () => {
  const agent = new Agent();
  const shown = await agent.submit(await agent.open(request()), { username: ALICE.username, password: ALICE.password });
  const form = forms(shown.body, shown.url).find((it) => it.buttons.length);
  const first = await agent.open(form.action, { form: { ...form.fields, decision: "allow" } });
  assert.match(first.left, /[?&]code=/);
  const second = await agent.open(form.action, { form: { ...form.fields, decision: "allow" } });
  const code = (left) => left && new URL(left).searchParams.get("code");
  assert.ok(!code(second.left) || code(second.left) !== code(first.left));
  if (code(second.left)) assert.fail("the same form gave a second code");
});

test("the back button leads to a page that can be used", async () => {
  await page.goto(request());
  await signIn();
  await button("allow").click();
  await atClient();
  await page.goBack();
  // The form or link of the page that the browser shows then leads back to the client.
  for (let steps = 0; steps < 4 && new URL(page.url()).origin !== pages.origin; steps++) {
    if (await username().count()) await signIn();
    else if (await button("allow").count()) await Promise.all([page.waitForNavigation(), button("allow").click()]);
    else if (await page.locator("main a, body a").count()) await Promise.all([page.waitForNavigation(), page.locator("main a, body a").first().click()]);
    else await Promise.all([page.waitForNavigation(), page.goBack()]);
  }
  await atClient();
});

test("two tabs sign in one after the other", async () => {
  const second = await someone.open();
  await page.goto(request({ state: "first" }));
  await second.goto(request({ state: "second" }));
  await signIn(ALICE, page);
  await button("allow").click();
  await atClient();
  // The second tab has a page from before the sign-in.
  await signIn(ALICE, second);
  if (new URL(second.url()).origin !== pages.origin) await button("allow", second).click();
  await atClient(second);
  assert.equal(new URL(page.url()).searchParams.get("state"), "first");
  assert.equal(new URL(second.url()).searchParams.get("state"), "second");
  assert.ok(new URL(second.url()).searchParams.get("code"));
});

test("two requests at once: each tab gets its own answer", async () => {
  await page.goto(request());
  await signIn();
  const second = await someone.open();
  await second.goto(request({ state: "second", scope: "openid read write" }));
  await button("allow", second).waitFor();
  await button("allow").click();
  await atClient();
  await button("allow", second).click();
  await atClient(second);
  assert.equal(new URL(second.url()).searchParams.get("state"), "second");
});

test("all of it by the keyboard", async () => {
  await page.goto(request());
  const focused = () => page.evaluate(() => document.activeElement.name);
  for (let presses = 0; presses < 6 && (await focused()) !== "username"; presses++) await page.keyboard.press("Tab");
  assert.equal(await focused(), "username");
  await page.keyboard.type(ALICE.username);
  await page.keyboard.press("Tab");
  for (let presses = 0; presses < 3 && (await focused()) !== "password"; presses++) await page.keyboard.press("Tab");
  await page.keyboard.type(ALICE.password);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await button("allow").waitFor();
  const seen = [];
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press("Tab");
    const [name, value, outline] = await page.evaluate(() => {
      const it = document.activeElement;
      const style = getComputedStyle(it);
      return [it.name, it.value, style.outlineStyle !== "none" || style.boxShadow !== "none"];
    });
    if (name === "decision") {
      seen.push(value);
      assert.ok(outline, `the focus of ${value} can be seen`);
      if (value === "allow") break;
    }
  }
  assert.ok(seen.includes("allow"), seen.join());
  await page.keyboard.press("Enter");
  await atClient();
});

test("a wrong password is said, and the page is as before", async () => {
  await page.goto(request());
  await username().fill(ALICE.username);
  await password().fill("wrong");
  await Promise.all([page.waitForNavigation(), password().press("Enter")]);
  assert.equal(await username().inputValue(), ALICE.username);
  assert.equal(await password().inputValue(), "");
  assert.ok(await page.locator('[role="alert"]').count(), "an alert");
  assert.deepEqual(await violations(page), []);
  await signIn();
  await button("allow").waitFor();
});

test("a second factor is asked for, and a wrong one is said", async () => {
  await page.goto(request());
  await signIn(CAROL);
  const code = page.locator('input[name="code"]');
  await code.waitFor();
  assert.equal(await code.getAttribute("autocomplete"), "one-time-code");
  assert.deepEqual(await violations(page), []);
  await code.fill("000000");
  await Promise.all([page.waitForNavigation(), code.press("Enter")]);
  await code.fill(totp(CAROL.totp));
  await Promise.all([page.waitForNavigation(), code.press("Enter")]);
  await button("allow").waitFor();
});

test("password managers know the fields", async () => {
  await page.goto(request());
  assert.match(await username().getAttribute("autocomplete"), /\busername\b/);
  assert.equal(await password().getAttribute("autocomplete"), "current-password");
  assert.equal(await password().getAttribute("type"), "password");
});

for (const colorScheme of ["light", "dark"]) {
  test(`each page is accessible in the ${colorScheme}`, async () => {
    await page.emulateMedia({ colorScheme });
    const found = {};
    const look = async (name) => {
      found[name] = await violations(page);
      if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}-${colorScheme}.png` });
    };
    await page.goto(request({ client: "nobody", prompt: undefined }));
    await look("error");
    await page.goto(request());
    await look("sign-in");
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor === "rgba(0, 0, 0, 0)" ? getComputedStyle(document.documentElement).backgroundColor : getComputedStyle(document.body).backgroundColor);
    const [red] = background.match(/\d+/g).map(Number);
    if (background !== "rgba(0, 0, 0, 0)") assert.equal(red < 128, colorScheme === "dark", background);
    await signIn();
    await button("allow").waitFor();
    await look("consent");
    await page.goto((await server.post("device_authorization_endpoint", { client_id: "tv", scope: "read" })).body.verification_uri);
    await look("device");
    await page.goto(server.metadata.end_session_endpoint);
    await look("sign-out");
    for (const [name, list] of Object.entries(found)) assert.deepEqual(list, [], name);
    assert.deepEqual(someone.noted.filter((it) => !it.includes("status of 400")), []);
  });
}

test("a small window needs no scrolling sideways", async () => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(request());
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(await wide(), false);
  await signIn();
  await button("allow").waitFor();
  assert.equal(await wide(), false);
});

test("a119 consent names the client and says what it asks for", async () => {
  await page.goto(request({ client: "native", redirect_uri: "http://127.0.0.1:49152/callback" }));
  await signIn();
  await button("allow").waitFor();
  const text = await page.locator("body").innerText();
  assert.match(text, /native/);
  assert.match(text, /read/);
  assert.match(text, /127\.0\.0\.1/);
});

test("a102 the device page names the client and asks with the complete address too", async () => {
  const { body } = await server.post("device_authorization_endpoint", { client_id: "tv", scope: "openid read" });
  await page.goto(body.verification_uri_complete);
  for (let steps = 0; steps < 4 && !(await button("allow").count()); steps++) {
    if (await username().count()) await signIn();
    else await Promise.all([page.waitForNavigation(), page.locator("form button").first().click()]);
  }
  assert.match(await page.locator("body").innerText(), /tv/);
  assert.equal((await server.post("token_endpoint", { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: body.device_code, client_id: "tv" })).body.error, "authorization_pending");
  await button("deny").click();
  await page.waitForLoadState();
  assert.equal((await server.post("token_endpoint", { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: body.device_code, client_id: "tv" })).body.error, "access_denied");
});

test("everything works without scripts", async () => {
  const plain = await person(browser, { javaScriptEnabled: false });
  const tab = await plain.open();
  await tab.goto(request());
  await signIn(ALICE, tab);
  await button("allow", tab).click();
  await tab.waitForURL((url) => url.origin === pages.origin);
  assert.ok(new URL(tab.url()).searchParams.get("code"));
  await tab.goto(server.metadata.end_session_endpoint);
  await Promise.all([tab.waitForNavigation(), tab.locator("form button").first().click()]);
  await tab.goto(request({ prompt: "none" }));
  assert.equal(new URL(tab.url()).searchParams.get("error"), "login_required");
  await plain.stop();
});
