"use strict";
// The server with the pages, and a browser that may not speak to anything else.

const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const { chromium } = require("playwright-core");

/** Starts the example `bookshop`: `{ origin, admin, clerk, stop }`. */
async function startServer() {
  const binary = process.env.BOOKSHOP ?? path.join(__dirname, "../../target/debug/examples/bookshop");
  const child = spawn(binary, { stdio: ["ignore", "pipe", "inherit"] });
  const told = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${binary} ended with ${code}`)));
    readline.createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
  });
  return { ...told, stop: () => child.kill() };
}

/** Starts Debian's Chromium with a profile of its own. */
async function startBrowser() {
  const profile = mkdtempSync(path.join(tmpdir(), "access-page-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
    viewport: { width: 1360, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(10_000);
  const stop = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, stop };
}

/**
 * A tab that notes whatever a quiet page must not do: a request after the page itself, a word on
 * the console, an exception, a violation of the content security policy.
 */
async function openTab({ context }, token) {
  const page = await context.newPage();
  const noted = [];
  page.on("request", (request) => noted.push(`request ${request.method()} ${request.url()}`));
  page.on("console", (message) => noted.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => noted.push(`error ${error.message}`));
  await page.setExtraHTTPHeaders({ authorization: `Bearer ${token}` });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { page, noted };
}

module.exports = { startServer, startBrowser, openTab };
