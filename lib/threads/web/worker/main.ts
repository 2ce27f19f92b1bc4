import { VERSION } from "../../../errors/copies.ts";
import { encodeThrown } from "../../codec/errors.ts";
import type { FromWorker, Greeting, ToWorker } from "../protocol.ts";
import { type Lines, RunningCall } from "./running-call.ts";

// The program of a worker of a page: it runs the calls that come over a port, one at a time.

interface WorkerScope {
  addEventListener(type: string, listener: (event: WorkerEvent) => void): void;
  removeEventListener(type: string, listener: (event: WorkerEvent) => void): void;
  close(): void;
}

interface WorkerEvent {
  readonly data?: unknown;
  /** Of an error that nobody has caught: itself, which WebKit does not tell, and what it says. */
  readonly error?: unknown;
  readonly message?: string;
  /** Of a rejection that nobody hears of. */
  readonly reason?: unknown;
  preventDefault(): void;
  stopImmediatePropagation(): void;
}

const scope = globalThis as object as WorkerScope;
scope.addEventListener("message", greeted);

function greeted(event: WorkerEvent): void {
  const greeting = event.data as Partial<Greeting> | undefined;
  if (greeting?.skein === undefined || greeting.port === undefined) return;
  event.stopImmediatePropagation();
  scope.removeEventListener("message", greeted);
  if (greeting.skein !== VERSION) {
    throw new Error(
      `The page has skein ${greeting.skein}, and its worker skein ${VERSION}: build both with the same one`,
    );
  }
  const { port, flag } = greeting;
  serve({ port, flag });
}

function serve(lines: Lines): void {
  const { port } = lines;
  const post = (message: FromWorker): void => port.postMessage(message);
  let running: RunningCall | undefined;
  port.onmessage = ({ data }) => {
    const message = data as ToWorker;
    if (message.kind === "cancel") return running?.told(message.call);
    running = new RunningCall(lines, message);
    void running.run();
  };
  const fail = (error: unknown): void => post({ kind: "ends", error: encodeThrown(error) });
  port.onmessageerror = () => fail(new Error("A message of the page cannot be read"));
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    fail(
      event.error ??
        new Error(`Nobody caught an error of which the browser says: ${event.message}`),
    );
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail(event.reason);
  });
  const close = scope.close.bind(scope);
  scope.close = () => {
    post({ kind: "ends", error: undefined });
    close();
  };
  post({ kind: "up" });
}
