// Chromium, the page that is a client in it, and pages of strangers.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { chromium } from "playwright-core";

const file = (name) => readFileSync(new URL(name, import.meta.url));

async function listen(handler, host) {
  const server = createServer(handler);
  server.listen(0, host);
  await once(server, "listening");
  return server;
}

/**
 * The origin of the client, by a name of its own, and one of strangers by another name of this machine,
 * which makes it another site: `{ origin, stranger, settings, stop }`.
 */
export async function startPages() {
  const settings = {};
  const pages = new Map();
  const client = await listen((req, res) => {
    const path = req.url.split("?")[0];
    const send = (type, body) => {
      res.writeHead(200, { "content-type": type, "cache-control": "no-store" });
      res.end(body);
    };
    if (path === "/oidc-client-ts.js") return send("text/javascript", file("node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"));
    if (path === "/client.js") return send("text/javascript", file("page/client.js"));
    if (path === "/settings") return send("application/json", JSON.stringify(settings));
    if (path === "/hop") {
      // A client that sends the browser on to another origin.
      res.writeHead(302, { location: `${stranger}/landed?${req.url.split("?")[1] ?? ""}` });
      return res.end();
    }
    return send("text/html; charset=utf-8", file("page/index.html"));
  }, "127.0.0.1");
  const strange = await listen((req, res) => {
    res.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    res.end(pages.get(req.url.split("?")[0]) ?? "<!doctype html><title>Elsewhere</title><link rel=icon href=data:,><p>Elsewhere.</p>");
  }, "127.0.0.1");
  const stranger = `http://localhost:${strange.address().port}`;
  return {
    origin: `http://127.0.0.1:${client.address().port}`,
    stranger,
    settings,
    /** Puts a page of strangers below this path. */
    put: (path, html) => pages.set(path, html),
    stop() {
      for (const server of [client, strange]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

export const startBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });

/** A person with cookies of their own; `noted` has what pages complained of. */
export async function person(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(10_000);
  const noted = [];
  const open = async () => {
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && noted.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => noted.push(`error: ${error.message}`));
    return page;
  };
  return { context, open, noted, stop: () => context.close() };
}

/** What axe finds, which runs outside of the page's policy. */
export async function violations(tab) {
  const session = await tab.context().newCDPSession(tab);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id });
  const run = async (expression) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", { contextId, expression, awaitPromise: true, returnByValue: true });
    assert.equal(exceptionDetails, undefined, JSON.stringify(exceptionDetails));
    return result.value;
  };
  await run(`${file("node_modules/axe-core/axe.min.js")};0`);
  return run("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((it) => it.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`))");
}
