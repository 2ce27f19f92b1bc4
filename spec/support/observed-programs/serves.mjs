// A program with much to see. With "inspectable" it has prepared for it.
import { inspectable, Lock, openChannel, runInThreadpool, sleep, taskGroup } from "skein";

const lock = new Lock();
// For good: one that is dropped would be noticed.
globalThis.permit = await lock.acquire();
const [, receiver] = openChannel({ capacity: 0 });
const block = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);

if (process.argv[2] === "inspectable") await inspectable();
await taskGroup(
  async (group) => {
    group.background((task) => sleep(3_600_000, task), { name: "heartbeat" });
    for (let n = 1; n <= 10_000; n++) {
      group.spawn((task) => lock.acquire(task), { name: `request ${n}` });
    }
    group.spawn((task) => runInThreadpool(task, block), { name: "resize" });
    group.spawn((task) => receiver.receive(task), { name: "consumer", timeoutMs: 3_600_000 });
    await sleep(100, group);
    console.log("ready");
  },
  { name: "server" },
);
