import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("shop.mjs", import.meta.url));

/** Starts the shop. Its lines come one by one; the first is the address of its page. */
export async function startShop(...args) {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, ...args],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const lines = linesOf(child.stdout);
  const { value: url } = await lines.next();
  if (url === undefined) throw new Error("The shop has ended");
  return { child, url, lines };
}

async function* linesOf(stream) {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}
