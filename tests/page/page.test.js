"use strict";
// The page of the bookshop's access map, used as people use it.

const assert = require("node:assert/strict");
const { after, before, beforeEach, afterEach, describe, test } = require("node:test");
const { startServer, startBrowser, openTab } = require("./browser.js");

let server;
let browser;
let tab;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  server?.stop();
});
beforeEach(async () => {
  tab = await openTab(browser, server.admin);
});
afterEach(async () => {
  // After everything that was done, the page has sent no request and has reported no error.
  const [first, ...rest] = tab.noted;
  assert.match(first, /^request GET .*\/(access|thousand|by-method)/);
  assert.deepEqual(rest, []);
  await tab.page.close();
});

async function open(fragment = "", path = "/access") {
  await tab.page.goto(`${server.origin}${path}${fragment}`);
  await tab.page.waitForSelector("html[data-ready]");
  return tab.page;
}

const row = (page, key) => page.locator("li.endpoint", { has: page.locator("summary", { hasText: key }) });
const outcomeAt = (page, method, path) =>
  page.evaluate(([m, p]) => {
    const rows = [...document.querySelectorAll("li.endpoint")];
    const found = rows.find((one) => one.querySelector(".method").textContent === m && one.querySelector(".path").textContent === p);
    return found?.dataset.outcome;
  }, [method, path]);
const count = (page) => page.locator("#count").textContent();
const fragment = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));

describe("finding endpoints", () => {
  test("the search narrows the list at once and stays in the link", async () => {
    const page = await open();
    assert.equal(await page.title(), "bookshop · access map");
    assert.equal(await count(page), "21 endpoints");
    await page.getByLabel("Search", { exact: true }).fill("refund second factor");
    assert.equal(await count(page), "1 of 21 endpoints");
    assert.equal(await page.locator("li.endpoint").count(), 1);
    assert.deepEqual(await fragment(page), { q: "refund second factor" });
    await page.getByLabel("Search", { exact: true }).fill("no such thing");
    assert.ok(await page.getByText("No endpoint matches.").isVisible());
    await page.getByRole("button", { name: "Reset" }).click();
    assert.equal(await count(page), "21 endpoints");
    assert.deepEqual(await fragment(page), {});
  });

  test("filters and view come from the link, and go back with the browser", async () => {
    const page = await open("#method=DELETE&access=guarded");
    assert.equal(await count(page), "2 of 21 endpoints");
    assert.equal(await page.getByRole("button", { name: "DELETE", exact: true }).getAttribute("aria-pressed"), "true");
    await page.getByRole("tab", { name: "Roles" }).click();
    assert.equal((await fragment(page)).view, "roles");
    assert.ok(await page.getByText("Keeps").or(page.getByText("Runs the shop.")).first().isVisible());
    await page.goBack();
    assert.equal(await count(page), "2 of 21 endpoints");
    await page.goForward();
    assert.equal(await page.getByRole("tab", { name: "Roles" }).getAttribute("aria-selected"), "true");
  });

  test("a link opens its endpoint", async () => {
    const page = await open("#endpoint=DELETE+%2Forders%2F%7Bid%7D");
    const details = page.locator("details[open] .declared");
    await details.waitFor();
    assert.match(await details.textContent(), /any\(permission = "orders:cancel", all\(check = placed_order, check = not_shipped\)\)/);
    assert.match(await page.evaluate(() => document.activeElement.textContent), /\/orders\/\{id\}/);
  });

  test("odd fragments do no harm", async () => {
    const page = await open("#view=__proto__&access=constructor&outcome=x&method=%00&role=nobody&age=-1&endpoint=%3Cb%3E&q=%3Cimg%20src=x%3E");
    assert.match(await count(page), /^0 of 21/);
    await page.evaluate(() => { location.hash = "#view=matrix"; });
    await page.waitForSelector("table.matrix");
  });
});

describe("methods of authentication", () => {
  test("each endpoint says which credentials it accepts, and each way in by which of them", async () => {
    const page = await open("#endpoint=POST+%2Fdeliveries", "/by-method");
    const accepted = async (path) => {
      const values = row(page, path).locator("dt", { hasText: "Accepted methods" }).locator("xpath=following-sibling::dd[1]").locator(".value");
      await values.first().waitFor();
      return values.allTextContents();
    };
    assert.deepEqual(await accepted("/deliveries"), ["api-key", "session"]);
    const ways = await page.locator("details[open] .ways li .requirement").allTextContents();
    assert.equal(ways.length, 2);
    assert.ok(ways.some((way) => /session.*mfa|mfa.*session/.test(way)), ways.join("\n"));
    assert.ok(ways.some((way) => /write.*api-key|api-key.*write/.test(way)), ways.join("\n"));
    await row(page, "/shelf").locator("summary").click();
    assert.deepEqual(await accepted("/shelf"), ["bearer", "dpop", "mtls"]);
  });

  test("a credential of another method is rejected, with any grants", async () => {
    const page = await open("#role=clerk&scope=read&scope=write", "/by-method");
    assert.equal(await outcomeAt(page, "GET", "/shelf"), "allowed");
    assert.equal(await outcomeAt(page, "GET", "/till"), "refused");
    await row(page, "/till").locator("summary").click();
    assert.equal(await page.locator(".answer").textContent(), "401: accepted are credentials of the method session.");
    const credential = page.getByLabel("Method", { exact: true });
    assert.deepEqual(await credential.locator("option").allTextContents(), ["bearer (usual)", "bearer", "dpop", "mtls", "api-key", "session"]);
    await credential.selectOption("session");
    assert.equal((await fragment(page)).credential, "session");
    assert.equal(await outcomeAt(page, "GET", "/till"), "allowed");
    assert.equal(await outcomeAt(page, "GET", "/shelf"), "refused");
    assert.equal(await outcomeAt(page, "POST", "/deliveries"), "stepup");
    assert.equal(await outcomeAt(page, "GET", "/window"), "allowed");
    await credential.selectOption("api-key");
    assert.equal(await outcomeAt(page, "POST", "/deliveries"), "allowed");
    assert.equal(await outcomeAt(page, "GET", "/till"), "refused");
  });

  test("where all accept the same, the page does not speak of methods", async () => {
    const page = await open();
    assert.equal(await page.locator("#credential").count(), 0);
  });
});

describe("the views", () => {
  test("the matrix says who may call what, with headers for screen readers", async () => {
    const page = await open("#view=matrix");
    const cells = await page.evaluate(() => {
      const heads = [...document.querySelectorAll(".matrix thead th")].map((th) => [th.scope, th.textContent]);
      const rows = [...document.querySelectorAll(".matrix tbody tr")].map((tr) => [
        tr.querySelector("th[scope=row]").textContent,
        [...tr.querySelectorAll("td")].map((td) => (td.querySelector(".spoken") ?? td).textContent),
      ]);
      return { heads, rows: Object.fromEntries(rows) };
    });
    assert.deepEqual(cells.heads.map(([, text]) => text), ["Endpoint", "trainee", "clerk", "librarian", "manager", "auditor", "admin", "Also asks for"]);
    assert.ok(cells.heads.every(([scope]) => scope === "col"));
    assert.deepEqual(cells.rows["POST/books"], ["no", "no", "yes", "yes", "no", "yes", "scope write"]);
    assert.deepEqual(cells.rows["GET/orders/{id}"], ["after a check", "yes", "after a check", "yes", "after a check", "yes", "scope read"]);
    assert.deepEqual(cells.rows["GET/books"], ["everybody", ""]);
    await page.getByRole("link", { name: "/orders/{id}/refund" }).click();
    assert.equal((await fragment(page)).endpoint, "POST /orders/{id}/refund");
    await page.locator("details[open] .declared").waitFor();
  });

  test("roles and permissions show what they bring and open", async () => {
    const page = await open("#view=roles");
    const manager = page.locator(".card", { hasText: "Runs the shop." });
    assert.match(await manager.textContent(), /Includes.*clerk.*librarian.*trainee.*Grants.*orders:cancel.*orders:refund/);
    await manager.getByText(/Opens \d+ endpoints/).click();
    await manager.locator(".opens li").first().waitFor();
    const opened = await manager.locator(".opens li").allTextContents();
    assert.ok(opened.includes("POST/orders/{id}/refundscope write, login mfa, login ≤ 5m"), opened.join("\n"));
    await page.getByRole("tab", { name: "Permissions" }).click();
    const card = page.locator(".card", { hasText: "ledger:read" });
    assert.match(await card.textContent(), /Held by.*auditor/);
    await card.getByText("Named by 1 endpoint").click();
    await card.getByRole("link").click();
    assert.equal((await fragment(page)).endpoint, "GET /reports/ledger");
  });

  test("what is public has its reasons, and findings stand beside it", async () => {
    const page = await open("#view=public");
    assert.equal(await count(page), "4 public endpoints");
    assert.ok(await page.getByText("signed by the provider; the handler verifies it").isVisible());
    assert.match(await page.locator(".findings").textContent(), /Permissions that no endpoint asks for:.*gift-cards:sell/);
  });

  test("copies a scope string, a curl line and a link", async () => {
    const page = await open("#endpoint=DELETE+%2Fbooks%2F%7Bisbn%7D");
    const copied = async (name) => {
      await page.getByRole("button", { name }).first().click();
      await page.waitForFunction((label) => document.getElementById("toast").textContent === `${label}: done`, name);
      return page.evaluate(() => navigator.clipboard.readText());
    };
    assert.equal(await copied("Copy scope"), "write");
    assert.equal(await copied("Copy curl line"), `curl -X DELETE -H "Authorization: Bearer $TOKEN" '${server.origin}/books/<isbn>'`);
    assert.equal(await copied("Copy link"), page.url());
  });
});

describe("what can I call?", () => {
  test("ticked roles and scopes light up what the API would answer", async () => {
    const page = await open();
    assert.equal(await outcomeAt(page, "GET", "/orders"), "");
    await page.getByLabel("clerk", { exact: false }).check();
    await page.getByLabel("read", { exact: true }).check();
    assert.equal(await outcomeAt(page, "GET", "/orders"), "allowed");
    assert.equal(await outcomeAt(page, "POST", "/orders"), "refused");
    assert.equal(await outcomeAt(page, "GET", "/books"), "allowed");
    assert.equal(await outcomeAt(page, "DELETE", "/orders/{id}"), "refused");
    await page.getByLabel("write", { exact: true }).check();
    assert.equal(await outcomeAt(page, "DELETE", "/orders/{id}"), "check");
    await page.getByLabel("the caller placed the order").check();
    await page.getByLabel("the order has not shipped").check();
    assert.equal(await outcomeAt(page, "DELETE", "/orders/{id}"), "allowed");
    assert.deepEqual(new URL(page.url()).hash, "#role=clerk&scope=read&scope=write&check=placed_order&check=not_shipped");
    // `trainee` comes with `clerk`, and the permissions come with it too.
    assert.match(await page.locator("label.box", { hasText: "trainee" }).textContent(), /held too/);
    assert.match(await page.locator("label.box", { hasText: "orders:read" }).textContent(), /held too/);
    await page.getByRole("button", { name: "Clear" }).click();
    assert.equal(await outcomeAt(page, "GET", "/orders"), "");
    assert.ok(await page.locator("#tally").isHidden());
  });

  test("a weak or old login asks for a step-up, and the outcomes can be filtered", async () => {
    const page = await open("#role=manager&scope=write&scope=read");
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "stepup");
    await page.locator("#acr").selectOption("mfa");
    await page.locator("#age").fill("4");
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "allowed");
    await page.locator("#age").fill("6");
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "stepup");
    await row(page, "/orders/{id}/refund").locator("summary").click();
    assert.equal(await page.locator(".answer").textContent(), '401 insufficient_user_authentication acr_values="mfa", max_age="300"');
    await page.locator("button.tally.stepup").click();
    assert.equal(await page.locator("li.endpoint").count(), 1);
    assert.equal((await fragment(page)).outcome, "stepup");
  });

  test("says what is missing", async () => {
    const page = await open("#caller=signed-in&endpoint=GET+%2Forders&permission=orders%3Aread");
    assert.equal(await page.locator(".answer").textContent(), '403 insufficient_scope, scope="read"');
    await page.getByLabel("orders:read", { exact: false }).uncheck();
    await page.getByLabel("read", { exact: true }).check();
    assert.equal(await page.locator(".answer").textContent(), "403: missing permission orders:read");
    assert.match(await page.locator("details[open] .access").textContent(), /not met: permission orders:read and .*met: scope read/);
  });

  test("a pasted token is read here and forgotten", async () => {
    const page = await open();
    const now = Math.floor(Date.now() / 1000);
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = (claims) => `Bearer ${part({ alg: "ES256" })}.${part(claims)}.c2ln`;
    await page.getByText("Paste a token").click();
    const note = await page.locator("#token-note").textContent();
    assert.match(note, /nothing is sent.*not verified/);
    assert.match(note, /Names come from scope, /);
    assert.doesNotMatch(await page.locator("body").innerText(), /\[object /);
    const field = page.getByLabel("Access token (JWT)");
    await field.fill("eyJ.not.one");
    assert.ok(await page.getByText("is not base64url of JSON").isVisible());
    await field.fill(token({
      iss: "https://id.example", sub: "zoë", exp: now + 60, scope: "openid read write", groups: ["/board"],
      realm_access: { roles: ["trainee"] }, resource_access: { shop: { roles: ["manager"] } }, acr: "mfa", auth_time: now - 60,
    }));
    assert.equal(await field.inputValue(), "");
    const report = page.locator("#token-report");
    assert.doesNotMatch(await report.textContent(), /\[object /);
    assert.match(await report.textContent(), /A token of zoë from https:\/\/id\.example\. Signature not verified\./);
    assert.match(await report.textContent(), /Unknown here, grant nothingopenid/);
    assert.equal(await outcomeAt(page, "POST", "/orders"), "refused", "members of the board may not");
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "refused");
    await page.getByLabel("Roles of client").selectOption("shop");
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "allowed");
    assert.equal(await outcomeAt(page, "GET", "/reports/ledger"), "allowed", "the board brings auditor");
    assert.doesNotMatch(page.url(), /zo|openid|c2ln|eyJ|id\.example/);
    await field.fill(token({ exp: now - 1, roles: ["clerk"] }));
    assert.ok(await page.getByText("It has expired").isVisible());
    assert.equal(await outcomeAt(page, "POST", "/orders/{id}/refund"), "refused");
  });
});

