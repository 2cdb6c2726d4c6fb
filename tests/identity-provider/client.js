// A client of the provider: what an application does to get a token, over plain HTTP.

import { createHash, randomBytes, randomUUID } from "node:crypto";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { SECOND_FACTOR } from "./accounts.js";
import { CLIENTS } from "./clients.js";

const secretOf = (id) => CLIENTS.find((client) => client.client_id === id).client_secret;

// RFC 6749, section 2.3.1: each half is form-encoded before they are joined.
const encode = (text) => new URLSearchParams([["", text]]).toString().slice(1);
export const basic = (id, secret = secretOf(id)) =>
  `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64")}`;

/** Posts a form, and gives `{ status, body }`. */
export async function post(url, form, headers = {}) {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(form), headers });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) };
}

/** A token for a client itself (RFC 6749, section 4.4). */
export function clientCredentials(issuer, { client = "machine", dpop, ...form } = {}) {
  const headers = { authorization: basic(client), ...(dpop && { dpop }) };
  return post(`${issuer}/token`, { grant_type: "client_credentials", scope: "read", ...form }, headers);
}

/** A key pair that makes DPoP proofs (RFC 9449). */
export async function dpopKey() {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = await exportJWK(publicKey);
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    proof: (htm, htu, more = {}) =>
      new SignJWT({ htm, htu, jti: randomUUID(), ...more })
        .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
        .setIssuedAt()
        .sign(privateKey),
  };
}

/** A browser in so far as it keeps its cookies, each for its path. */
export class Browser {
  #cookies = new Map();

  async visit(url, form) {
    const { pathname } = new URL(url);
    const sent = [...this.#cookies.values()].filter(({ path }) => pathname.startsWith(path));
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { cookie: sent.map(({ pair }) => pair).join("; ") },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split("; ");
      const path = attributes.find((each) => each.startsWith("path="))?.slice(5) ?? "/";
      const [name] = pair.split("=");
      if (pair === `${name}=`) this.#cookies.delete(name + path);
      else this.#cookies.set(name + path, { pair, path });
    }
    return answer;
  }
}

/** The code flow with PKCE (RFC 7636). `pages` counts the login pages that were filled in. */
export async function login(issuer, options = {}) {
  const {
    browser = new Browser(),
    user = "alice",
    client = "web",
    resource = "https://api.test",
    scope = "read",
    key,
    ...rest
  } = options;
  // `acr_values` and `max_age` are parameters of OpenID Connect.
  const redirectUri = "https://web.test/callback";
  const verifier = randomBytes(32).toString("base64url");
  const request = new URLSearchParams({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: "code",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    resource,
    scope: `openid ${scope}`,
    ...rest,
  });
  let url = `${issuer}/auth?${request}`;
  let form;
  let pages = 0;
  while (!url.startsWith(redirectUri)) {
    const answer = await browser.visit(url, form);
    const next = answer.headers.get("location");
    if (next) {
      url = new URL(next, url).href;
      form = undefined;
      continue;
    }
    const page = await answer.text();
    if (!page.includes("<form")) throw new Error(`no login page: ${answer.status} ${page}`);
    if (++pages > 2) throw new Error(`the login does not end: ${answer.status}`);
    const code = page.includes('name="code"');
    form = code ? { code: SECOND_FACTOR } : { username: user, password: `${user}-password` };
  }
  const { code, ...refused } = Object.fromEntries(new URL(url).searchParams);
  if (!code) return { status: 400, body: refused, pages };
  const headers = {};
  if (secretOf(client)) headers.authorization = basic(client);
  if (key) headers.dpop = await key.proof("POST", `${issuer}/token`);
  const exchange = { grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier };
  if (!secretOf(client)) exchange.client_id = client;
  return { ...(await post(`${issuer}/token`, exchange, headers)), pages };
}
