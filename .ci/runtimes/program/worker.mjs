// Two requests of a worker: the first leaves timers behind that go with it, the second waits by its own.
import { checkpoint, failAfter, moveOnAfter, openChannel, sleep, taskGroup } from "skein";
import { check } from "./page.mjs";

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/check") return Response.json(await check(false, false));
    if (pathname === "/leave") {
      // Due before anything of the next request, which would wait for these if it shared them.
      void sleep(50);
      void failAfter(50, (scope) => sleep(60_000, scope));
      void checkpoint();
      void passOn(5_000);
      return new Response("left");
    }
    const outcome = await moveOnAfter(200, (scope) => sleep(60_000, scope));
    await checkpoint();
    await taskGroup(() => passOn(5_000));
    return new Response(`done: ${outcome.done}`);
  },
};

/** Without a wait, but for the turns that others get in between. */
async function passOn(items) {
  const [send, receive] = openChannel({ capacity: items });
  for (let item = 0; item < items; item++) await send.send(item);
  for (let item = 0; item < items; item++) await receive.receive();
}
