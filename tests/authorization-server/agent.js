// A browser without scripts: it keeps cookies, follows redirects, and fills in the forms of pages.

import assert from "node:assert/strict";

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const decoded = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (all, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? all;
  });

function attributes(tag) {
  const found = {};
  for (const [, name, , double, single, bare] of tag.matchAll(/\s([\w-]+)(\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)) {
    found[name.toLowerCase()] = decoded(double ?? single ?? bare ?? "");
  }
  return found;
}

/** The forms of a page: `{ action, method, fields, buttons }`. */
export function forms(html, url) {
  return [...html.matchAll(/(<form\b[^>]*>)([\s\S]*?)<\/form>/gi)].map(([, head, inner]) => {
    const { action, method = "get" } = attributes(head);
    const fields = {};
    const buttons = [];
    for (const [tag, kind] of inner.matchAll(/<(input|button)\b[^>]*>/gi)) {
      const found = attributes(tag);
      if (kind.toLowerCase() === "button" || found.type === "submit") {
        if (found.name) buttons.push({ name: found.name, value: found.value ?? "" });
      } else if (found.name && (!["checkbox", "radio"].includes(found.type) || "checked" in found)) {
        fields[found.name] = found.value ?? "";
      }
    }
    return { action: new URL(action || url, url).href, method: method.toLowerCase(), fields, buttons };
  });
}

export class Agent {
  #cookies = new Map();
  /** What was asked and answered, for messages of failures. */
  trail = [];

  /** One request without following: the answer, its body read. */
  async request(url, { form, headers = {} } = {}) {
    const { hostname, pathname } = new URL(url);
    const fits = ({ host, path }) => host === hostname && (pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`));
    const cookie = [...this.#cookies.values()].filter(fits).map(({ pair }) => pair).join("; ");
    const answer = await fetch(url, {
      redirect: "manual",
      headers: { ...(cookie && { cookie }), ...headers },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...parts] = line.split(";").map((it) => it.trim());
      const name = pair.slice(0, pair.indexOf("="));
      const part = (wanted) => parts.find((it) => it.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
      const path = part("path") ?? "/";
      const gone = part("max-age") === "0" || Date.parse(part("expires") ?? "9999-01-01") < Date.now();
      const key = `${hostname} ${path} ${name}`;
      if (gone) this.#cookies.delete(key);
      else this.#cookies.set(key, { host: hostname, path, pair, line });
    }
    const body = await answer.text();
    this.trail.push(`${form ? "POST" : "GET"} ${url} → ${answer.status} ${answer.headers.get("location") ?? ""}`);
    return { status: answer.status, headers: answer.headers, location: answer.headers.get("location"), body, url };
  }

  /** The cookies as they were set. */
  get cookies() {
    return [...this.#cookies.values()].map(({ line }) => line);
  }

  /** Follows redirects within the server; ends at a page, or where the server sends the browser away. */
  async open(url, options) {
    const { origin } = new URL(url);
    let answer = await this.request(url, options);
    for (let hops = 0; answer.location; hops++) {
      assert.ok(hops < 10, `no end of redirects\n${this.trail.join("\n")}`);
      const next = new URL(answer.location, answer.url).href;
      if (new URL(next).origin !== origin) return { ...answer, left: answer.location };
      answer = await this.request(next);
    }
    // Where a redirect is not possible, a page leads on.
    const refresh = /^0;\s*url=(.*)$/i.exec(answer.headers.get("refresh") ?? "");
    return refresh ? { ...answer, left: refresh[1] } : answer;
  }

  /** Sends the first form of a page that has this field or button. */
  async submit(page, values, button) {
    const has = (form) => (button ? form.buttons.some(({ name }) => name === button) : Object.keys(values).every((it) => it in form.fields));
    const form = forms(page.body, page.url).find(has);
    assert.ok(form, `no form with ${button ?? Object.keys(values)} at ${page.url}: ${page.status}\n${page.body}\n${this.trail.join("\n")}`);
    return this.open(form.action, { form: { ...form.fields, ...values } });
  }

  /** Signs in and consents as pages ask for it, and gives where the server sends the browser then. */
  async authorize(url, { user, decision = "allow", code } = {}) {
    let answer = await this.open(url);
    /** Which pages were seen. */
    const pages = [];
    for (let steps = 0; !answer.left; steps++) {
      assert.ok(steps < 6, `the pages do not end\n${this.trail.join("\n")}\n${answer.body}`);
      const found = forms(answer.body, answer.url);
      const has = (name) => found.some((form) => name in form.fields);
      if (has("password")) {
        if (!user) return { ...answer, pages };
        assert.ok(!pages.includes("sign-in"), `signing in failed: ${answer.status}\n${answer.body}`);
        pages.push("sign-in");
        answer = await this.submit(answer, { username: user.username, password: user.password });
      } else if (has("code") && code) {
        pages.push("code");
        answer = await this.submit(answer, { code: await code() });
      } else if (found.some((form) => form.buttons.some(({ name }) => name === "decision"))) {
        pages.push("consent");
        answer = await this.submit(answer, { decision }, "decision");
      } else {
        return { ...answer, pages };
      }
    }
    return { ...answer, pages };
  }
}
