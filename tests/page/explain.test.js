"use strict";
// A pasted token that the API explains, on pages that know its address.

const assert = require("node:assert/strict");
const { after, before, describe, test } = require("node:test");
const { startServer, startBrowser, openTab } = require("./browser.js");

let server;
let browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  server?.stop();
});

/** Each step with its outcome, as it is read aloud. */
const steps = (page) => page.locator("#token-explained .steps > li").evaluateAll((rows) => Object.fromEntries(
  rows.map((row) => [row.querySelector("strong").textContent, { outcome: row.dataset.outcome, sign: row.querySelector(".sign").textContent, text: row.textContent }])));

describe("a token that the API explains", () => {
  test("is sent when the reader asks, in a body, and each step is shown", async () => {
    const { page, noted } = await openTab(browser, server.admin);
    const posts = [];
    page.on("request", (request) => { if (request.method() === "POST") posts.push(request); });
    await page.goto(`${server.origin}/explained`);
    await page.waitForSelector("html[data-ready]");
    await page.getByText("Paste a token").click();
    assert.match(await page.locator("#token-note").textContent(), /Sent only when you press Explain, and only to this service/);
    const explain = page.getByRole("button", { name: "Explain" });
    assert.ok(await explain.isDisabled());
    const field = page.getByLabel("Access token (JWT)");
    await field.fill(`Bearer ${server.foreign}`);
    assert.equal(await field.inputValue(), "");
    assert.deepEqual(posts, [], "pasting alone sends nothing");
    await explain.click();
    await page.getByText("The API refuses this token: audience.").waitFor();
    const found = await steps(page);
    assert.deepEqual([found.signature.outcome, found.signature.sign], ["passed", "✓"]);
    assert.deepEqual([found.claims.outcome, found.claims.sign], ["failed", "✗"]);
    assert.match(found.claims.text, /audience.*found"library".*expected"bookshop"/);
    assert.equal(posts.length, 1);
    assert.equal(posts[0].url(), `${server.origin}/explain`);
    assert.equal(posts[0].postData(), server.foreign);
    assert.doesNotMatch(page.url(), /eyJ/);
    // What is no JWT can be explained too, and a text in the answer stays a text.
    await page.route("**/explain", (route) => route.fulfill({
      json: { refusal: null, steps: [{ step: "<b>x</b>", outcome: "noted", is_verified: false, says: "<img src=x onerror=alert(1)>", hint: "<i>" }] },
    }));
    await field.fill("opaque");
    assert.equal(await page.locator("#token-explained").textContent(), "");
    await explain.click();
    await page.getByText("The API accepts this token.").waitFor();
    assert.match(await page.locator(".steps").textContent(), /^!noted: <b>x<\/b> <img src=x onerror=alert\(1\)> \(unverified\)hint<i>$/);
    assert.equal(await page.locator(".steps :is(b, i, img)").count(), 0);
    await page.route("**/explain", (route) => route.fulfill({ status: 200, body: "no report" }));
    await explain.click();
    await page.getByText("its answer is no report").waitFor();
    // Cleared is forgotten.
    await page.getByRole("button", { name: "Clear" }).click();
    assert.ok(await explain.isDisabled());
    assert.equal(await page.locator("#token-explained").textContent(), "");
    assert.deepEqual(noted.filter((note) => !note.startsWith("request ")), []);
    await page.close();
  });

  test("is explained on the page that asks for its map too", async () => {
    const page = await browser.context.newPage();
    await page.goto(`${server.origin}/explained-map`);
    await page.getByLabel("Access token").fill(server.admin);
    await page.getByRole("button", { name: "Show the map" }).click();
    await page.waitForSelector("html[data-ready]");
    await page.getByText("Paste a token").click();
    await page.getByLabel("Access token (JWT)").fill(server.admin);
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("The API accepts this token.").waitFor();
    assert.equal((await steps(page)).signature.outcome, "passed");
    await page.close();
  });

  test("is not sent from a page without an address for it", async () => {
    const { page } = await openTab(browser, server.admin);
    await page.goto(`${server.origin}/access`);
    await page.waitForSelector("html[data-ready]");
    await page.getByText("Paste a token").click();
    assert.equal(await page.getByRole("button", { name: "Explain" }).count(), 0);
    await page.close();
  });
});
