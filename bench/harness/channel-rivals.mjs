import { PassThrough } from "node:stream";
import { same } from "./same.mjs";
import { rival } from "../rivals/rival.mjs";

/** What arrives at the consumer: counts and adds up. */
class Sink {
  #count = 0;
  #sum = 0;

  take(value) {
    this.#count++;
    this.#sum += value;
  }

  check(size) {
    same(this.#count, size);
    same(this.#sum, (size * (size - 1)) / 2);
  }
}

/** The floor of W5 and W5b: one side pulls from the other, nothing is between them. */
export async function generator(size) {
  async function* produce() {
    for (let i = 0; i < size; i++) yield i;
  }
  const sink = new Sink();
  for await (const value of produce()) sink.take(value);
  sink.check(size);
}

/** Runs both sides of a channel, and checks what came through. */
async function through(size, produce, consume) {
  const sink = new Sink();
  await Promise.all([produce(), consume(sink)]);
  sink.check(size);
}

export function ours(capacity) {
  return [
    {
      name: "send, for await",
      make:
        ({ openChannel }) =>
        (size) => {
          const [send, receive] = openChannel({ capacity });
          const produce = async () => {
            for (let i = 0; i < size; i++) await send.send(i);
            send.close();
          };
          return through(size, produce, async (sink) => {
            for await (const value of receive) sink.take(value);
          });
        },
    },
    {
      name: "send, receive",
      quick: false,
      make:
        ({ openChannel }) =>
        (size) => {
          const [send, receive] = openChannel({ capacity });
          const produce = async () => {
            for (let i = 0; i < size; i++) await send.send(i);
          };
          return through(size, produce, async (sink) => {
            for (let i = 0; i < size; i++) sink.take(await receive.receive());
          });
        },
    },
    {
      name: "send, receive, under a scope",
      quick: false,
      make:
        ({ cancelScope, openChannel }) =>
        (size) =>
          cancelScope((scope) => {
            const [send, receive] = openChannel({ capacity });
            const produce = async () => {
              for (let i = 0; i < size; i++) await send.send(i, scope);
            };
            return through(size, produce, async (sink) => {
              for (let i = 0; i < size; i++) sink.take(await receive.receive(scope));
            });
          }),
    },
    {
      name: "trySend or send, tryReceive or receive",
      goal: capacity === 64 ? { 20: 0.25, 24: 0.25 } : undefined,
      quick: false,
      make:
        ({ openChannel }) =>
        (size) => {
          const [send, receive] = openChannel({ capacity });
          const produce = async () => {
            for (let i = 0; i < size; i++) if (!send.trySend(i)) await send.send(i);
          };
          return through(size, produce, async (sink) => {
            for (let i = 0; i < size; i++) {
              const { done, value } = receive.tryReceive();
              sink.take(done ? value : await receive.receive());
            }
          });
        },
    },
  ];
}

/** Those that cannot hold nothing have room for one value where the channel has none. */
export function rivals(capacity) {
  const room = Math.max(1, capacity);
  return [
    {
      name: "ts-chan",
      size: 30_000,
      make: () => tsChan(capacity, false),
    },
    {
      name: "ts-chan, unsafe",
      size: 200_000,
      make: () => tsChan(capacity, true),
    },
    {
      name: "effect 4 Queue",
      size: 200_000,
      async make() {
        const { Effect, Queue } = await rival("effect");
        const program = (size, sink) =>
          Effect.gen(function* () {
            const queue = yield* Queue.bounded(room);
            yield* Effect.forkChild(
              Effect.gen(function* () {
                for (let i = 0; i < size; i++) yield* Queue.offer(queue, i);
              }),
            );
            for (let i = 0; i < size; i++) sink.take(yield* Queue.take(queue));
          });
        return async (size) => {
          const sink = new Sink();
          await Effect.runPromise(program(size, sink));
          sink.check(size);
        };
      },
    },
    {
      name: "Web TransformStream",
      size: 50_000,
      make: () => async (size) => {
        const { readable, writable } = new TransformStream(
          {},
          { highWaterMark: room },
          { highWaterMark: 0 },
        );
        const produce = async () => {
          const writer = writable.getWriter();
          for (let i = 0; i < size; i++) {
            await writer.ready;
            void writer.write(i);
          }
          await writer.close();
        };
        const sink = new Sink();
        const consume = async () => {
          for await (const value of readable) sink.take(value);
        };
        await Promise.all([produce(), consume()]);
        sink.check(size);
      },
    },
    {
      name: "stream.PassThrough in object mode",
      size: 100_000,
      make: () => async (size) => {
        const stream = new PassThrough({ objectMode: true, highWaterMark: room });
        const produce = async () => {
          for (let i = 0; i < size; i++) {
            if (!stream.write(i)) await new Promise((resolve) => stream.once("drain", resolve));
          }
          stream.end();
        };
        const sink = new Sink();
        const consume = async () => {
          for await (const value of stream) sink.take(value);
        };
        await Promise.all([produce(), consume()]);
        sink.check(size);
      },
    },
    {
      name: "effection createQueue, unbounded",
      size: 30_000,
      slow: true,
      async make() {
        const { createQueue, run, sleep, spawn } = await rival("effection");
        return async (size) => {
          const sink = new Sink();
          await run(function* () {
            const queue = createQueue();
            yield* spawn(function* () {
              yield* sleep(0);
              for (let i = 0; i < size; i++) queue.add(i);
            });
            for (let i = 0; i < size; i++) sink.take((yield* queue.next()).value);
          });
          sink.check(size);
        };
      },
    },
  ];
}

async function tsChan(capacity, unsafe) {
  const { Chan } = await rival("ts-chan");
  return async (size) => {
    const channel = new Chan(capacity).setUnsafe(unsafe);
    const produce = async () => {
      for (let i = 0; i < size; i++) await channel.send(i);
      channel.close();
    };
    const sink = new Sink();
    const consume = async () => {
      for (let next = await channel.recv(); !next.done; next = await channel.recv()) {
        sink.take(next.value);
      }
    };
    await Promise.all([produce(), consume()]);
    sink.check(size);
  };
}
