import type { Patch } from "./modules.ts";

/** A fault that is put into the code. */
export interface Fault {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** The scenario in which it shows. */
  readonly scenario: string;
  /** What is found there first. */
  readonly shows: RegExp;
}

const main = "threads/pool/mailbox.js";
const worker = "threads/worker/worker-mailbox.js";
const thread = "threads/pool/pool-thread.js";
const dispatcher = "threads/pool/dispatcher.js";
const interrupter = "threads/pool/interrupter.js";
const workerThread = "threads/worker/worker-thread.js";
const runCall = "threads/worker/run-call.js";

export const faults: readonly Fault[] = [
  {
    name: "a thread that is being terminated is believed",
    patches: [{ file: thread, from: "this.#isTerminated = true;", to: "" }],
    scenario: "a kill meets the end of its call",
    shows: /has said while it was being terminated/,
  },
  {
    name: "a call that has not been taken passes for one that has ended",
    patches: [
      {
        file: main,
        from: "return (Atomics.load(this.cells, WORD) & STATE) === IDLE;",
        to: "return (Atomics.load(this.cells, WORD) & STATE) !== RUNNING;",
      },
    ],
    scenario: "a kill meets the end of its call",
    shows: /before it has replied|resolves with/,
  },
  {
    name: "the state of a reply comes before what became of the call",
    patches: [
      {
        file: runCall,
        from: "        cells[OUTCOME] = outcome;\n        this.#thread.reply();",
        to: "        this.#thread.reply();\n        cells[OUTCOME] = outcome;",
      },
    ],
    scenario: "replies are sent",
    shows: /Call b|Call c/,
  },
  {
    name: "the state of a reply comes before its message",
    patches: [
      {
        file: runCall,
        from: "        this.#thread.outlet.post([REPLY, this.#number, encodeThrown(thrown)]);\n",
        to: "",
      },
      {
        file: runCall,
        from: "        this.#end(outcome);",
        to: "        this.#end(outcome);\n        this.#thread.outlet.post([REPLY, this.#number, encodeThrown(thrown)]);",
      },
    ],
    scenario: "replies are sent",
    shows: /Call b is rejected with NotTransferableError/,
  },
  {
    name: "a reply is taken in without the messages before it",
    patches: [
      {
        file: thread,
        from: "        // What was sent before the reply comes before it.\n        this.#collect();",
        to: "",
      },
    ],
    scenario: "quick replies are sent",
    shows: /is rejected with NotTransferableError/,
  },
  {
    name: "who is parked is not woken",
    patches: [{ file: main, from: "if (word === PARKED)", to: "if (word === RUNNING)" }],
    scenario: "a worker parks and dozes while calls come",
    shows: /sleeps though there is something to do/,
  },
  {
    name: "a worker parks without looking whether a call has come",
    patches: [
      {
        file: worker,
        from: "if (Atomics.compareExchange(this.cells, WORD, IDLE, PARKED) !== IDLE)",
        to: "if (Atomics.exchange(this.cells, WORD, PARKED) === PARKED)",
      },
    ],
    scenario: "a kill meets the end of its call",
    shows: /Call \w (resolves with|never settles|is rejected)/,
  },
  {
    name: "a worker waits for another value than it has written",
    patches: [
      {
        file: worker,
        from: "Atomics.wait(this.cells, WORD, PARKED, ms)",
        to: "Atomics.wait(this.cells, WORD, IDLE, ms)",
      },
    ],
    scenario: "a kill meets the end of its call",
    shows: /goes round in circles/,
  },
  {
    name: "a worker dozes without looking whether a call has come",
    patches: [
      {
        file: worker,
        from: "return Atomics.compareExchange(this.cells, WORD, IDLE, DOZING) === IDLE;",
        to: "return Atomics.exchange(this.cells, WORD, DOZING) !== DOZING;",
      },
    ],
    scenario: "a worker parks and dozes while calls come",
    shows: /Call \w (resolves with|never settles|is rejected)/,
  },
  {
    name: "a worker that dozes gets no message",
    patches: [{ file: main, from: "return word === DOZING;", to: "return false;" }],
    scenario: "a worker parks and dozes while calls come",
    shows: /never settles/,
  },
  {
    name: "a call is taken back without looking whether it has been taken",
    patches: [
      {
        file: main,
        from: "const found = Atomics.compareExchange(this.cells, WORD, word, IDLE);",
        to: "const found = word;\n            Atomics.store(this.cells, WORD, IDLE);",
      },
    ],
    scenario: "two calls are cancelled",
    shows: /sleeps though there is something to do/,
  },
  {
    name: "a worker takes a call without looking whether it was taken back",
    patches: [
      {
        file: worker,
        from: "const found = Atomics.compareExchange(this.cells, WORD, word, (word & ~STATE) | RUNNING);",
        to: "const found = word;\n            Atomics.store(this.cells, WORD, (word & ~STATE) | RUNNING);",
      },
    ],
    scenario: "two calls are cancelled",
    shows: /its word says|before it has replied/,
  },
  {
    name: "a call that is taken is not listened to any more",
    patches: [{ file: worker, from: "(word & ~STATE) | RUNNING", to: "RUNNING" }],
    scenario: "a kill meets the end of its call",
    shows: /never settles/,
  },
  {
    name: "a reply does not see that somebody has begun to listen",
    patches: [
      {
        file: worker,
        from: "const found = Atomics.compareExchange(this.cells, WORD, word, IDLE);",
        to: "const found = word;\n            Atomics.store(this.cells, WORD, IDLE);",
      },
    ],
    scenario: "a quick call turns out to be long, and is cancelled",
    shows: /never settles/,
  },
  {
    name: "a cancelled call is marked though it has just ended",
    patches: [
      {
        file: main,
        from: "const found = Atomics.compareExchange(this.cells, WORD, word, word | flag);",
        to: "const found = word;\n            Atomics.store(this.cells, WORD, word | flag);",
      },
    ],
    scenario: "two calls are cancelled",
    shows: /goes round in circles/,
  },
  {
    name: "a kill does not look again whether its call has ended",
    patches: [
      {
        file: interrupter,
        from: "if (call.thread !== thread || thread.look() || this.#kills.has(thread))",
        to: "if (this.#kills.has(thread))",
      },
      {
        file: interrupter,
        from: "if (this.#graces.size === 0)",
        to: "if (this.#graces.size >= 0)",
      },
    ],
    scenario: "a kill after the time of grace",
    shows: /Call b is rejected with WorkerExitedError/,
  },
  {
    name: "a call is rejected whose thread ended before it had begun",
    patches: [
      {
        file: dispatcher,
        from: "call !== undefined && thread.mailbox.isRunning;",
        to: "call !== undefined;",
      },
    ],
    scenario: "a thread ends at any moment",
    shows: /is rejected with WorkerExitedError/,
  },
  {
    name: "a call that had begun is given to another thread",
    patches: [
      {
        file: dispatcher,
        from: "call !== undefined && thread.mailbox.isRunning;",
        to: "false;",
      },
    ],
    scenario: "a thread ends at any moment",
    shows: /runs twice/,
  },
  {
    name: "a thread that ends before its first message is read counts as starting for ever",
    patches: [
      {
        file: thread,
        from: 'if (this.phase !== "starting")',
        to: 'this.hasStarted = true;\n                if (this.phase !== "starting")',
      },
    ],
    scenario: "a thread ends at any moment",
    shows: /never settles/,
  },
  {
    name: "a permit is kept that comes back for a call that is gone",
    patches: [
      {
        file: "threads/pool/permits.js",
        from: "            permit?.release();\n            this.#onFree();",
        to: "            this.#onFree();",
      },
    ],
    scenario: "a call is killed while it waits for its callback",
    shows: /permits are out/,
  },
  {
    name: "a permit is kept by a call that cannot be sent",
    patches: [
      {
        file: dispatcher,
        from: "        catch (error) {\n            this.#release(call);\n            this.#vacate(thread);",
        to: "        catch (error) {\n            this.#vacate(thread);",
      },
    ],
    scenario: "arguments that cannot be cloned",
    shows: /permits are out/,
  },
  {
    name: "what was sent for a call that was taken back is used for the next",
    patches: [
      {
        file: workerThread,
        from: "return this.#bodyOf === this.mailbox.cells[NUMBER] ? this.#body : NO_BODY;",
        to: "return this.#body;",
      },
    ],
    scenario: "arguments and values are sent, and their call is taken back",
    shows: /resolves with the values of another call/,
  },
  {
    name: "an answer is counted before it is sent",
    patches: [
      { file: thread, from: "        this.mailbox.answered();\n", to: "" },
      {
        file: thread,
        from: "            const encoded = succeeded ?",
        to: "            this.mailbox.answered();\n            const encoded = succeeded ?",
      },
    ],
    scenario: "a callback answers at once",
    shows: /Call a is rejected with TypeError/,
  },
  {
    name: "a worker counts the answers after it has asked",
    patches: [
      {
        file: workerThread,
        from: "        const before = this.mailbox.answers;\n        this.outlet.post(message);",
        to: "        this.outlet.post(message);\n        const before = this.mailbox.answers;",
      },
    ],
    scenario: "a callback answers later, and its call has no permit meanwhile",
    shows: /Call a never settles/,
  },
  {
    name: "who waits is woken before there is something",
    patches: [
      {
        file: main,
        from: "        Atomics.add(this.cells, cell, by);\n        Atomics.notify(this.cells, cell);",
        to: "        Atomics.notify(this.cells, cell);\n        Atomics.add(this.cells, cell, by);",
      },
    ],
    scenario: "progress within its window, and a cancel",
    shows: /sleeps though there is something to do/,
  },
  {
    name: "the last step of a session waits for a call that never comes",
    patches: [
      {
        file: dispatcher,
        from: "        thread.steps.push(call);\n        if (thread.isFree)",
        to: "        thread.steps.push(call);\n        if (!thread.isFree)",
      },
    ],
    scenario: "a held generator is told that all went well, and a call waits",
    shows: /A step of session s never ends/,
  },
  {
    name: "a session that is cancelled while it is suspended stays so",
    patches: [
      {
        file: "threads/pool/session.js",
        from: 'if (this.#state === "suspended")\n            void',
        to: 'if (this.#state === "new")\n            void',
      },
    ],
    scenario: "an iteration is cancelled, and nobody else ends it",
    shows: /The generator of s is never ended/,
  },
];
