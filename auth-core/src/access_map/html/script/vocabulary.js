// The vocabulary of the API, and what follows from holding some of its names.
//
// The same closure as in the Rust code: a name brings all that it includes, a group brings roles,
// a role brings permissions. A name that the vocabulary does not know brings nothing.

/** The kinds of names, as requirements write them, with the list of the model that holds them. */
const KINDS = { role: "roles", permission: "permissions", scope: "scopes", group: "groups" };

/** Which members of a name bring names of which kind. */
const BRINGS = {
  role: [["includes", "role"], ["grants", "permission"]],
  permission: [["includes", "permission"]],
  scope: [["includes", "scope"]],
  group: [["includes", "group"], ["roles", "role"]],
};

/** Every name by kind: `{ role: Map(name → entry), … }`. */
function readVocabulary(model) {
  const vocabulary = {};
  for (const [kind, list] of Object.entries(KINDS)) {
    vocabulary[kind] = new Map((model[list] ?? []).map((entry) => [entry.name, entry]));
  }
  vocabulary.level = new Map((model.levels ?? []).map((entry) => [entry.name, entry]));
  return vocabulary;
}

/**
 * Whether a login of the class `own` is enough where `asked` is asked for: null if `asked` is a level and
 * `own` is none, since no one knows how strong that is.
 */
function reaches(vocabulary, own, asked) {
  if (own === asked) return true;
  if (!vocabulary.level.has(asked)) return false;
  if (!vocabulary.level.has(own)) return null;
  const [seen, open] = [new Set(), [own]];
  while (open.length > 0) {
    const level = open.pop();
    if (seen.has(level)) continue;
    seen.add(level);
    open.push(...(vocabulary.level.get(level)?.includes ?? []));
  }
  return seen.has(asked);
}

/** Nothing held, by kind. */
function noNames() {
  return { role: new Set(), permission: new Set(), scope: new Set(), group: new Set() };
}

/**
 * What a caller may hold whose token leaves open which names of these kinds it grants: every name of
 * them, and what those bring.
 */
function closeUnknown(vocabulary, lists) {
  const every = (list) => Object.entries(KINDS).filter(([, own]) => own === list).flatMap(([kind]) => [...vocabulary[kind].keys()]);
  return close(vocabulary, Object.fromEntries([...lists].map((list) => [list, every(list)])));
}

/** All that a caller holds who was given these names: `{ roles: […], scopes: […], … }`. */
function close(vocabulary, given) {
  const held = noNames();
  const open = [];
  for (const [kind, list] of Object.entries(KINDS)) {
    for (const name of given[list] ?? []) open.push([kind, name]);
  }
  while (open.length > 0) {
    const [kind, name] = open.pop();
    const entry = vocabulary[kind].get(name);
    if (!entry || held[kind].has(name)) continue;
    held[kind].add(name);
    for (const [member, brought] of BRINGS[kind]) {
      for (const next of entry[member] ?? []) open.push([brought, next]);
    }
  }
  return held;
}
