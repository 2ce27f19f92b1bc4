import {
  failAfter,
  inline,
  input,
  openChannel,
  provide,
  resolveDependencies,
  runInThreadpool,
  sleep,
  taskGroup,
} from "skein";

const id = input()("id");
const session = provide({ id }, async function* (given, { scope }) {
  await sleep(1, scope);
  yield { id: given.id, open: true };
});
const user = provide({ session }, async (given) => ({ name: `user ${given.session.id}` }));
/** A plain function, so it runs in a thread. */
const rights = provide({ id }, (given) => {
  let level = given.id;
  for (let i = 0; i < 20_000; i++) level = (level * 31 + i) % 1_000_003;
  return { level };
});
const greeting = inline({ user, rights }, (given) => `${given.user.name}: ${given.rights.level}`);

/** One task sends what three others take; gives the sum. */
async function pipeline(scope) {
  let sum = 0;
  await taskGroup(
    (group) => {
      const [send, receive] = openChannel({ capacity: 4 });
      group.spawn(async (task) => {
        for (let i = 0; i < 12; i++) await send.send(i, task);
        send.close();
      });
      for (let i = 0; i < 3; i++) {
        group.spawn(async (task) => {
          for await (const item of receive.values(task)) sum += item;
        });
      }
      group.spawn((task) => sleep(1, task));
    },
    { scope },
  );
  return sum;
}

/**
 * What a server does for one request: providers of all kinds, tasks on a channel, a function in a thread, within a
 * deadline, until the client goes.
 */
export function request(number, timeoutMs, signal) {
  return failAfter(
    timeoutMs,
    (scope) =>
      resolveDependencies({ greeting }, { inputs: { id: number }, scope }, async (values) => {
        const sum = await pipeline(scope);
        const repeat = (text, times) => text.repeat(times).length;
        return sum + (await runInThreadpool(repeat, values.greeting, 100));
      }),
    { signal },
  );
}
