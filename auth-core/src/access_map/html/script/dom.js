// Elements. Text only ever becomes text: nothing of the model is read as HTML.

/**
 * An element: `make("a", { class: "x", href: "#" }, "text", child)`. A member that starts with `on`
 * is a listener; `false`, `null` and `undefined` leave an attribute or a child out.
 * Lists of children may hold lists.
 */
function make(name, members, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(members ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

/** Text for screen readers only. */
function spoken(text) {
  return make("span", { class: "spoken" }, text);
}

/** A sign for the eye only. */
function sign(text, kind) {
  return make("span", { class: `sign ${kind ?? ""}`.trim(), "aria-hidden": "true" }, text);
}

function plural(count, one, many) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : (many ?? `${one}s`)}`;
}

/** Tells screen readers, and shows for a moment. */
function announce(text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => toast.classList.remove("shown"), 1800);
}

/** A button that copies what `text()` gives. */
function copyButton(label, text) {
  return make("button", { type: "button", class: "quiet copy", onclick: () => copy(text(), label) }, label);
}

async function copy(text, label) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${label}: done`);
  } catch {
    // A page that was opened from a file, or in a frame, may not be allowed to.
    const area = make("textarea", { class: "spoken", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    announce(done ? `${label}: done` : `Could not copy: ${text}`);
  }
}

/** So many elements come by themselves; the rest of a longer list comes as it is scrolled to. */
const BY_ITSELF = 2000;

/**
 * Appends `items` to `parent` a few at a time, so that a thousand never block the page: the first
 * at once, the others after the browser has painted. A later call for the same parent replaces it.
 */
const filling = new WeakMap();
function fill(parent, items, element, first = 60, then = 150) {
  const turn = Symbol("turn");
  filling.set(parent, turn);
  let next = 0;
  const more = (count) => {
    const until = Math.min(items.length, next + count);
    const fragment = document.createDocumentFragment();
    for (; next < until; next += 1) fragment.append(element(items[next], next));
    parent.append(fragment);
  };
  const nearing = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    nearing.disconnect();
    later();
  }, { rootMargin: "1500px" });
  const later = () => {
    if (filling.get(parent) !== turn || next >= items.length) return;
    more(then);
    if (next < BY_ITSELF) setTimeout(later);
    else nearing.observe(parent.lastElementChild);
  };
  parent.replaceChildren();
  more(first);
  setTimeout(later);
}
