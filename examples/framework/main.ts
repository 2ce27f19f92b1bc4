import { main, sleep } from "skein";
import { shop } from "./shop.ts";

await main(async (program) => {
  const server = await shop({ timeoutMs: 10_000 }).listen(Number(process.env["PORT"] ?? 8000));
  program.defer(() => server.close());
  console.log(`Listening on ${server.url}`);
  await sleep(Infinity, program);
});
