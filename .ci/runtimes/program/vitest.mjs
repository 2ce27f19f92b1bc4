// Stands for `vitest` where the specs run without it: its own assertions, and what it runs tests with.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";

export { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } from "@vitest/runner";
export const vi = undefined;
/** Types are checked elsewhere. */
export const expectTypeOf = () => new Proxy(() => {}, { get: expectTypeOf, apply: expectTypeOf });

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
  {
    unreachable(message = "this line") {
      throw new Error(`Expected ${message} not to be reached`);
    },
  },
);
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0 }, expect);
chai.expect.extend(expect, customMatchers);

// The specs themselves wait for turns of the event loop. In workerd a message is none, and elsewhere a timer comes late.
if (globalThis.setImmediate === undefined) {
  const inWorkerd = navigator.userAgent === "Cloudflare-Workers";
  const { port1, port2 } = new MessageChannel();
  const waiting = new Map();
  const take = (id) => {
    const call = waiting.get(id);
    waiting.delete(id);
    call?.();
  };
  port1.onmessage = ({ data }) => take(data);
  let last = 0;
  globalThis.setImmediate = (call, ...args) => {
    const turn = { id: ++last };
    waiting.set(turn.id, () => call(...args));
    if (inWorkerd) setTimeout(take, 0, turn.id);
    else port2.postMessage(turn.id);
    return turn;
  };
  globalThis.clearImmediate = (turn) => void waiting.delete(turn?.id);
}
