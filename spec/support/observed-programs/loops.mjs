// A task of it never lets the event loop turn.
import { taskGroup } from "skein";

await taskGroup((group) => {
  group.spawn(
    async () => {
      await Promise.resolve();
      console.log("ready");
      for (;;);
    },
    { name: "endless" },
  );
});
