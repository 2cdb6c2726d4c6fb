// The page that is a client: `oidc-client-ts` in a window of the tests, which call what it makes.
"use strict";

const parameters = fetch("/settings").then((answer) => answer.json());

/** A manager, with these settings beside those that all have. */
async function manager(more = {}) {
  const { issuer, authority = issuer, client = "spa", dpop, ...rest } = { ...(await parameters), ...more };
  return new oidc.UserManager({
    authority,
    client_id: client,
    redirect_uri: `${location.origin}/callback`,
    silent_redirect_uri: `${location.origin}/silent`,
    post_logout_redirect_uri: `${location.origin}/`,
    scope: "openid offline_access read",
    userStore: new oidc.WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    silentRequestTimeoutInSeconds: 8,
    ...(dpop && { dpop: { bind_authorization_code: true, store: new oidc.IndexedDbDPoPStore() } }),
    ...rest,
  });
}

if (location.pathname === "/silent") manager().then((it) => it.signinSilentCallback());
