// The provider: what is switched on, and which claims its access tokens carry.

import { randomBytes } from "node:crypto";
import { Provider } from "oidc-provider";
import * as accounts from "./accounts.js";
import { CLIENTS, mayIntrospect, rolesOfClient } from "./clients.js";
import * as login from "./login.js";
import { resourceServer } from "./resources.js";

const HOUR = 3600;
const COOKIE_KEYS = [randomBytes(32).toString("hex")];
const NONCE_SECRET = randomBytes(32);

/** Roles for everybody, and how and when they logged in for those who did (RFC 9068, section 2.2.1). */
function extraTokenClaims(ctx, token) {
  if (!token.accountId) return { roles: rolesOfClient(token.clientId) };
  const { acr, authTime } = ctx.oidc.entities.AuthorizationCode;
  return { roles: accounts.rolesOf(token.accountId), acr, auth_time: authTime };
}

/** A provider with the keys as they are now. After a rotation there is a new one over the same memory. */
export function buildProvider(issuer, keys, memory) {
  const provider = new Provider(issuer, {
    adapter: memory,
    jwks: { keys: keys.published },
    clients: CLIENTS,
    clientBasedCORS: () => false,
    cookies: { keys: COOKIE_KEYS },
    acrValues: [accounts.PASSWORD, accounts.MFA],
    claims: { openid: ["sub"], acr: null, auth_time: null },
    scopes: ["openid"],
    responseTypes: ["code"],
    pkce: { required: () => true },
    findAccount: (_, id) => accounts.exists(id) && { accountId: id, claims: () => ({ sub: id }) },
    loadExistingGrant: login.grantEverything,
    extraTokenClaims,
    interactions: { policy: login.policy(), url: (_, { uid }) => `/interaction/${uid}` },
    renderError(ctx, out) {
      ctx.type = "json";
      ctx.body = out;
    },
    enabledJWA: { dPoPSigningAlgValues: ["ES256", "EdDSA", "PS256"] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      revocation: {
        enabled: true,
        allowedPolicy: (_, client, token) => client.clientId === token.clientId,
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_, client, token) => mayIntrospect(client.clientId, token),
      },
      dPoP: { enabled: true, nonceSecret: NONCE_SECRET },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_, __, offered) => offered ?? "https://api.test",
        useGrantedResource: () => true,
        getResourceServerInfo: (_, indicator) => resourceServer(indicator, keys),
      },
    },
    ttl: {
      AccessToken: (_, token) => token.resourceServer.accessTokenTTL,
      ClientCredentials: (_, token) => token.resourceServer.accessTokenTTL,
      AuthorizationCode: 60,
      Grant: HOUR,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: HOUR,
    },
  });
  provider.on("server_error", (_, error) => console.error(error));
  return provider;
}
