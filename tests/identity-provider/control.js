// The doors that only tests use: `/_test/..`. They are outside of every fault.

import { readJson } from "./body.js";

/** Answers a control request; `bench` is what it may turn. */
export async function control(path, req, res, bench) {
  const actions = {
    "POST /_test/rotate": async () => bench.rotate(await readJson(req)),
    "POST /_test/withdraw": () => bench.withdraw(),
    "POST /_test/fault": async () => bench.faults.set(await readJson(req)),
    "POST /_test/cache": async () => Object.assign(bench.cache, await readJson(req)),
    "GET /_test/hits": () => Object.fromEntries(bench.hits),
    // Where the fault `redirect` leads. It is counted, so that a test sees who followed.
    "GET /_test/elsewhere": () => {
      bench.count(path);
      return { keys: [] };
    },
  };
  const action = actions[`${req.method} ${path}`];
  try {
    if (!action) return reply(res, 404, { error: "no such control" });
    return reply(res, 200, (await action()) ?? {});
  } catch (error) {
    return reply(res, 400, { error: error.message });
  }
}

function reply(res, status, body) {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify(body));
}
