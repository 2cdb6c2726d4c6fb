"use strict";
// Draws the pictures in docs/: `node pictures.js`.

const path = require("node:path");
const { startServer, startBrowser, openTab } = require("./browser.js");

// Looked at while working on the page, not kept.
const EXTRA = [
  ["roles", "light", "#view=roles", 900],
  ["permissions", "dark", "#view=permissions", 900],
  ["public", "light", "#view=public", 900],
  ["plain", "light", "", 900],
  ["narrow", "light", "", 1100, 420],
];
const CALLER = "caller=signed-in&role=manager&scope=read&scope=write&acr=pwd&age=1800";
const CLERK = "caller=signed-in&role=clerk&scope=read&scope=write";
const PICTURES = [
  ["access-page-light", "light", `#q=orders&${CLERK}&endpoint=DELETE+%2Forders%2F%7Bid%7D`, 1000],
  ["access-page-dark", "dark", `#access=login&${CALLER}&endpoint=POST+%2Forders%2F%7Bid%7D%2Frefund`, 1000],
  ["access-page-matrix", "light", "#view=matrix", 900],
  ...(process.argv[2] ? EXTRA : []),
];

async function main() {
  const folder = process.argv[2] ?? path.join(__dirname, "../../docs");
  const [server, browser] = [await startServer(), await startBrowser()];
  try {
    for (const [name, scheme, fragment, height, width = 1360] of PICTURES) {
      const { page } = await openTab(browser, server.admin);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height });
      await page.goto(`${server.origin}/access${fragment}`);
      await page.waitForSelector("html[data-ready]");
      await page.evaluate(() => {
        document.activeElement.blur();
        scrollTo(0, 0);
      });
      await page.waitForTimeout(150);
      await page.screenshot({ path: path.join(folder, `${name}.png`) });
      await page.close();
    }
  } finally {
    await browser.stop();
    server.stop();
  }
}

main();
