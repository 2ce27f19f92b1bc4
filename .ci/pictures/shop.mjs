// A shop that has much to do and serves its page: what the pictures in docs/ show. An argument is the name of one more task.
import {
  CapacityLimiter,
  inspectable,
  lifetime,
  openChannel,
  provide,
  RateLimiter,
  resolveDependencies,
  runInThreadpool,
  sleep,
  taskGroup,
  trace,
} from "skein";

const { page } = await inspectable({ page: true });
const App = lifetime("app");
const database = provide.in(App)(
  async function* () {
    yield { connections: 3 };
  },
  { name: "database" },
);
const prices = provide.in(App)(async () => new Map(), { name: "prices" });
const transaction = provide(
  { database },
  async function* (_, { scope }) {
    await sleep(between(5, 15), scope);
    yield "open";
    await sleep(between(5, 15));
  },
  { name: "transaction" },
);
const user = provide({ transaction }, async (_, { scope }) => sleep(between(20, 80), scope), {
  name: "user",
});
const cart = provide(
  { transaction, prices },
  async (_, { scope }) => {
    await sleep(between(30, 120), scope);
    if (random() < 0.04) throw new Error("The cart is locked");
  },
  { name: "cart" },
);

const connections = new CapacityLimiter(3);
const mailServer = new RateLimiter({ limit: 20, perMs: 1_000 });
const [orders, mailbox] = openChannel({ capacity: 8 });
let seed = 7;

function random() {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}

function between(least, most) {
  return least + random() * (most - least);
}

function renderPage(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

async function answer(request, app) {
  const answered = () =>
    resolveDependencies({ user, cart }, { scope: request, within: app }, () =>
      runInThreadpool(request, renderPage, between(20, 140)),
    );
  await connections.with(answered, request);
  await orders.send("an order", request);
}

async function mail(task) {
  for await (const order of mailbox.values(task)) {
    await mailServer.acquire(task);
    await sleep(order.length * 40, task);
  }
}

/** With the path of a file, a second of it is recorded there. */
const [extra, file] = process.argv.slice(2);
const app = App.open();
console.log(page);
await taskGroup(
  async (group) => {
    group.background((task) => sleep(3_600_000, task), { name: "heartbeat" });
    for (let n = 1; n <= 3; n++) group.spawn(mail, { name: `mailer ${n}` });
    if (extra) group.background((task) => sleep(3_600_000, task), { name: extra });
    if (file) {
      group.spawn(async (task) => {
        await sleep(24_000, task);
        const recording = trace(file);
        await sleep(700, task);
        await recording.stop();
        console.log("recorded");
      });
    }
    for (let n = 1; ; n++) {
      const name = `request ${n}`;
      group.spawn((task) => answer(task, app).catch(() => {}), { name, timeoutMs: 30_000 });
      await sleep(between(60, 140), group);
    }
  },
  { name: "shop" },
);
