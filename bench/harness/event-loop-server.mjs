// A server with a quick route and one that computes, on the event loop or in a thread. Says on which port it is, and when a
// computation has ended, if it is asked to.
import { createServer } from "node:http";
import { runInThreadpool } from "skein";

const [place] = process.argv.slice(2);

function compute(ms) {
  const end = performance.now() + ms;
  let rounds = 0;
  while (performance.now() < end) rounds++;
  return rounds;
}

async function onLoop(ms) {
  return compute(ms);
}

async function inThread(ms, response) {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return runInThreadpool(gone, compute, ms).catch((error) => {
    if (!gone.signal.aborted) throw error;
  });
}

const answer = place === "loop" ? onLoop : inThread;
const server = createServer((request, response) => void serve(request, response));

async function serve({ url }, response) {
  if (url === "/quick") {
    response.end("quick");
    return;
  }
  const { searchParams } = new URL(url, "http://localhost");
  await answer(Number(searchParams.get("ms")), response);
  if (searchParams.has("tell")) process.send(`${process.hrtime.bigint()}`);
  response.end("done");
}

server.listen(0, "127.0.0.1", () => process.send(server.address().port));
