// The protected resources that a token can be asked for (RFC 8707), and what their tokens look like.

import { errors } from "oidc-provider";
import { ALGORITHMS } from "./keys.js";

const MINUTES = 60;
const jwt = (alg) => ({ audience: "https://api.test", accessTokenFormat: "jwt", alg });
const opaque = (audience) => ({ audience, accessTokenFormat: "opaque" });

const RESOURCES = {
  "https://api.test": jwt("RS256"),
  // The same API, its token signed in another way: the audience stays, so one verifier takes all.
  ...Object.fromEntries(ALGORITHMS.map((alg) => [`https://api.test/${alg.toLowerCase()}`, jwt(alg)])),
  "https://api.test/brief": { ...jwt("RS256"), accessTokenTTL: 5 },
  "https://api.test/opaque": opaque("https://api.test"),
  "https://opaque.test": opaque("https://opaque.test"),
};

/** What the provider asks for by the indicator: RS256 and the like are looked up in `keys`. */
export function resourceServer(indicator, keys) {
  const resource = Object.hasOwn(RESOURCES, indicator) ? RESOURCES[indicator] : undefined;
  if (!resource) throw new errors.InvalidTarget();
  const { alg, accessTokenTTL = 10 * MINUTES, ...rest } = resource;
  const sign = alg && { alg, kid: keys.kid(alg) };
  return { ...rest, scope: "read write", accessTokenTTL, ...(sign && { jwt: { sign } }) };
}
