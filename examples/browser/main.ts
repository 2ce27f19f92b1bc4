import { failAfter, Threadpool } from "skein";
import { nearest } from "./nearest.ts";

const input = document.querySelector<HTMLInputElement>("#text")!;
const state = document.querySelector<HTMLOutputElement>("#state")!;
const found = document.querySelector<HTMLOListElement>("#found")!;

const pool = new Threadpool({ program: new URL("worker.js", document.baseURI) });
let typing = new AbortController();
let asked = 0;
let stale = 0;

input.addEventListener("input", () => void search(input.value));

/** The next keystroke cancels what the last one has asked for; its worker ends, however busy it is. */
async function search(text: string): Promise<void> {
  typing.abort(new Error("stale"));
  typing = new AbortController();
  const { signal } = typing;
  asked += 1;
  try {
    const words = await failAfter(5_000, (scope) => pool.run(nearest, [text], { scope }), {
      signal,
    });
    show(words, `${asked} searches, ${stale} of them stale`);
  } catch (error) {
    if (signal.aborted) stale += 1;
    else show([], (error as Error).message);
  }
}

function show(words: readonly string[], said: string): void {
  state.value = said;
  found.replaceChildren(
    ...words.map((word) => Object.assign(document.createElement("li"), { textContent: word })),
  );
}
