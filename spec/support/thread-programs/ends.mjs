// Ends by itself, in whatever state its pools are when the last line has run.
import { defaultThreadpool, iterateInThreadpool, runInThreadpool, Threadpool } from "skein";

const states = {
  async idle() {
    console.log(await runInThreadpool((n) => n + 1, 1));
  },
  async rested() {
    console.log(await runInThreadpool((n) => n + 1, 1));
    // The thread has been given back to the pool by now.
    await new Promise((resolve) => setTimeout(resolve, 50));
  },
  busy() {
    const slow = (begun) => {
      while (Date.now() < begun + 100);
      return "waited for";
    };
    void runInThreadpool(slow, Date.now()).then(console.log);
  },
  queued() {
    const pool = new Threadpool({ maxThreads: 1 });
    for (let n = 0; n < 3; n++) void pool.run((n) => n, [n]).then(console.log);
  },
  async iterated() {
    for await (const n of iterateInThreadpool(() => [1, 2, 3])) {
      console.log(n);
      break;
    }
  },
  async killed() {
    const spin = () => {
      for (;;);
    };
    await defaultThreadpool()
      .run(spin, [], { timeoutMs: 200 })
      .catch((error) => console.log(error.name));
  },
};

await states[process.argv[2]]();
