// The server under test and a Model Context Protocol server behind it: either one of these tests, or the
// example of this project, named by MCP_EXAMPLE.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { json } from "../scripts.js";
import { startServer } from "../servers.js";
import { ALICE, makeWorld } from "../world.js";
import { startMcpServer } from "./server.js";

/** The example: `{ issuer, url, user, stop }`. */
export async function startExample() {
  const child = spawn(process.env.MCP_EXAMPLE, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"] });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const told = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the example ended with ${code}\n${log.join("\n")}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line)));
  });
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  };
  return { issuer: told.issuer, url: told.mcp, user: told.user, stop };
}

/** The server under test with the MCP server of these tests. */
export async function startBehind() {
  const mcp = await startMcpServer();
  const world = await makeWorld({ strangers: ["openid", "offline_access", "read", "write"] });
  world.resources.push({ uri: mcp.url, scopes: ["read", "write"], access_tokens: "jwt" });
  world.clients.push({
    id: "agent",
    redirect_uris: ["http://127.0.0.1/callback"],
    scopes: ["openid", "offline_access", "read", "write"],
    resources: [mcp.url],
  });
  const server = await startServer(world);
  mcp.use(server.issuer, (await json(`${server.issuer}/.well-known/oauth-authorization-server`)).jwks_uri);
  const stop = async () => {
    mcp.stop();
    await server.stop();
  };
  return { issuer: server.issuer, url: mcp.url, user: ALICE, stop };
}

/** The metadata document of a client (CIMD): its id is where it is. */
export async function startDocument(more = {}) {
  let fetched = 0;
  const server = createServer((_, res) => {
    fetched += 1;
    res.writeHead(200, { "content-type": "application/json" });
    res.end(JSON.stringify({
      client_id: id,
      client_name: "A client by its document",
      redirect_uris: ["http://127.0.0.1/callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...more,
    }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const id = `http://127.0.0.1:${server.address().port}/client.json`;
  return {
    id,
    fetched: () => fetched,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
