// An issuer with a path: where its metadata is, is what clients differ in.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { discoverAuthorizationServerMetadata } from "@modelcontextprotocol/sdk/client/auth.js";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { Agent, forms } from "./agent.js";
import { Server, json } from "./scripts.js";
import { freePort, startProgram } from "./servers.js";
import { ALICE, API, makeWorld } from "./world.js";

let server;

before(async () => {
  const port = await freePort();
  const world = { ...(await makeWorld()), port, issuer: `http://127.0.0.1:${port}/tenant/one` };
  server = await Server.over(await startProgram(world), world);
});
after(() => server?.stop());

test("a69 metadata are found by each way to put the well-known name in and are the same", async () => {
  const { origin, pathname } = new URL(server.issuer);
  assert.equal(pathname, "/tenant/one");
  const places = [
    `${origin}/.well-known/oauth-authorization-server${pathname}`,
    `${origin}/.well-known/openid-configuration${pathname}`,
    `${origin}${pathname}/.well-known/openid-configuration`,
  ];
  for (const place of places) assert.deepEqual(await json(place), server.metadata, place);
  for (const [name, value] of Object.entries(server.metadata)) {
    if (name.endsWith("_endpoint") || name.endsWith("_uri")) assert.ok(value.startsWith(`${server.issuer}/`), `${name} ${value}`);
  }
});

test("openid-client, oauth4webapi and the SDK of MCP discover it, and a whole flow is below its path", async () => {
  for (const algorithm of ["oidc", "oauth2"]) {
    const config = await client.discovery(new URL(server.issuer), "first", undefined, client.None(), { algorithm, execute: [client.allowInsecureRequests] });
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: "https://client.test/callback",
      scope: "openid offline_access email read",
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const agent = new Agent();
    const shown = await agent.open(url.href);
    for (const { action } of forms(shown.body, shown.url)) assert.ok(action.startsWith(`${server.issuer}/`), action);
    const { left } = await agent.authorize(url.href, { user: ALICE });
    for (const cookie of agent.cookies) assert.match(cookie, /Path=\/(tenant\/one)?(;|$)/i);
    const tokens = await client.authorizationCodeGrant(config, new URL(left), { pkceCodeVerifier: verifier, expectedState: state });
    await jwtVerify(tokens.access_token, createRemoteJWKSet(new URL(server.metadata.jwks_uri)), { issuer: server.issuer, audience: API });
    const info = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
    assert.equal(info.email, "alice@example.com");
    const next = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(next.claims().sub, tokens.claims().sub);
  }
  const issuer = new URL(server.issuer);
  const insecure = { [oauth.allowInsecureRequests]: true };
  const found = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...insecure }));
  assert.equal(found.issuer, server.issuer);
  assert.equal((await discoverAuthorizationServerMetadata(server.issuer)).issuer, server.issuer);
});
