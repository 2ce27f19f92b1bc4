// Does much at its top level, and nothing of its own: the engine does not list such a module.
import { parse } from "acorn";

let text = "1";
for (let n = 0; n < 200; n++) text = `${text}+${parse(text, { ecmaVersion: 2020 }).body.length}`;

export const kindOf = (code) => [parse(code, { ecmaVersion: 2020 }).type, text.length];
// oxlint-disable-next-line typescript/unbound-method -- it uses no `this`
export const method = {
  async add(n) {
    const { add } = await import("./helpers.mjs");
    return add(n);
  },
}.add;
