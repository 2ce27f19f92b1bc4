import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type HTTPMethods,
} from "fastify";
import {
  type Dependencies,
  failuresOf,
  input,
  lifetime,
  type OpenLifetime,
  type Override,
  provide,
  type Provider,
  resolveDependencies,
  taskGroup,
  type ValuesOf,
} from "skein";

/** What a request brings, as inputs that any provider can depend on. */
export const params = input<Record<string, string>>()("params");
export const query = input<Record<string, string>>()("query");
export const headers = input<Record<string, string>>()("headers");
export const body = input<unknown>()("body");

type RequestNeeds = NonNullable<
  (typeof params | typeof query | typeof headers | typeof body)["~types"]
>["needs"];

/** Providers in this lifetime are made once for the whole application, when a request first needs them. */
export const App = lifetime("app");

/** An answer other than 200: throw it anywhere in a graph. Its fields survive the way back from a worker thread. */
export function httpError(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}

/** The client went away before it had its answer. */
class ClientGone extends Error {
  override readonly name = "ClientGone";
}

export interface MicroApiOptions {
  /** Put in place of providers, for tests. */
  readonly overrides?: readonly Override<never>[];
  /** How long a request may take, in milliseconds. */
  readonly timeoutMs?: number;
}

type Handler<D extends Dependencies> = (values: ValuesOf<D>) => unknown;

/**
 * A web framework in the manner of FastAPI. A route is a path, a record of dependencies and a handler. Async functions
 * are awaited on the event loop and plain ones run in a worker thread, handlers and dependencies alike.
 */
export class MicroApi {
  readonly #server: FastifyInstance = Fastify();
  readonly #options: MicroApiOptions;
  #app: OpenLifetime | undefined;

  constructor(options: MicroApiOptions = {}) {
    this.#options = options;
    this.#server.setErrorHandler((error, _request, reply) => answerError(error, reply));
  }

  get<const D extends Dependencies<RequestNeeds>>(
    path: string,
    deps: D,
    handler: Handler<D>,
  ): void {
    this.#route("GET", path, deps, handler);
  }

  post<const D extends Dependencies<RequestNeeds>>(
    path: string,
    deps: D,
    handler: Handler<D>,
  ): void {
    this.#route("POST", path, deps, handler);
  }

  /** Serves until the returned function is called; that lets requests finish, then tears down what lived with the application. */
  async listen(port = 0): Promise<{ url: string; close(): Promise<void> }> {
    const app = App.open();
    this.#app = app;
    const url = await this.#server.listen({ port, host: "127.0.0.1" });
    return {
      url,
      close: async () => {
        await this.#server.close();
        await app.close();
      },
    };
  }

  /** The handler is the last provider of its graph, so one rule decides for all of them where they run. */
  #route<D extends Dependencies<RequestNeeds>>(
    method: HTTPMethods,
    path: string,
    deps: D,
    handler: Handler<D>,
  ): void {
    const name = handler.name === "" ? `${method} ${path}` : handler.name;
    const result = provide(deps, handler as never, { name }) as Provider<unknown, RequestNeeds>;
    this.#server.route({
      method,
      url: path,
      handler: (request, reply) => this.#answer(result, request, reply),
    });
  }

  async #answer(
    result: Provider<unknown, RequestNeeds>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<unknown> {
    const gone = new AbortController();
    const onClose = (): void => {
      if (!reply.raw.writableFinished)
        gone.abort(new ClientGone("The client closed the connection"));
    };
    reply.raw.once("close", onClose);
    try {
      return await taskGroup(
        (scope) =>
          resolveDependencies(
            result,
            {
              scope,
              within: this.#app!,
              inputs: {
                params: { ...(request.params as Record<string, string>) },
                query: { ...(request.query as Record<string, string>) },
                headers: { ...request.headers } as Record<string, string>,
                body: request.body,
              },
              overrides: this.#options.overrides ?? [],
            },
            (value) => value,
          ),
        { signal: gone.signal, timeoutMs: this.#options.timeoutMs, name: request.url },
      );
    } finally {
      reply.raw.off("close", onClose);
    }
  }
}

/** The client hears of what it can do something about; the rest is for the operator. */
function answerError(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof ClientGone) return reply;
  const { statusCode, name, message } = error as Error & { statusCode?: number };
  if (typeof statusCode === "number") return reply.code(statusCode).send({ error: message });
  if (name === "TimeoutError") return reply.code(504).send({ error: "The request took too long" });
  for (const failure of failuresOf(error)) console.error(failure);
  return reply.code(500).send({ error: "Internal server error" });
}
