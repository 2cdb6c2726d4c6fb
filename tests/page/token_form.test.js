"use strict";
// The page that asks for a token, in a browser that sends none by itself.

const assert = require("node:assert/strict");
const { after, before, describe, test } = require("node:test");
const { startServer, startBrowser } = require("./browser.js");

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

describe("a browser that sends no token", () => {
  test("asks for one, fetches the map with it, and keeps it nowhere", async () => {
    const page = await browser.context.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.goto(`${server.origin}/map`);
    await page.waitForSelector("html[data-asks]");
    assert.ok(await page.locator(".columns").isHidden());
    assert.equal(await page.locator("#model").textContent(), "");
    const field = page.getByLabel("Access token");
    await field.fill("no-token");
    await page.getByRole("button", { name: "Show the map" }).click();
    await page.getByText("does not accept this token (401)").waitFor();
    await field.fill(server.clerk);
    await page.getByRole("button", { name: "Show the map" }).click();
    await page.getByText("may not see the map (403)").waitFor();
    await field.fill(`Bearer ${server.admin}`);
    await page.getByRole("button", { name: "Show the map" }).click();
    await page.waitForSelector("html[data-ready]");
    assert.equal(await page.locator("#count").textContent(), "21 endpoints");
    assert.equal(await page.locator("#ask").count(), 0);
    assert.deepEqual([...new Set(asked)], ["GET /map", "GET /map/access-map.json"]);
    assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
    await page.close();
  });
});
