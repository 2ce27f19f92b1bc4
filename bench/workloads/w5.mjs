import { same } from "../harness/same.mjs";
import { channels } from "./w5b.mjs";

export default channels({
  id: "W5",
  title: "Values through a channel of 64",
  capacity: 64,
  goal: { 20: 0.8, 24: 0.9 },
  more: [
    {
      name: "trySend, tryReceive",
      goal: { 20: 0.25, 24: 0.25 },
      make:
        ({ openChannel }) =>
        async (size) => {
          const [send, receive] = openChannel({ capacity: 64 });
          const produce = async () => {
            for (let i = 0; i < size; i++) if (!send.trySend(i)) await send.send(i);
            send.close();
          };
          const producing = produce();
          let sum = 0;
          for (;;) {
            const outcome = receive.tryReceive();
            if (outcome.done) sum += outcome.value;
            else if (receive.ended) break;
            else sum += await receive.receive().catch(() => 0);
          }
          await producing;
          same(sum, (size * (size - 1)) / 2);
        },
    },
  ],
});
