import { createHash } from "node:crypto";
import { inline, provide } from "skein";
import {
  App,
  body,
  headers,
  httpError,
  MicroApi,
  type MicroApiOptions,
  params,
  query,
} from "./framework.ts";

export interface User {
  readonly name: string;
  readonly admin: boolean;
}

/** Lives with the application: opened when the first request needs it, closed when the server is. */
export const database = provide.in(App)(async function* openDatabase() {
  const users = new Map<string, User>([
    ["ada", { name: "Ada", admin: true }],
    ["bob", { name: "Bob", admin: false }],
  ]);
  const log: string[] = [];
  yield { users, log };
  users.clear();
});

/** Lives for one request; learns whether it went well before the answer is sent. */
const transaction = provide({ database }, async function* transaction({ database }) {
  try {
    yield database;
    database.log.push("commit");
  } catch (error) {
    database.log.push("rollback");
    throw error;
  }
});

/** Too small for a thread, and says so. */
const token = inline({ headers }, ({ headers }) => headers["authorization"] ?? "");

/** Awaited on the event loop. */
export const currentUser = provide({ transaction, token }, async ({ transaction, token }) => {
  const user = transaction.users.get(token);
  if (user === undefined) throw httpError(401, "Say who you are in the header `authorization`");
  return user;
});

/** A plain function: runs in a worker thread. */
const page = provide({ query }, ({ query }) => {
  const number = Number(query["page"] ?? 1);
  if (Number.isInteger(number) && number > 0) return number;
  throw httpError(400, `Expected \`page\` to be an integer of 1 or more, got ${query["page"]}`);
});

/** A utility function: whoever calls it decides where it runs. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** How many primes there are below `n`, by trial. */
function primesBelow(n: number): number {
  let count = 0;
  for (let candidate = 2; candidate < n; candidate++) {
    let divisor = 2;
    while (candidate % divisor !== 0) divisor++;
    if (divisor === candidate) count++;
  }
  return count;
}

export function shop(options?: MicroApiOptions): MicroApi {
  const api = new MicroApi(options);

  api.get("/", {}, async () => ({ hello: "world" }));

  api.get("/me", { currentUser, page }, async ({ currentUser, page }) => ({
    ...currentUser,
    page,
  }));

  api.get("/log", { database }, async ({ database }) => database.log);

  api.get("/digest/:text", { params }, ({ params }) => ({
    digest: digestOf(params["text"] ?? ""),
  }));

  api.get("/thread", {}, () => ({
    thread: process.getBuiltinModule("node:worker_threads").isMainThread ? "main" : "worker",
  }));

  // CPU-bound, and plain: it runs in a worker thread, and the routes above stay quick.
  api.get("/primes", { query }, ({ query }) => ({ primes: primesBelow(Number(query["below"])) }));

  // The same on the event loop, for comparison: nothing else is answered meanwhile.
  api.get("/primes-on-the-loop", { query }, async ({ query }) => ({
    primes: primesBelow(Number(query["below"])),
  }));

  api.post(
    "/users",
    { transaction, currentUser, body },
    async ({ transaction, currentUser, body }) => {
      if (!currentUser.admin) throw httpError(403, "Only an administrator may add users");
      const user = body as User;
      transaction.users.set(user.name.toLowerCase(), user);
      return { users: transaction.users.size };
    },
  );

  return api;
}
