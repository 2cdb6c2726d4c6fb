// A relying party in C: mod_auth_openidc behind Apache, from Debian. It signs in, keeps a session, refreshes
// its tokens and signs out at the server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, test } from "node:test";
import { Agent, forms } from "./agent.js";
import { isOracle, startServer } from "./servers.js";
import { ALICE, makeWorld } from "./world.js";

const MODULES = process.env.APACHE_MODULES ?? "/usr/lib/apache2/modules";
let server;
let apache;
let folder;
let origin;

async function freePort() {
  const it = createServer();
  it.listen(0, "127.0.0.1");
  await once(it, "listening");
  const { port } = it.address();
  it.close();
  await once(it, "close");
  return port;
}

before(async () => {
  assert.ok(existsSync(`${MODULES}/mod_auth_openidc.so`), "mod_auth_openidc is installed by tests/authorization-server/run");
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  const world = await makeWorld();
  world.clients.push({
    ...world.client("web"),
    id: "apache",
    scopes: ["openid", "offline_access", "profile", "email"],
    redirect_uris: [`${origin}/secret/callback`],
    post_logout_redirect_uris: [`${origin}/bye.html`],
  });
  server = await startServer(world);
  folder = mkdtempSync(path.join(tmpdir(), "apache-"));
  mkdirSync(path.join(folder, "pages/secret"), { recursive: true });
  writeFileSync(path.join(folder, "pages/bye.html"), "Bye.");
  writeFileSync(path.join(folder, "pages/secret/index.html"), "The secret page.");
  writeFileSync(path.join(folder, "httpd.conf"), `
ServerRoot "${folder}"
PidFile "${folder}/pid"
Mutex file:${folder}
DefaultRuntimeDir "${folder}"
Listen 127.0.0.1:${port}
ServerName 127.0.0.1:${port}
ErrorLog "${folder}/log"
LogLevel warn
User ${process.getuid() === 0 ? "daemon" : process.getuid()}
Group ${process.getgid() === 0 ? "daemon" : process.getgid()}
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule authn_core_module ${MODULES}/mod_authn_core.so
LoadModule authz_user_module ${MODULES}/mod_authz_user.so
LoadModule dir_module ${MODULES}/mod_dir.so
LoadModule headers_module ${MODULES}/mod_headers.so
LoadModule auth_openidc_module ${MODULES}/mod_auth_openidc.so
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
ServerLimit 1
DirectoryIndex index.html
DocumentRoot "${folder}/pages"
OIDCProviderMetadataURL ${server.issuer}/.well-known/openid-configuration
OIDCClientID apache
OIDCClientSecret ${world.secretOf("apache")}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${origin}/secret/callback
OIDCCryptoPassphrase 0123456789abcdef0123456789abcdef
OIDCScope "openid offline_access email"
OIDCResponseType code
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCPassClaimsAs both
OIDCSessionType client-cookie:store_id_token
${isOracle ? "OIDCAuthRequestParams prompt=consent" : ""}
OIDCUserInfoRefreshInterval 3600
<Directory "${folder}/pages">
  Require all granted
</Directory>
<Location /secret>
  AuthType openid-connect
  Require valid-user
  Header set x-user "expr=%{reqenv:OIDC_CLAIM_sub}"
  Header set x-email "expr=%{reqenv:OIDC_CLAIM_email}"
  Header set x-token "expr=%{reqenv:OIDC_access_token}"
  # The browser of these tests cannot say that it navigates.
  OIDCUnAuthAction auth true
</Location>
`);
  // Apache changes its user, who has to reach its pages.
  const readable = spawn("chmod", ["-R", "a+rX", folder]);
  await once(readable, "exit");
  apache = spawn("/usr/sbin/apache2", ["-f", path.join(folder, "httpd.conf"), "-DFOREGROUND"], { stdio: ["ignore", "inherit", "inherit"] });
  for (let tries = 0; ; tries++) {
    assert.ok(tries < 100 && apache.exitCode === null, "apache does not start");
    if (await fetch(`${origin}/bye.html`).then(({ ok }) => ok, () => false)) break;
    await sleep(100);
  }
});
after(async () => {
  if (apache && apache.exitCode === null) {
    const ended = once(apache, "exit");
    apache.kill();
    await ended;
  }
  await server?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** A browser for two origins: both servers are on 127.0.0.1, and cookies do not tell ports apart. */
async function visit(agent, url) {
  let answer = await agent.authorize(url, { user: ALICE });
  for (let hops = 0; answer.left; hops++) {
    assert.ok(hops < 8, agent.trail.join("\n"));
    answer = await agent.authorize(answer.left, { user: ALICE });
  }
  return answer;
}

test("mod_auth_openidc signs in, knows the user, keeps its session and signs out", { timeout: 60_000 }, async () => {
  const agent = new Agent();
  const shown = await visit(agent, `${origin}/secret/`);
  assert.equal(shown.status, 200, `${shown.body}\n${agent.trail.join("\n")}`);
  assert.match(shown.body, /The secret page/);
  assert.ok(shown.headers.get("x-user"));
  assert.equal(shown.headers.get("x-email"), "alice@example.com");
  const again = await agent.request(`${origin}/secret/`);
  assert.equal(again.status, 200);
  assert.equal(again.headers.get("x-user"), shown.headers.get("x-user"));

  // A refresh by its own hook: the tokens are other ones then.
  const refreshed = await agent.open(`${origin}/secret/callback?${new URLSearchParams({ refresh: `${origin}/secret/`, access_token: again.headers.get("x-token") })}`);
  assert.equal(refreshed.status, 200, refreshed.body);
  const later = await agent.request(`${origin}/secret/`);
  assert.ok(later.headers.get("x-token"));
  assert.notEqual(later.headers.get("x-token"), again.headers.get("x-token"));

  // Sign-out at the server, and back.
  let answer = await agent.open(`${origin}/secret/callback?${new URLSearchParams({ logout: `${origin}/bye.html` })}`);
  for (let hops = 0; hops < 6 && !answer.url.startsWith(`${origin}/bye.html`); hops++) {
    const form = forms(answer.body ?? "", answer.url)[0];
    if (answer.left) answer = await agent.open(answer.left);
    else if (form) answer = await agent.open(form.action, { form: { ...form.fields, ...Object.fromEntries(form.buttons.slice(0, 1).map(({ name, value }) => [name, value])) } });
    else break;
  }
  assert.match(answer.body, /Bye/, agent.trail.join("\n"));
  const { left } = await agent.open(`${origin}/secret/`);
  assert.ok(left.startsWith(server.issuer));
  const back = await agent.open(left);
  assert.ok(forms(back.body, back.url).some((it) => "password" in it.fields), "the session is over");
});
