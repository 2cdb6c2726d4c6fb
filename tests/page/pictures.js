"use strict";
// Draws the pictures in docs/: `node pictures.js`.

const path = require("node:path");
const { startServer, startBrowser, openTab } = require("./browser.js");

const CALLER = "caller=signed-in&role=clerk&scope=read&scope=write&acr=pwd&age=1800";
const PICTURES = [
  ["access-page-light", "light", `#${CALLER}&endpoint=DELETE+%2Forders%2F%7Bid%7D`, 1000],
  ["access-page-dark", "dark", `#${CALLER}&endpoint=POST+%2Forders%2F%7Bid%7D%2Frefund`, 1000],
  ["access-page-matrix", "light", "#view=matrix", 900],
];

async function main() {
  const folder = process.argv[2] ?? path.join(__dirname, "../../docs");
  const [server, browser] = [await startServer(), await startBrowser()];
  try {
    for (const [name, scheme, fragment, height] of PICTURES) {
      const { page } = await openTab(browser, server.admin);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width: 1360, height });
      await page.goto(`${server.origin}/access${fragment}`);
      await page.waitForSelector("html[data-ready]");
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
