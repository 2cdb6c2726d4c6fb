// The clients. Their secrets are in the open: the provider listens on loopback, and only for tests.

const none = { grant_types: [], response_types: [], redirect_uris: [] };
const machine = {
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
};
const web = {
  grant_types: ["authorization_code"],
  response_types: ["code"],
  redirect_uris: ["https://web.test/callback"],
};

export const CLIENTS = [
  { client_id: "machine", client_secret: "machine-secret", ...machine },
  { client_id: "machine-admin", client_secret: "machine-admin-secret", ...machine },
  {
    client_id: "machine-post",
    client_secret: "machine-post-secret",
    token_endpoint_auth_method: "client_secret_post",
    ...machine,
  },
  {
    client_id: "machine-dpop",
    client_secret: "machine-dpop-secret",
    dpop_bound_access_tokens: true,
    ...machine,
  },
  { client_id: "web", token_endpoint_auth_method: "none", ...web },
  { client_id: "web-confidential", client_secret: "web-confidential-secret", ...web },

  // The resource server itself, which asks about opaque tokens. Name and secret have to be
  // form-encoded before they are joined for HTTP Basic (RFC 6749, section 2.3.1).
  { client_id: "api:test", client_secret: "half:100% + a/b=c&d", ...none },
  {
    client_id: "api-post",
    client_secret: "post:100% + a/b=c&d",
    token_endpoint_auth_method: "client_secret_post",
    ...none,
  },
];

const ROLES = {
  machine: ["clerk"],
  "machine-admin": ["admin"],
  "machine-post": ["clerk"],
  "machine-dpop": ["clerk"],
};

/** Whether a client gets tokens for itself. */
export const isMachine = (id) => Object.hasOwn(ROLES, id);

/** The roles of a client that acts for itself. */
export const rolesOfClient = (id) => ROLES[id] ?? [];

/** A client may ask about its own tokens, a resource server about all. */
export const mayIntrospect = (id, token) => id === token.clientId || id === "api:test" || id === "api-post";
