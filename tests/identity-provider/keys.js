// The signing keys, one for each algorithm and generation, and which of them are published.

import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

const generate = promisify(generateKeyPair);

const RECIPES = {
  RS256: ["rsa", { modulusLength: 2048 }],
  PS256: ["rsa", { modulusLength: 2048 }],
  ES256: ["ec", { namedCurve: "P-256" }],
  ES384: ["ec", { namedCurve: "P-384" }],
  EdDSA: ["ed25519", {}],
};

export const ALGORITHMS = Object.keys(RECIPES);

/**
 * Every generation holds a key of each algorithm. The signing one signs, all of them are published;
 * a generation that was announced is published before it signs.
 */
export class KeyRing {
  #made = 0;
  #announced;
  #signing;
  #old = [];

  /** Makes the next generation, and lets it sign unless it is only to be announced. */
  async rotate({ announce = false } = {}) {
    const next = this.#announced ?? (await this.#generation());
    this.#announced = undefined;
    if (announce) {
      this.#announced = next;
      return;
    }
    if (this.#signing) this.#old.push(this.#signing);
    this.#signing = next;
  }

  /** Stops publishing every generation that does not sign any more. */
  withdraw() {
    this.#old = [];
  }

  /** The private keys of everything that is published, the signing generation first. */
  get published() {
    const generations = [this.#signing, ...(this.#announced ? [this.#announced] : []), ...this.#old];
    return generations.flatMap((generation) => Object.values(generation));
  }

  /** The name of the key that signs with an algorithm. */
  kid(algorithm) {
    return this.#signing[algorithm].kid;
  }

  /** Changes whenever the published keys do. */
  get etag() {
    const names = this.published.map((key) => key.kid).join();
    return `"${createHash("sha256").update(names).digest("base64url")}"`;
  }

  async #generation() {
    const number = ++this.#made;
    const keys = await Promise.all(ALGORITHMS.map(async (alg) => {
      const { privateKey } = await generate(...RECIPES[alg]);
      const kid = `${alg.toLowerCase()}-${number}`;
      return [alg, { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" }];
    }));
    return Object.fromEntries(keys);
  }
}
