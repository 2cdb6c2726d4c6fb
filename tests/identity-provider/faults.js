// What can go wrong between a resource server and a provider, on demand.

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const MEGABYTE = 1024 * 1024;
const HUGE = 64;

const ENDPOINTS = {
  jwks: ["/jwks"],
  metadata: ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"],
  introspection: ["/token/introspection"],
};

const answer = (status, type, body) => (res) => {
  res.writeHead(status, { "content-type": type });
  res.end(body);
};

const MODES = {
  hang: () => {},
  reset: (res) => res.socket.destroy(),
  500: answer(500, "application/json", '{"error":"server_error"}'),
  garbage: answer(200, "application/json", '{"keys":[{"kty":"RSA",'),
  html: answer(200, "text/html", "<!doctype html><title>Maintenance</title><p>Back soon."),
  empty: answer(200, "application/json", ""),
  keyless: answer(200, "application/json", '{"keys":[]}'),
  foreign: (res, { issuer }) => answer(200, "application/json", JSON.stringify({
    issuer: "https://elsewhere.test",
    jwks_uri: `${issuer}/jwks`,
    introspection_endpoint: `${issuer}/token/introspection`,
  }))(res),
  redirect: (res, { elsewhere }) => {
    res.writeHead(302, { location: elsewhere });
    res.end();
  },
  huge: (res) => {
    res.writeHead(200, { "content-type": "application/json" });
    // A client that has read enough closes the connection, and that is not an error here.
    pipeline(Readable.from(hugeBody()), res).catch(() => {});
  },
};

function* hugeBody() {
  yield '{"keys":[';
  for (let sent = 0; sent < HUGE; sent++) yield " ".repeat(MEGABYTE);
  yield "]}";
}

/** The faults that are set, by path. `*` is every path. */
export class Faults {
  #set = new Map();

  /** Sets or, with the mode `none`, clears. Throws what was not understood. */
  set({ path, mode, ms = 2000 }) {
    const paths = path === "all" ? ["*"] : ENDPOINTS[path];
    if (!paths) throw new Error(`no path \`${path}\`: jwks, metadata, introspection or all`);
    if (mode === "none") {
      if (path === "all") this.#set.clear();
      for (const each of paths) this.#set.delete(each);
      return;
    }
    if (mode !== "slow" && !Object.hasOwn(MODES, mode)) {
      throw new Error(`no mode \`${mode}\`: none, slow, ${Object.keys(MODES).join(", ")}`);
    }
    for (const each of paths) this.#set.set(each, { mode, ms });
  }

  /** Whether the request was answered wrongly, or never will be. One that is slow goes on. */
  async interfere(path, res, about) {
    const fault = this.#set.get("*") ?? this.#set.get(path);
    if (!fault) return false;
    if (fault.mode === "slow") {
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      // The client may not wait any more.
      return res.destroyed;
    }
    await MODES[fault.mode](res, about);
    return true;
  }
}
