// One HTTP server on loopback in front of the current provider. Says one line of JSON when it is
// ready, and ends with its standard input, so that it ends with the process that started it.

import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { control } from "./control.js";
import { Faults } from "./faults.js";
import { KeyRing } from "./keys.js";

// Standard output is for the one line: what the provider has to say goes to the log. It warns of Node
// 20 at every start; that it works there is what provider.test.js shows.
console.info = console.error;
console.log = console.error;
const { warn } = console;
console.warn = (text) => String(text).includes("Unsupported runtime") || warn(text);
const { interact } = await import("./login.js");
const { buildProvider } = await import("./provider.js");
const { sharedMemory } = await import("./storage.js");

const { values: options } = parseArgs({ options: { port: { type: "string", default: "0" } } });

const keys = new KeyRing();
const memory = sharedMemory();
const server = createServer((req, res) => {
  serve(req, res).catch((error) => {
    console.error(error);
    if (!res.headersSent) res.writeHead(500);
    res.end();
  });
});

let issuer;
let provider;
let forward;
function renew() {
  provider = buildProvider(issuer, keys, memory);
  forward = provider.callback();
}

const bench = {
  faults: new Faults(),
  /** `max_age` in seconds for the key set, `etag` to answer 304 when it did not change. */
  cache: { max_age: undefined, etag: false },
  hits: new Map(),
  count: (path) => bench.hits.set(path, (bench.hits.get(path) ?? 0) + 1),
  async rotate(how) {
    await keys.rotate(how);
    renew();
  },
  withdraw() {
    keys.withdraw();
    renew();
  },
};

async function serve(req, res) {
  const path = req.url.split("?")[0];
  if (path.startsWith("/_test/")) return control(path, req, res, bench);
  bench.count(path);
  // Another name of this machine, and so another origin.
  const elsewhere = `http://localhost:${server.address().port}/_test/elsewhere`;
  if (await bench.faults.interfere(path, res, { issuer, elsewhere })) return undefined;
  if (path.startsWith("/interaction/")) return interact(provider, req, res);
  if (path === "/jwks" && cached(req, res)) return undefined;
  return forward(req, res);
}

/** What a cache in front of the key set adds, where a test asks for it. */
function cached(req, res) {
  const { max_age: maxAge, etag } = bench.cache;
  if (maxAge !== undefined && maxAge !== null) res.setHeader("cache-control", `public, max-age=${maxAge}`);
  if (!etag) return false;
  res.setHeader("etag", keys.etag);
  if (req.headers["if-none-match"] !== keys.etag) return false;
  res.writeHead(304);
  res.end();
  return true;
}

function stop() {
  server.close(() => process.exit(0));
  server.closeAllConnections();
}
process.on("SIGTERM", stop);
process.on("SIGINT", stop);
process.stdin.on("end", stop).on("error", stop).resume();

await keys.rotate();
server.listen(Number(options.port), "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  renew();
  process.stdout.write(`${JSON.stringify({ issuer, pid: process.pid })}\n`);
});
