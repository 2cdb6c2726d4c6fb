// The tests of the Model Context Protocol for authorization servers, by those who write the protocol.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { Agent } from "./agent.js";
import { script } from "./scripts.js";
import { isOracle, startServer } from "./servers.js";
import { ALICE, API, makeWorld } from "./world.js";

let server;
let folder;

before(async () => {
  server = await startServer(await makeWorld());
  folder = mkdtempSync(path.join(tmpdir(), "conformance-"));
});
after(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function freePort() {
  const it = createServer();
  it.listen(0, "127.0.0.1");
  await once(it, "listening");
  const { port } = it.address();
  it.close();
  await once(it, "close");
  return port;
}

// It authenticates by none where that is offered: so the client is one without a secret.
script("MCP conformance of the authorization server", async () => {
  const child = spawn(process.execPath, [
    "--import", "./mcp/node20.mjs", "node_modules/@modelcontextprotocol/conformance/dist/index.js",
    "authorization", "--url", server.issuer, "--client-id", "native",
    "--resource", API, "--port", String(await freePort()), "--output-dir", folder,
  ], { stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  const opened = [];
  const listen = (data) => {
    said.push(data.toString());
    for (const [url] of data.toString().matchAll(/http:\/\/\S+[?&]response_type=code\S*/g)) {
      if (opened.includes(url)) continue;
      opened.push(url);
      // The browser of the user: what the server sends it to is the callback of the tests.
      new Agent().authorize(url, { user: ALICE }).then(({ left }) => fetch(left)).catch((error) => {
        said.push(String(error));
        child.kill();
      });
    }
  };
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  const [code] = await once(child, "exit");
  const all = said.join("");
  const checks = readdirSync(folder, { recursive: true }).filter((it) => it.endsWith("checks.json")).flatMap((it) => JSON.parse(readFileSync(path.join(folder, it), "utf8")));
  for (const check of checks) {
    const mayWarn = isOracle && check.id === "authorization-server-metadata-cimd";
    assert.ok(["SUCCESS", "INFO"].includes(check.status) || mayWarn, JSON.stringify(check, undefined, 1));
  }
  assert.equal(code, 0, all);
  assert.equal(opened.length, 1, all);
  assert.ok(checks.length >= 3, all);
});
