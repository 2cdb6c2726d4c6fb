// The server under test: the program, named by AUTH_SERVER, or `oidc-provider` set up alike.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { startOracle } from "./oracle.js";
import { toToml } from "./world.js";

/** A port that is free, for a program whose issuer has it in its name. */
export async function freePort() {
  const free = createServer();
  free.listen(0, "127.0.0.1");
  await once(free, "listening");
  const { port } = free.address();
  free.close();
  await once(free, "close");
  return port;
}

/** Starts the program with this world in memory: `{ name, issuer, log, stop }`. */
export async function startProgram(world) {
  const binary = process.env.AUTH_SERVER;
  if (!binary) throw new Error("AUTH_SERVER names the program: see tests/authorization-server/run");
  const folder = mkdtempSync(path.join(tmpdir(), "authorization-server-"));
  const file = path.join(folder, "server.toml");
  writeFileSync(file, toToml(world));
  const child = spawn(binary, ["serve", "--config", file], { stdio: ["ignore", "pipe", "pipe"] });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const ready = await new Promise((resolve, reject) => {
    const failed = (why) => reject(new Error(`${binary} ${why}\n${log.join("\n")}`));
    child.once("error", reject);
    child.once("exit", (code) => setTimeout(failed, 100, `ended with ${code}`));
    createInterface({ input: child.stdout }).once("line", (line) => {
      try {
        resolve(JSON.parse(line));
      } catch {
        failed(`wrote ${line}`);
      }
    });
  });
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill();
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    const [code] = await ended;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the program ended with ${code}\n${log.join("\n")}`);
  };
  return { name: "auth-server", issuer: ready.issuer, log, stop };
}

/** What these tests are run against: SERVER is `program`, which it is if nothing is said, or `oracle`. */
export const isOracle = process.env.SERVER === "oracle";

export const startServer = (world) => (isOracle ? startOracle(world) : startProgram(world));
