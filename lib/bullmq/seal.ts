import { createHmac, timingSafeEqual } from "node:crypto";

/** What nothing begins with that is not sealed, so whoever has no secret knows a sealed text. */
const MARK = ".";

/**
 * Says of a text that it comes from someone who knows the secret, and what it was written for. Without a secret,
 * nothing.
 */
export class Seal {
  readonly #secret: string | undefined;
  readonly #queue: string;

  constructor(secret: string | undefined, queue: string) {
    this.#secret = secret;
    this.#queue = queue;
  }

  /** @param purpose - what the text is: it counts as nothing else */
  close(purpose: readonly string[], text: string): string {
    return this.#secret === undefined ? text : `${MARK}${this.#sign(purpose, text)}.${text}`;
  }

  /**
   * The text; undefined if it was not sealed for this purpose by someone who knows the same secret, or none as we do.
   */
  open(purpose: readonly string[], sealed: string): string | undefined {
    if (sealed.startsWith(MARK) !== (this.#secret !== undefined)) return undefined;
    if (this.#secret === undefined) return sealed;
    const end = sealed.indexOf(".", MARK.length);
    const text = sealed.slice(end + 1);
    const signature = Buffer.from(sealed.slice(MARK.length, Math.max(end, MARK.length)));
    const expected = Buffer.from(this.#sign(purpose, text));
    const isRight =
      signature.byteLength === expected.byteLength && timingSafeEqual(signature, expected);
    return isRight ? text : undefined;
  }

  #sign(purpose: readonly string[], text: string): string {
    const signed = JSON.stringify([this.#queue, ...purpose, text]);
    return createHmac("sha256", this.#secret!).update(signed).digest("base64url");
  }
}
