// How a user logs in: when a login is asked for, and the two pages where it happens.

import { errors, interactionPolicy } from "oidc-provider";
import { exists, MFA, PASSWORD, passwordIs, SECOND_FACTOR } from "./accounts.js";
import { readForm } from "./body.js";

const wanted = (params) => params.acr_values?.split(" ") ?? [];

/** The provider's own rules, and: a session whose `acr` was not asked for is not enough. */
export function policy() {
  const { Check, base } = interactionPolicy;
  const rules = base();
  rules.get("login").checks.add(new Check("acr_values", "another kind of login is needed", "login_required", ({ oidc }) => {
    const values = wanted(oidc.params);
    if (!values.length) return Check.NO_NEED_TO_PROMPT;
    if (!values.includes(PASSWORD) && !values.includes(MFA)) {
      throw new errors.CustomOIDCProviderError("unmet_authentication_requirements", "no such login here");
    }
    return values.includes(oidc.acr) ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT;
  }));
  return rules;
}

/** No user is asked for consent: every scope that a client asks for is granted. */
export async function grantEverything(ctx) {
  const { client, params, provider, resourceServers, session } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  const scope = params.scope ?? "";
  grant.addOIDCScope(scope);
  for (const indicator of Object.keys(resourceServers)) grant.addResourceScope(indicator, scope);
  await grant.save();
  return grant;
}

// Who gave the right password, until the second factor comes.
const halfway = new Map();

/** `GET` shows the page, `POST` takes what was typed. */
export async function interact(provider, req, res) {
  const { params, prompt, uid } = await provider.interactionDetails(req, res);
  if (prompt.name !== "login") return page(res, 500, "<p>No such step.</p>");
  if (req.method !== "POST") return page(res, 200, passwordForm(params.login_hint));

  const values = wanted(params);
  const strong = values.includes(MFA) && (values[0] === MFA || !values.includes(PASSWORD));
  const form = await readForm(req);
  if (form.has("code")) {
    const accountId = halfway.get(uid);
    if (!accountId) return page(res, 400, passwordForm());
    if (form.get("code") !== SECOND_FACTOR) return page(res, 401, codeForm("Wrong code."));
    halfway.delete(uid);
    return finish(provider, req, res, accountId, MFA, ["pwd", "otp"]);
  }
  const accountId = form.get("username") ?? "";
  if (!passwordIs(accountId, form.get("password"))) return page(res, 401, passwordForm(accountId, "Wrong."));
  if (!strong) return finish(provider, req, res, accountId, PASSWORD, ["pwd"]);
  halfway.set(uid, accountId);
  return page(res, 200, codeForm());
}

function finish(provider, req, res, accountId, acr, amr) {
  // `remember` keeps the session; the time of this login becomes `auth_time`.
  const login = { accountId, acr, amr, remember: true };
  return provider.interactionFinished(req, res, { login }, { mergeWithLastSubmission: false });
}

const passwordForm = (name = "", said = "") => `<p>${said}</p>
<label>User <input name="username" value="${exists(name) ? name : ""}" autofocus></label>
<label>Password <input name="password" type="password"></label>`;

const codeForm = (said = "") => `<p>${said}</p>
<label>Second factor <input name="code" inputmode="numeric" autofocus></label>`;

function page(res, status, fields) {
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Log in</title>`;
  res.writeHead(status, { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" });
  res.end(`${head}<h1>Log in</h1><form method="post">${fields}<button>Go on</button></form></html>`);
}
