// Clients of the Model Context Protocol, by its own SDK: from a 401 to a tool that was called.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Agent } from "./agent.js";
import { startBehind, startDocument, startExample } from "./mcp/started.js";
import { isOracle } from "./servers.js";

/** What an MCP client keeps, and a browser that its user has. */
class Kept {
  redirectUrl = "http://127.0.0.1:49152/callback";
  agent = new Agent();
  asked = [];

  constructor(user, information) {
    this.user = user;
    this.information = information;
  }

  get clientMetadata() {
    return {
      client_name: "An MCP client",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      ...(isOracle && { application_type: "native" }),
    };
  }
  state = () => "a-state";
  clientInformation = () => this.information;
  saveClientInformation(it) {
    this.information = it;
  }
  tokens = () => this.kept;
  saveTokens(it) {
    this.kept = it;
  }
  saveCodeVerifier(it) {
    this.verifier = it;
  }
  codeVerifier = () => this.verifier;
  async redirectToAuthorization(url) {
    this.asked.push(new URL(url));
    // As if only a part had been asked for at first.
    if (this.asked.length === 1) url.searchParams.set("scope", "read");
    const { left, body, status, pages } = await this.agent.authorize(url.href, { user: this.user });
    assert.ok(left, `no redirect: ${status} ${body}`);
    this.pages = pages;
    this.left = new URL(left);
  }
}

/** Connects, as often as the server wants the user. */
async function connected(url, kept) {
  for (let tries = 0; ; tries++) {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: kept });
    const client = new Client({ name: "tests", version: "1.0.0" });
    try {
      await client.connect(transport);
      return { client, transport };
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || tries > 0) throw error;
      assert.equal(kept.left.searchParams.get("state"), "a-state");
      await transport.finishAuth(kept.left.searchParams.get("code"));
    }
  }
}

/** Calls a tool, which has to succeed. */
async function call({ client }, name) {
  const { isError, content } = await client.callTool({ name, arguments: { text: "a note" } });
  assert.ok(!isError, JSON.stringify(content));
}

const servers = [["an MCP server of the tests", startBehind, "read_note", "write_note"]];
if (process.env.MCP_EXAMPLE && !isOracle) servers.push(["examples/mcp", startExample, "list_notes", "add_note"]);

for (const [name, start, readTool, writeTool] of servers) {
  describe(name, { timeout: 60_000 }, () => {
    let server;
    before(async () => {
      server = await start();
    });
    after(() => server?.stop());

    test("registers, signs in, calls a tool, and refreshes without the user", async () => {
      const kept = new Kept(server.user);
      const session = await connected(server.url, kept);
      assert.deepEqual(kept.pages, ["sign-in", "consent"]);
      assert.equal(kept.asked[0].searchParams.get("resource"), server.url);
      await call(session, readTool);
      // A token that is not good any more.
      assert.ok(kept.kept.refresh_token, "a refresh token");
      const before = kept.kept.refresh_token;
      kept.kept = { ...kept.kept, access_token: "expired" };
      await call(session, readTool);
      assert.notEqual(kept.kept.refresh_token, before);
      assert.equal(kept.asked.length, 1);
      await session.client.close();
    });

    // oidc-provider refuses a scope that was not registered, which clients of MCP ask for when they step up.
    if (!isOracle) {
      test("steps up when a tool needs a wider scope", async () => {
        const kept = new Kept(server.user);
        const session = await connected(server.url, kept);
        // The SDK would refresh, which cannot widen a scope; without a refresh token it asks the user.
        delete kept.kept.refresh_token;
        await assert.rejects(call(session, writeTool), UnauthorizedError);
        await session.transport.finishAuth(kept.left.searchParams.get("code"));
        assert.ok(kept.asked[1].searchParams.get("scope").split(" ").includes("write"));
        await call(session, writeTool);
        await session.client.close();
      });

      test("a client that is known by its metadata document", async () => {
        const document = await startDocument();
        const kept = new Kept(server.user, { client_id: document.id });
        const session = await connected(server.url, kept);
        assert.deepEqual(kept.pages, ["sign-in", "consent"]);
        assert.ok(document.fetched() >= 1);
        await call(session, readTool);
        await session.client.close();
        document.stop();
      });

      test("a document that redirects or names another client is refused with a page", async () => {
        const document = await startDocument({ client_id: "https://other.test/client.json" });
        const kept = new Kept(server.user, { client_id: document.id });
        await assert.rejects(connected(server.url, kept), /no redirect: 4/);
        document.stop();
      });
    }

    test("PyPI mcp: the same from Python", { skip: !process.env.CLIENTS_PYTHON && "CLIENTS_PYTHON names the interpreter" }, async () => {
      const child = spawn(process.env.CLIENTS_PYTHON, ["mcp/client.py", server.url, readTool, writeTool], {
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...process.env, SERVER: isOracle ? "oracle" : "program" },
      });
      const said = [];
      child.stderr.on("data", (it) => said.push(it.toString()));
      // It asks for a browser by a line, and is answered by one.
      let rest = "";
      let opened = 0;
      child.stdout.on("data", async (data) => {
        rest += data;
        const lines = rest.split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith("open ")) {
            said.push(line);
            continue;
          }
          const url = new URL(line.slice(5));
          if (opened++ === 0) url.searchParams.set("scope", "read");
          const { left, body } = await new Agent().authorize(url.href, { user: server.user });
          child.stdin.write(`${left ?? `failed ${body}`.replaceAll("\n", " ")}\n`);
        }
      });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      assert.equal(code, 0, said.join("\n"));
    });
  });
}
