// The same malformed requests to the program and to `oidc-provider`. What the program answers is what the
// specification says; where the other one answers otherwise, docs/authorization-server-differences.md has
// a row that says why, and no row of it is out of date. SERVER=oracle asks `oidc-provider` alone.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { cases, prepare } from "./refusals.js";
import { Server, differences } from "./scripts.js";
import { isOracle, startProgram } from "./servers.js";
import { startOracle } from "./oracle.js";
import { makeWorld } from "./world.js";

const servers = {};
const contexts = {};
const rows = differences();

before(async () => {
  const world = await makeWorld();
  const starts = { theirs: startOracle, ...(!isOracle && { ours: startProgram }) };
  for (const [name, start] of Object.entries(starts)) {
    servers[name] = await Server.over(await start(world), world);
    contexts[name] = await prepare(servers[name]);
  }
});
after(() => Promise.all(Object.values(servers).map((it) => it.stop())));

// What every answer of the program has, however it was asked.
async function checked(run, context) {
  const { server } = context;
  const { post } = Server.prototype;
  const watched = Object.create(server);
  watched.post = async (endpoint, ...rest) => {
    const answer = await post.call(server, endpoint, ...rest);
    assert.ok(answer.status < 500, `${endpoint}: ${answer.status} ${answer.text}`);
    if (["token_endpoint", "introspection_endpoint", "pushed_authorization_request_endpoint", "device_authorization_endpoint", "registration_endpoint"].includes(endpoint)) {
      assert.match(answer.headers.get("cache-control") ?? "", /no-store/, `${endpoint}: ${answer.status} without no-store`);
    }
    if (answer.body?.error_description !== undefined) {
      assert.match(answer.body.error_description, /^[ !#-[\]-~]*$/, "error_description");
    }
    return answer;
  };
  return run({ ...context, server: watched });
}

describe("refusals", { concurrency: 1 }, () => {
  for (const { name, requirements, must, run } of cases) {
    test(`${requirements.map((it) => `a${it}`).join(" ")} ${name}`, { timeout: 30_000 }, async () => {
      const theirs = await run(contexts.theirs);
      if (isOracle) {
        const row = rows.get(name);
        assert.ok(must.includes(theirs) || row?.theirs === theirs, `oidc-provider answers ${theirs}, expected ${must.join(" or ")}`);
        return;
      }
      const ours = await checked(run, contexts.ours);
      assert.ok(must.includes(ours), `answered ${ours}, expected ${must.join(" or ")}; oidc-provider answers ${theirs}`);
      const row = rows.get(name);
      if (ours === theirs) assert.ok(!row, `no difference any more: take "${name}" out of the table`);
      else assert.deepEqual({ ours: row?.ours, theirs: row?.theirs }, { ours, theirs }, `a difference without its row: | ${name} | \`${ours}\` | \`${theirs}\` | why |`);
    });
  }
});

test("there are at least sixty, and each row has its case and its reason", () => {
  assert.ok(cases.length >= 60, String(cases.length));
  assert.equal(new Set(cases.map(({ name }) => name)).size, cases.length);
  for (const [name, row] of rows) {
    assert.ok(row.reason, name);
    const isScript = row.ours === "passes";
    assert.ok(isScript || cases.some((it) => it.name === name), `no case ${name}`);
  }
});
