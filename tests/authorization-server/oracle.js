// `oidc-provider`, a certified OpenID provider that others wrote, set up as the program is. Its pages have
// the fields that the program's have, so that the same scripts fill them in.

import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { API } from "./world.js";

// It warns of Node 20 and of memory that is not kept at every start.
const { warn, info } = console;
console.warn = (said) => String(said).startsWith("oidc-provider") || warn(said);
console.info = (said) => String(said).startsWith("oidc-provider") || info(said);
const { Provider, errors, interactionPolicy } = await import("oidc-provider");

const key = (alg, type, options) => {
  const jwk = generateKeyPairSync(type, options).privateKey.export({ format: "jwk" });
  return { ...jwk, alg, use: "sig", kid: createHash("sha256").update(JSON.stringify(jwk)).digest("base64url") };
};

const seconds = (text, otherwise) => (text === undefined ? otherwise : parseInt(text, 10) * { s: 1, m: 60, h: 3600, d: 86_400 }[text.at(-1)]);

function metadata(client) {
  const grants = client.grants ?? ["authorization_code", "refresh_token"];
  return {
    client_id: client.id,
    ...(client.secret && { client_secret: client.secret }),
    token_endpoint_auth_method: client.authentication ?? "none",
    ...(client.jwks && { jwks: { keys: client.jwks }, token_endpoint_auth_signing_alg: "ES256" }),
    grant_types: grants,
    response_types: grants.includes("authorization_code") ? ["code"] : [],
    redirect_uris: client.redirect_uris ?? [],
    post_logout_redirect_uris: client.post_logout_redirect_uris ?? [],
    scope: client.scopes.join(" "),
    application_type: client.redirect_uris?.some((it) => !it.startsWith("https:")) ? "native" : "web",
    dpop_bound_access_tokens: client.dpop_bound_access_tokens ?? false,
    require_pushed_authorization_requests: client.require_pushed_authorization_requests ?? false,
  };
}

function build(issuer, world) {
  const configured = (id) => world.clients.find((it) => it.id === id);
  const user = (name) => world.users.find((it) => it.username === name);
  const rules = interactionPolicy.base();
  // A public client is asked for consent because it is one to `consent = "ask"` here, and for no other reason.
  rules.get("consent").checks.remove("native_client_prompt");
  const lifetimes = world.lifetimes;
  const access = seconds(lifetimes.access_token, 600);
  const window = seconds(lifetimes.refresh_retry_window, 10);
  return new Provider(issuer, {
    jwks: { keys: [key("ES256", "ec", { namedCurve: "P-256" }), key("RS256", "rsa", { modulusLength: 2048 })] },
    clients: world.clients.map(metadata),
    cookies: { keys: [randomBytes(32).toString("hex")] },
    acrValues: ["1", "2"],
    claims: { openid: ["sub"], acr: null, auth_time: null, email: ["email", "email_verified"], profile: ["preferred_username"] },
    scopes: ["openid", "offline_access", "read", "write", "admin"],
    responseTypes: ["code"],
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    conformIdTokenClaims: false,
    findAccount: (_, id) => user(id) && {
      accountId: id,
      claims: () => ({ sub: id, email: user(id).email, preferred_username: id }),
    },
    extraTokenClaims: (_, token) =>
      token.accountId ? { roles: user(token.accountId).roles } : { roles: configured(token.clientId)?.roles ?? [] },
    issueRefreshToken: (_, client, code) => client.grantTypeAllowed("refresh_token") && (code.scopes.has("offline_access") || !configured(client.clientId)),
    rotateRefreshToken: (ctx) => !(window > 0 && ctx.oidc.entities.RefreshToken.consumed),
    interactions: { policy: rules, url: (_, { uid }) => `/interaction/${uid}` },
    async loadExistingGrant(ctx) {
      const { client, params, provider, resourceServers, session, result } = ctx.oidc;
      const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
      if (id) return provider.Grant.find(id);
      if (configured(client.clientId)?.consent !== "first_party") return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(params.scope ?? "");
      for (const uri of Object.keys(resourceServers)) grant.addResourceScope(uri, params.scope ?? "");
      await grant.save();
      return grant;
    },
    renderError(ctx, out) {
      ctx.type = "html";
      ctx.body = `<!doctype html><html lang="en"><title>Error</title><h1>Error</h1><p>${out.error}</p></html>`;
    },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = `<!doctype html><html lang="en"><title>Sign out</title>${form.replace("</form>", `<button name="logout" value="yes">Sign out</button></form>`)}</html>`;
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = `<!doctype html><html lang="en"><title>Signed out</title><p>Signed out.</p></html>`;
        },
      },
      userinfo: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: world.device },
      registration: { enabled: world.dynamic },
      revocation: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_, client, token) => {
          const audiences = configured(client.clientId)?.introspect ?? [];
          return [token.aud].flat().some((it) => audiences.includes(it));
        },
      },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32) },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, client, offered) => offered ?? configured(client.clientId)?.resources?.[0] ?? API,
        useGrantedResource: () => true,
        getResourceServerInfo(_, uri, client) {
          const found = world.resources.find((it) => it.uri === uri);
          const may = configured(client.clientId)?.resources ?? [uri];
          if (!found || !may.includes(uri)) throw new errors.InvalidTarget();
          const jwt = found.access_tokens === "jwt";
          return {
            audience: uri,
            scope: found.scopes.join(" "),
            accessTokenFormat: found.access_tokens,
            accessTokenTTL: access,
            ...(jwt && { jwt: { sign: { alg: "ES256" } } }),
          };
        },
      },
    },
    ttl: {
      AccessToken: access,
      AuthorizationCode: seconds(lifetimes.authorization_code, 60),
      ClientCredentials: access,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: access,
      Interaction: 3600,
      RefreshToken: seconds(lifetimes.refresh_token_idle, 86_400),
      Session: 3600,
    },
  });
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
const page = (res, status, inner) => {
  res.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  res.end(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>${inner}</html>`);
};

async function read(req) {
  const parts = [];
  for await (const part of req) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

async function interact(provider, world, req, res) {
  const { params, prompt, session, grantId } = await provider.interactionDetails(req, res);
  const finish = (result) => provider.interactionFinished(req, res, result, { mergeWithLastSubmission: true });
  if (prompt.name === "login") {
    if (req.method !== "POST") {
      return page(res, 200, `<form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>`);
    }
    const form = await read(req);
    const user = world.users.find((it) => it.username === form.get("username"));
    if (!user || user.password !== form.get("password")) {
      return page(res, 401, `<p>Wrong.</p><form method="post"><input name="username"><input name="password" type="password"><button>Sign in</button></form>`);
    }
    return finish({ login: { accountId: user.username, amr: ["pwd"], remember: true } });
  }
  if (req.method !== "POST") {
    return page(res, 200, `<p>${escaped(params.client_id)}</p><form method="post"><button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button></form>`);
  }
  const form = await read(req);
  if (form.get("decision") !== "allow") return finish({ error: "access_denied" });
  const { accountId } = session;
  const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant({ accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(" "));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [uri, scopes] of Object.entries(missingResourceScopes ?? {})) grant.addResourceScope(uri, scopes.join(" "));
  return finish({ consent: { grantId: await grant.save() } });
}

/** Starts it on a free port: `{ name, issuer, stop }`. */
export async function startOracle(world) {
  let provider;
  let forward;
  const server = createServer((req, res) => {
    const answer = async () => {
      const path = req.url.split("?")[0];
      return path.startsWith("/interaction/") ? interact(provider, world, req, res) : forward(req, res);
    };
    answer().catch((error) => page(res, error.statusCode ?? 500, `<p>${escaped(String(error))}</p>`));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = build(issuer, world);
  provider.on("server_error", (_, error) => console.error(error));
  forward = provider.callback();
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { name: "oidc-provider", issuer, stop };
}

