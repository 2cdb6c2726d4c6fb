// What all scripts share: an authorization request, and the table of differences.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Agent } from "./agent.js";
import { isOracle } from "./servers.js";
import { CALLBACK } from "./world.js";

/** A verifier and its challenge (RFC 7636). */
export function pkce() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

/** At `oidc-provider`, `offline_access` counts only beside `prompt=consent` (OpenID Connect Core, section 11). */
export const offline = (theirs) => ({ scope: "openid offline_access read", ...(theirs && { prompt: "consent" }) });
export const OFFLINE = offline(isOracle);

/** The rows of docs/authorization-server-differences.md, by their first column. */
export function differences() {
  const text = readFileSync(new URL("../../docs/authorization-server-differences.md", import.meta.url), "utf8");
  const rows = new Map();
  for (const line of text.split("\n")) {
    const cells = line.split(/(?<!\\)\|/).slice(1, -1).map((it) => it.trim().replaceAll("\\|", "|"));
    if (cells.length !== 4 || cells[0].startsWith("---") || cells[0] === "case") continue;
    assert.ok(!rows.has(cells[0]), `two rows of ${cells[0]}`);
    const bare = (cell) => cell.replaceAll("`", "");
    rows.set(bare(cells[0]), { ours: bare(cells[1]), theirs: bare(cells[2]), reason: cells[3] });
  }
  return rows;
}

/**
 * A script that both servers pass, or a difference: then `oidc-provider` fails with what is in the table
 * below this name.
 */
export function script(name, run) {
  test(name, { timeout: 60_000 }, async (t) => {
    const row = differences().get(name);
    if (!isOracle || !row) return run(t);
    await assert.rejects(async () => run(t), (error) => {
      const said = [error, error.cause].map((it) => `${it?.code ?? ""} ${it?.error ?? ""} ${it?.message ?? ""}`).join(" ");
      return said.includes(row.theirs) || assert.fail(`expected ${row.theirs}, got ${said}`);
    }, `no difference any more: take "${name}" out of the table`);
    t.diagnostic(`a difference: ${row.reason}`);
    return undefined;
  });
}

export const json = async (url) => {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return answer.json();
};

/** The metadata, and requests by it without a library: for malformed ones. */
export class Server {
  constructor(started, world, metadata) {
    Object.assign(this, { ...started, world, metadata });
  }

  static async over(started, world) {
    return new Server(started, world, await json(`${started.issuer}/.well-known/openid-configuration`));
  }

  /** The address of an authorization request, and what belongs to it. */
  request({ client = "first", ...more } = {}) {
    const { verifier, challenge } = pkce();
    const params = {
      client_id: client,
      redirect_uri: CALLBACK,
      response_type: "code",
      scope: "openid read",
      state: "a state",
      code_challenge: challenge,
      code_challenge_method: "S256",
      ...more,
    };
    const given = Object.entries(params).flatMap(([name, value]) => [value].flat().map((it) => [name, it])).filter(([, it]) => it !== undefined);
    return { verifier, params, url: `${this.metadata.authorization_endpoint}?${new URLSearchParams(given)}` };
  }

  /** A form to an endpoint, with nothing but what is said. */
  async post(endpoint, form, { client, headers = {}, url = this.metadata[endpoint], method = "POST" } = {}) {
    const basic = client && { authorization: this.basic(client) };
    const pairs = typeof form === "string" ? form : new URLSearchParams(Object.entries(form).flatMap(([name, value]) => [value].flat().map((it) => [name, it]))).toString();
    const body = method === "GET" ? undefined : pairs;
    const answer = await fetch(url, {
      method,
      redirect: "manual",
      headers: { ...(body !== undefined && { "content-type": "application/x-www-form-urlencoded" }), ...basic, ...headers },
      body,
    });
    const text = await answer.text();
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    return { status: answer.status, headers: answer.headers, text, body: parsed };
  }

  basic(client, secret = this.world.secretOf(client)) {
    const encode = (text) => new URLSearchParams([["", text]]).toString().slice(1);
    return `Basic ${Buffer.from(`${encode(client)}:${encode(secret)}`).toString("base64")}`;
  }

  /** A code, signed in as this user. */
  async code({ agent = new Agent(), user, ...more } = {}) {
    const request = this.request(more);
    const { left, pages, status, body } = await agent.authorize(request.url, { user });
    assert.ok(left, `no redirect: ${status}\n${body}`);
    const answer = new URL(left);
    assert.ok(answer.searchParams.get("code"), left);
    return { ...request, code: answer.searchParams.get("code"), left, pages, agent };
  }

  /** The tokens of a code flow of a client without a secret, or with one by Basic. */
  async tokens({ user, client = "first", resource, headers, ...more }) {
    const got = await this.code({ user, client, ...(resource && { resource }), ...more });
    const form = {
      grant_type: "authorization_code",
      code: got.code,
      redirect_uri: got.params.redirect_uri,
      code_verifier: got.verifier,
    };
    const secret = this.world.secretOf(client);
    const answer = await this.post("token_endpoint", { ...form, ...(!secret && { client_id: client }) }, { ...(secret && { client }), headers });
    assert.equal(answer.status, 200, answer.text);
    return { ...got, ...answer.body };
  }

  refresh(token, { client = "first", ...more } = {}) {
    return this.post("token_endpoint", { grant_type: "refresh_token", refresh_token: token, client_id: client, ...more });
  }
}
