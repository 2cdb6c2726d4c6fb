// A Model Context Protocol server by the SDK of others, whose authorization server is the one under test: two
// tools, one for the scope `read` and one for `write`.

import { once } from "node:events";
import { createServer } from "node:http";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createRemoteJWKSet, jwtVerify } from "jose";

const SCOPES = { read_note: "read", write_note: "write" };

/** Listens before its authorization server is known, which gets the address: `{ url, use, stop }`. */
export async function startMcpServer() {
  let issuer;
  let keys;
  const server = createServer((req, res) => serve(req, res).catch((error) => {
    console.error(error);
    res.writeHead(500).end();
  }));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${server.address().port}`;
  const url = `${origin}/mcp`;
  const metadata = `${origin}/.well-known/oauth-protected-resource/mcp`;

  async function serve(req, res) {
    if (req.url.startsWith("/.well-known/oauth-protected-resource")) {
      res.writeHead(200, { "content-type": "application/json" });
      res.end(JSON.stringify({ resource: url, authorization_servers: [issuer], scopes_supported: ["read", "write"], bearer_methods_supported: ["header"] }));
      return;
    }
    if (req.url !== "/mcp") {
      res.writeHead(404).end();
      return;
    }
    const token = /^Bearer (.+)$/i.exec(req.headers.authorization ?? "")?.[1];
    const claims = token && (await jwtVerify(token, keys, { issuer, audience: url, typ: "at+jwt" }).then(({ payload }) => payload, () => undefined));
    if (!claims) {
      const error = token ? ', error="invalid_token"' : "";
      res.writeHead(401, { "www-authenticate": `Bearer resource_metadata="${metadata}", scope="read"${error}` }).end();
      return;
    }
    const parts = [];
    for await (const part of req) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const body = text ? JSON.parse(text) : undefined;
    const needed = body?.method === "tools/call" ? SCOPES[body.params?.name] : undefined;
    if (needed && !claims.scope.split(" ").includes(needed)) {
      res.writeHead(403, { "www-authenticate": `Bearer error="insufficient_scope", scope="read ${needed}", resource_metadata="${metadata}"` }).end();
      return;
    }
    const mcp = new McpServer({ name: "notes", version: "1.0.0" });
    for (const name of Object.keys(SCOPES)) {
      mcp.registerTool(name, { description: name }, () => ({ content: [{ type: "text", text: `${name} by ${claims.client_id}` }] }));
    }
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    res.on("close", () => transport.close());
    await mcp.connect(transport);
    await transport.handleRequest(req, res, body);
  }

  return {
    url,
    use(found, jwks) {
      issuer = found;
      keys = createRemoteJWKSet(new URL(jwks));
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
