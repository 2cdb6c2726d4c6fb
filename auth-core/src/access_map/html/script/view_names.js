// By role and by permission: each name of the vocabulary with what it brings and what it opens.

/** The endpoints of a card; written only when it is opened. */
function opensList(app, entries, label) {
  if (entries.length === 0) return make("p", { class: "nothing" }, "Opens no endpoint.");
  const list = make("ul", { class: "opens" });
  const details = make("details", {
    class: "opened",
    ontoggle: () => {
      if (!details.open || list.childElementCount > 0) return;
      fill(list, entries, ({ endpoint, note }) =>
        make("li", {},
          make("a", { href: writeState({ ...parseState(""), endpoint: endpoint.key }) },
            methodBadge(endpoint.method), showPath(endpoint.shownPath)),
          note && make("span", { class: "note" }, note)));
    },
  }, make("summary", {}, label), list);
  return details;
}

function nameList(term, kind, names) {
  if (names.length === 0) return [];
  return [
    make("dt", {}, term),
    make("dd", {}, names.map(({ name, indirect }) =>
      make("span", { class: `chip ${kind}${indirect ? " indirect" : ""}`, title: indirect ? "through what it includes" : false }, name))),
  ];
}

/** All that is held with a name, the direct ones first. */
function heldWith(app, list, entry, kind, direct) {
  const held = close(app.vocabulary, { [list]: [entry.name] })[kind];
  held.delete(kind === kindOf(list) ? entry.name : undefined);
  return [
    ...direct.map((name) => ({ name, indirect: false })),
    ...[...app.vocabulary[kind].keys()]
      .filter((name) => held.has(name) && !direct.includes(name))
      .map((name) => ({ name, indirect: true })),
  ];
}

function kindOf(list) {
  return Object.keys(KINDS).find((kind) => KINDS[kind] === list);
}

function card(entry, kind, ...content) {
  return make("li", { class: "card" },
    make("h3", {}, make("span", { class: `chip ${kind}` }, make("span", { class: "label" }, kind), " ", entry.name)),
    entry.doc && make("p", { class: "doc" }, entry.doc),
    content.flat());
}

function matchesQuery(app, entry) {
  const text = `${entry.name}\n${entry.doc ?? ""}`.toLowerCase();
  return app.state.query.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function rolesView(app) {
  const roles = (app.model.vocabulary.roles ?? []).filter((role) => matchesQuery(app, role));
  const list = make("ul", { class: "cards" });
  fill(list, roles, (role) => {
    const entries = app.endpoints
      .filter(({ requirement }) => requirement !== null)
      .map((endpoint) => ({ endpoint, opens: roleOpens(endpoint, role.name) }))
      .filter(({ opens }) => opens !== UNMET)
      .map(({ endpoint, opens }) => ({ endpoint, note: [opens === UNDECIDED ? "after a check" : "", askedFor(endpoint)].filter(Boolean).join(", ") }));
    return card(role, "role",
      make("dl", {},
        nameList("Includes", "role", heldWith(app, "roles", role, "role", role.includes ?? [])),
        nameList("Grants", "permission", heldWith(app, "roles", role, "permission", role.grants ?? []))),
      opensList(app, entries, `Opens ${plural(entries.length, "endpoint")}`));
  }, 20, 20);
  return {
    count: plural(roles.length, "role"),
    content: [make("h2", { class: "spoken" }, "Roles"), about("What a caller may do who holds this one role, with the scopes and the login that an endpoint asks for. Public endpoints are left out."), list],
  };
}

/**
 * The scopes and the login that an endpoint asks for beside who the caller is. What every way in
 * needs is as it is, what only some need is in brackets.
 */
function askedFor(endpoint) {
  const sets = endpoint.minimal_sets;
  const phrase = (word, of, joint) => {
    const names = [...new Set(sets.flatMap(of))];
    if (names.length === 0) return [];
    if (joint) {
      const text = `${word} ${names.join(" or ")}`;
      return [sets.every((set) => of(set).length > 0) ? text : `(${text})`];
    }
    return names.map((name) => (sets.every((set) => of(set).includes(name)) ? `${word} ${name}` : `(${word} ${name})`));
  };
  return [
    ...phrase("scope", ({ grants }) => grants.scopes ?? [], false),
    ...phrase("login", ({ acr }) => (acr === undefined ? [] : [acr]), true),
    ...phrase("proof of", ({ mfa }) => (mfa ? ["two factors"] : []), true),
    ...phrase("proof of", ({ factors }) => (factors ?? []).map(proofText), true),
    ...phrase("login ≤", (set) => (set.max_age === undefined ? [] : [duration(set.max_age)]), true),
  ].join(", ");
}

function permissionsView(app) {
  let count = 0;
  const sections = ["permissions", "scopes", "groups"].flatMap((list) => {
    const kind = kindOf(list);
    const entries = (app.model.vocabulary[list] ?? []).filter((entry) => matchesQuery(app, entry));
    if (entries.length === 0) return [];
    count += entries.length;
    const cards = make("ul", { class: "cards" });
    fill(cards, entries, (entry) => {
      const naming = endpointsNaming(app.endpoints, kind, entry.name).map((endpoint) => ({ endpoint }));
      const roles = (app.model.vocabulary.roles ?? [])
        .filter((role) => close(app.vocabulary, { roles: [role.name] })[kind].has(entry.name))
        .map(({ name }) => ({ name, indirect: false }));
      return card(entry, kind,
        make("dl", {},
          nameList("Includes", kind, heldWith(app, list, entry, kind, entry.includes ?? [])),
          kind === "group" && nameList("Brings", "role", heldWith(app, "groups", entry, "role", entry.roles ?? [])),
          kind !== "group" && nameList("Held by", "role", roles)),
        naming.length > 0
          ? opensList(app, naming, `Named by ${plural(naming.length, "endpoint")}`)
          : make("p", { class: "nothing" }, "No endpoint names it."));
    }, 40, 60);
    return [make("h2", {}, list[0].toUpperCase() + list.slice(1)), cards];
  });
  return { count: plural(count, "name"), content: sections };
}

function about(text) {
  return make("p", { class: "about" }, text);
}
