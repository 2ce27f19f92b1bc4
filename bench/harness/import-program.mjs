/**
 * A program of `bench/import.mjs`: imports the library at a URL, does one thing with it, and prints what the process has used
 * since it began.
 */
import { same } from "./same.mjs";

const programs = {
  nothing: () => {},
  async group({ taskGroup }) {
    same(await taskGroup((group) => group.spawn(async () => 1)), 1);
  },
  async inline({ inline, resolveDependencies }) {
    const { user } = await resolveDependencies({ user: graphOf(inline, inline) });
    same(user, 3);
  },
  async thread({ inline, provide, resolveDependencies }) {
    const { user } = await resolveDependencies({ user: graphOf(inline, provide) });
    same(user, 3);
  },
  async effection({ call, run, spawn }) {
    const program = function* () {
      const task = yield* spawn(() => call(async () => 1));
      return yield* task;
    };
    same(await run(program), 1);
  },
  async fork(library) {
    const { spawn } = library.spawn === undefined ? library.default : library;
    const { signal } = new AbortController();
    same(await spawn(signal, (_, { fork }) => fork(async () => 1).join()), 1);
  },
  inversify({ Container }) {
    const container = new Container();
    container.bind("settings").toResolvedValue(() => 1, []);
    container.bind("session").toResolvedValue((settings) => settings + 1, ["settings"]);
    container.bind("user").toResolvedValue((session) => session + 1, ["session"]);
    same(container.get("user"), 3);
  },
  awilix({ asFunction, createContainer }) {
    const container = createContainer();
    container.register({
      settings: asFunction(() => 1),
      session: asFunction(({ settings }) => settings + 1),
      user: asFunction(({ session }) => session + 1),
    });
    same(container.resolve("user"), 3);
  },
};

/** Three providers, each of the value before; `make` is `inline` or `provide`, for the one in the middle. */
function graphOf(inline, make) {
  const settings = inline({}, () => 1);
  const session = make({ settings }, ({ settings }) => settings + 1);
  return inline({ session }, ({ session }) => session + 1);
}

const [name, ...urls] = process.argv.slice(2);
let library;
for (const url of urls) library = await import(url);
await programs[name](library);
const { user, system } = process.cpuUsage();
const { rss, heapUsed } = process.memoryUsage();
const used = { cpuMs: (user + system) / 1e3, wallMs: performance.now(), rss, heapUsed };
process.stdout.write(JSON.stringify(used), () => process.exit());
