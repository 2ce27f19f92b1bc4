import { PassThrough } from "node:stream";
import { same } from "../harness/same.mjs";
import { rival } from "../rivals/rival.mjs";

/** A workload that moves values from one producer to one consumer, at most `capacity` of them between the two. */
export function channels({ id, title, capacity, goal, more = [] }) {
  return {
    id,
    title,
    about: `One producer, one consumer, 200,000 values; at most ${capacity} wait in between.`,
    operation: "value",
    size: 200_000,
    goal,
    floor: { name: "native async generator", run: generator },
    ours: [
      {
        name: "send, for await",
        make:
          ({ openChannel }) =>
          async (size) => {
            const [send, receive] = openChannel({ capacity });
            const producing = produce(size, send);
            let sum = 0;
            for await (const value of receive) sum += value;
            await producing;
            same(sum, total(size));
          },
      },
      {
        name: "send, receive, under a scope",
        quick: false,
        make:
          ({ openChannel, cancelScope }) =>
          async (size) => {
            const [send, receive] = openChannel({ capacity });
            await cancelScope(async (scope) => {
              const producing = produce(size, {
                send: (value) => send.send(value, scope),
                close() {},
              });
              let sum = 0;
              for (let i = 0; i < size; i++) sum += await receive.receive(scope);
              await producing;
              same(sum, total(size));
            });
          },
      },
      ...more,
    ],
    rivals: [
      {
        name: "effect 4 Queue",
        size: 50_000,
        async make() {
          const { Effect, Queue } = await rival("effect");
          return async (size) => {
            const program = Effect.gen(function* () {
              const queue = yield* Queue.bounded(Math.max(1, capacity));
              yield* Effect.forkChild(
                Effect.gen(function* () {
                  for (let i = 0; i < size; i++) yield* Queue.offer(queue, i);
                }),
              );
              let sum = 0;
              for (let i = 0; i < size; i++) sum += yield* Queue.take(queue);
              return sum;
            });
            same(await Effect.runPromise(program), total(size));
          };
        },
      },
      {
        name: "ts-chan",
        size: 50_000,
        slow: true,
        async make() {
          const { Chan } = await rival("ts-chan");
          return async (size) => {
            const channel = new Chan(capacity);
            channel.unsafe = true;
            const producing = (async () => {
              for (let i = 0; i < size; i++) await channel.send(i);
              channel.close();
            })();
            let sum = 0;
            for await (const value of channel) sum += value;
            await producing;
            same(sum, total(size));
          };
        },
      },
      {
        name: "web TransformStream",
        size: 50_000,
        make: () => async (size) => {
          const { readable, writable } = new TransformStream(
            undefined,
            { highWaterMark: Math.max(1, capacity) },
            { highWaterMark: 0 },
          );
          const writer = writable.getWriter();
          const producing = (async () => {
            for (let i = 0; i < size; i++) {
              await writer.ready;
              void writer.write(i);
            }
            await writer.close();
          })();
          let sum = 0;
          for await (const value of readable) sum += value;
          await producing;
          same(sum, total(size));
        },
      },
      {
        name: "PassThrough in objectMode",
        size: 50_000,
        make: () => async (size) => {
          const stream = new PassThrough({
            objectMode: true,
            highWaterMark: Math.max(1, capacity),
          });
          const producing = (async () => {
            for (let i = 0; i < size; i++) {
              if (!stream.write(i + 1))
                await new Promise((resolve) => stream.once("drain", resolve));
            }
            stream.end();
          })();
          let sum = 0;
          for await (const value of stream) sum += value - 1;
          await producing;
          same(sum, total(size));
        },
      },
    ],
  };
}

async function generator(size) {
  const values = async function* () {
    for (let i = 0; i < size; i++) yield i;
  };
  let sum = 0;
  for await (const value of values()) sum += value;
  same(sum, total(size));
}

async function produce(size, send) {
  for (let i = 0; i < size; i++) await send.send(i);
  send.close();
}

function total(size) {
  return (size * (size - 1)) / 2;
}

export default channels({
  id: "W5b",
  title: "Values handed over, without a buffer",
  capacity: 0,
  goal: { 20: 1.1, 24: 1.0 },
});
