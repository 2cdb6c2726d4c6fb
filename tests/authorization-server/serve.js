// The server under test for scripts in other languages: prints one line of JSON with its issuer, the clients,
// and the address of a browser without scripts, and ends with its standard input.
//
// `POST {browser}` with `{"url": "..", "user": "alice", "decision": "allow"}` signs in and consents, and gives
// where the server sends the browser then: `{"left": "..", "pages": [..]}`.

import { once } from "node:events";
import { createServer } from "node:http";
import { Agent } from "./agent.js";
import { startServer } from "./servers.js";
import { API, CALLBACK, OPAQUE, SECOND, makeWorld } from "./world.js";

console.log = console.error;
const world = await makeWorld({ lifetimes: { refresh_retry_window: "2s" } });
const server = await startServer(world);
const browser = createServer(async (req, res) => {
  try {
    const parts = [];
    for await (const part of req) parts.push(part);
    const { url, user = "alice", decision } = JSON.parse(Buffer.concat(parts).toString());
    const { left, pages, status, body } = await new Agent().authorize(url, { user: world.users.find((it) => it.username === user), decision });
    res.end(JSON.stringify(left ? { left, pages } : { error: `no redirect: ${status} ${body}` }));
  } catch (error) {
    res.end(JSON.stringify({ error: String(error) }));
  }
});
browser.listen(0, "127.0.0.1");
await once(browser, "listening");
process.stdout.write(`${JSON.stringify({
  name: server.name,
  issuer: server.issuer,
  browser: `http://127.0.0.1:${browser.address().port}/`,
  clients: Object.fromEntries(world.clients.map((it) => [it.id, it.secret ?? null])),
  bank: world.bankJwk,
  api: API,
  second: SECOND,
  opaque: OPAQUE,
  callback: CALLBACK,
})}\n`);
async function stop() {
  browser.close();
  browser.closeAllConnections();
  await server.stop();
  process.exit(0);
}
process.stdin.on("end", stop).on("error", stop).resume();
process.on("SIGTERM", stop);
