"use strict";
// The page decides as the Rust code does: the same cases, the files of the page without the page.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const vm = require("node:vm");

const root = path.join(__dirname, "../..");
const scripts = path.join(root, "auth-core/src/access_map/html/script");
const { now, vocabulary, cases } = JSON.parse(readFileSync(path.join(root, "tests/vectors/decisions.json"), "utf8"));

/** The functions of some of the page's files, as the page has them. */
function load(...files) {
  const context = vm.createContext({});
  const source = files.map((file) => readFileSync(path.join(scripts, file), "utf8")).join("\n");
  const names = [...source.matchAll(/^(?:function|const) (\w+)/gm)].map(([, name]) => name);
  return vm.runInContext(`"use strict";\n${source}\n;({ ${names.join(", ")} })`, context);
}

const plain = (value) => JSON.parse(JSON.stringify(value));

test("every case is decided as the Rust code decides it", () => {
  const { readVocabulary, close, closeUnknown, evaluate, remedyOf } = load("vocabulary.js", "decide.js", "remedy.js");
  const names = readVocabulary(vocabulary);
  assert.ok(cases.length >= 600);
  for (const { requirement, facts, verdict, remedy } of cases) {
    const known = {
      vocabulary: names,
      held: close(names, facts),
      unknown: closeUnknown(names, facts.unknown ?? []),
      method: facts.method ?? "bearer",
      acr: facts.acr ?? null,
      authTime: facts.auth_time ?? null,
      now,
      checks: new Map(Object.entries(facts.checks ?? {})),
      proved: new Map(Object.entries(facts.proved ?? {})),
      userVerified: facts.user_verified ?? false,
      several: facts.several ?? false,
    };
    const told = JSON.stringify({ requirement, facts });
    assert.equal(evaluate(requirement, known), verdict, told);
    const found = remedyOf(requirement, known);
    const shown = found?.stepUp
      ? { step_up: { acr_values: found.stepUp.acrValues, max_age: found.stepUp.maxAge, mfa: found.stepUp.mfa, factors: found.stepUp.factors } }
      : found;
    assert.deepEqual(plain(shown), remedy, told);
  }
});

test("no caller meets what is not a requirement", () => {
  const { readVocabulary, close, evaluate } = load("vocabulary.js", "decide.js");
  const names = readVocabulary(vocabulary);
  const facts = { vocabulary: names, held: close(names, {}), unknown: close(names, {}), method: "bearer", acr: null, authTime: null, now, checks: new Map(), proved: new Map(), userVerified: false, several: false };
  for (const odd of [null, 1, "admin", [], {}, { role: "clerk", scope: "read" }, { later: true }, { all: "x" }, { __proto__: 1 }, { constructor: 1 }]) {
    assert.equal(evaluate(odd, facts), "unmet", JSON.stringify(odd));
    assert.equal(evaluate({ not: odd }, facts), "unmet", JSON.stringify(odd));
    assert.equal(evaluate({ any: ["authenticated", odd] }, facts), "unmet", JSON.stringify(odd));
  }
});

test("a token is read as ClaimMap reads it", () => {
  const { readVocabulary, decodeToken, readClaims } = load("vocabulary.js", "token.js");
  const shop = readVocabulary(vocabulary);
  const claims = {
    scope: "read  write\tx", roles: ["clerk", 1, ""], realm_access: { roles: ["user"] }, groups: "/staff",
    resource_access: { shop: { roles: ["manager"] }, other: { roles: ["admin"] } }, acr: "mfa", auth_time: 7,
  };
  const names = (read) => plain(Object.fromEntries(Object.entries(read.names).map(([list, set]) => [list, [...set]])));
  assert.deepEqual(names(readClaims(claims, "shop", shop)), {
    roles: ["clerk", "user", "manager"], permissions: [], scopes: ["read", "write\tx"], groups: ["/staff"],
  });
  assert.deepEqual(names(readClaims(claims, "", shop)).roles, ["clerk", "user"]);
  assert.deepEqual(names(readClaims(claims, "__proto__", shop)).roles, ["clerk", "user"]);
  const open = (claims) => [...readClaims(claims, "", shop).unknown].sort();
  assert.deepEqual(open(claims), ["roles", "scopes"]);
  for (const value of [{ suspended: true }, 5, null, true, [["x"]], [null], ["clerk", 5], [""], "", "clerk suspended", "clerk,suspended", "[\"clerk\"]", " clerk"]) {
    assert.deepEqual(open({ roles: value }), ["roles"], JSON.stringify(value));
    assert.deepEqual(open({ realm_access: { roles: value } }), ["roles"], JSON.stringify(value));
  }
  for (const value of [[], ["clerk"], "clerk", ["Domain Users"], "unknown"]) {
    assert.deepEqual(open({ roles: value }), [], JSON.stringify(value));
  }
  assert.deepEqual(open({ realm_access: null }), ["roles"]);
  assert.deepEqual(open({ realm_access: {}, scope: "" }), []);
  assert.deepEqual(open({ _claim_names: { groups: "src1" } }), ["groups"]);
  assert.deepEqual(open({ hasgroups: true }), ["groups"]);
  assert.deepEqual(open({ hasgroups: false }), []);
  assert.throws(() => decodeToken("a.b"), /not a JWT/);
  assert.throws(() => decodeToken("a.b.c.d.e"), /encrypted/);
});
