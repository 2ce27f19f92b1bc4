/* oxlint-disable vitest/expect-expect -- here it is the compiler that checks */
import { describe, expectTypeOf, it } from "vitest";
import {
  type CancelScope,
  defaultThreadpool,
  type Dependencies,
  inline,
  input,
  type InlineReturnable,
  invoke,
  iterateInThreadpool,
  type Lifetime,
  lifetime,
  mapConcurrent,
  type NeedsOf,
  outcome,
  provide,
  type Provider,
  type ProviderContext,
  resolveDependencies,
  type Returnable,
  runInThreadpool,
  type Takable,
  taskGroup,
  type TaskScope,
  threaded,
  type ThreadedFunction,
  type ValuesOf,
} from "../../lib/index.ts";

// What frameworks write around the library: generic functions, in which nothing is known of the types yet.

function cached<T>(fn: () => Promise<T>): Provider<T, never> {
  return provide(async () => await fn());
}
function value<T extends object>(v: T) {
  return inline(() => v);
}
function anyValue<T>(v: T): Provider<T, never> {
  return inline(() => v);
}
function service<T, D extends Dependencies>(deps: D, Class: new (deps: ValuesOf<D>) => T) {
  return inline(deps, (deps) => new Class(deps));
}
function route<const D extends Dependencies, R>(
  deps: D & Takable<D, R>,
  fn: (deps: ValuesOf<D>, context: ProviderContext) => R & Returnable<R>,
) {
  return provide(deps, fn);
}
function uncheckedRoute<const D extends Dependencies, R>(deps: D, fn: (deps: ValuesOf<D>) => R) {
  return provide(deps, fn);
}
function handler<D extends Dependencies, R>(
  deps: D,
  fn: (deps: ValuesOf<D>, context: ProviderContext) => Promise<R>,
): Provider<R, NeedsOf<D>> {
  return provide(deps, async (deps, context) => await fn(deps, context));
}
function resource<T>(open: () => Promise<T>, close: (t: T) => Promise<void>) {
  return provide(async function* () {
    const t = await open();
    try {
      yield t;
    } finally {
      await close(t);
    }
  });
}
function map<T, U, N>(provider: Provider<T, N>, fn: (t: T) => U): Provider<U, N> {
  return inline({ provider }, ({ provider }) => fn(provider));
}
function mapped<T, U, N>(provider: Provider<T, N>, fn: (t: T) => U) {
  return inline({ provider }, ({ provider }) => fn(provider));
}
function pair<A, B, N, M>(a: Provider<A, N>, b: Provider<B, M>): Provider<[A, B], N | M> {
  return inline({ a, b }, ({ a, b }): [A, B] => [a, b]);
}
function record<D extends Dependencies>(deps: D): Provider<ValuesOf<D>, NeedsOf<D>> {
  return inline(deps, (deps) => deps);
}
function orElse<T, N>(provider: Provider<T, N>, fallback: T): Provider<T, N> {
  return inline({ it: outcome(provider) }, ({ it }) => (it.done ? it.value : fallback));
}
function singleton<Inputs, T>(life: Lifetime<Inputs>, make: () => Promise<T>): Provider<T, never> {
  return provide.in(life)(async () => await make());
}
function inlineSingleton<Inputs, T>(life: Lifetime<Inputs>, make: () => T): Provider<T, never> {
  return inline.in(life)(() => make());
}
function synchronous<D extends Dependencies, R>(
  deps: D,
  fn: (deps: ValuesOf<D>) => R & InlineReturnable<R>,
) {
  return inline(deps, fn);
}
function parameter<T>() {
  return <const Name extends string>(name: Name, parse: (text: string) => T) =>
    inline({ text: input<string>()(name) }, ({ text }) => parse(text));
}
function exposes<D extends Dependencies>(
  deps: D,
  add: (provider: Provider<unknown, NeedsOf<D>>) => void,
) {
  return <R>(method: (deps: ValuesOf<D>) => R, context: ClassMethodDecoratorContext): void =>
    add(inline(deps, (deps) => method(deps), { name: String(context.name) }));
}
function offload<A extends unknown[], R>(fn: (...args: A) => R, ...args: A) {
  return defaultThreadpool().run(fn, args);
}
function offloadIn<A extends unknown[], R>(scope: CancelScope, fn: (...args: A) => R, ...args: A) {
  return runInThreadpool(scope, fn, ...args);
}
function called<A extends unknown[], R>(fn: (...args: A) => R) {
  return (...args: A): Promise<Awaited<R>> => invoke(fn, ...args);
}
function rows<A extends unknown[], T>(scope: CancelScope, fn: (...args: A) => Iterable<T>) {
  return (...args: A): AsyncIterable<T> => iterateInThreadpool(scope, fn, ...args);
}
function hot<A extends unknown[], R>(fn: (...args: A) => R): ThreadedFunction<A, R> {
  return threaded(import.meta, fn);
}
function grouped<T>(body: (scope: CancelScope) => Promise<T>): Promise<T> {
  return taskGroup((group) => body(group));
}
function traced<T>(body: (task: TaskScope) => T | PromiseLike<T>): Promise<T> {
  return taskGroup((group) => group.spawn(body));
}
function batch<T, R>(items: Iterable<T>, fn: (item: T) => Promise<R>): Promise<R[]> {
  return mapConcurrent(items, (item) => fn(item), { concurrency: 4 });
}

const id = input<number>()("id");
class Users {
  readonly id: number;
  constructor({ id }: { readonly id: number }) {
    this.id = id;
  }
  name(): string {
    return `user ${this.id}`;
  }
}
const users = service({ id }, Users);
type NeedsId = NeedsOf<{ id: typeof id }>;

describe("provide and inline in generic functions", () => {
  it("have exact types where the type parameters are known", () => {
    expectTypeOf(cached(async () => 1)).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(value({ a: 1 })).toEqualTypeOf<Provider<{ a: number }, never>>();
    expectTypeOf(anyValue("a")).toEqualTypeOf<Provider<string, never>>();
    expectTypeOf(users).toEqualTypeOf<Provider<Users, NeedsId>>();
    expectTypeOf(
      resource(
        async () => 1,
        async () => {},
      ),
    ).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(map(id, (n) => `${n}`)).toEqualTypeOf<Provider<string, NeedsId>>();
    expectTypeOf(mapped(id, (n) => `${n}`)).toEqualTypeOf<Provider<string, NeedsId>>();
    expectTypeOf(mapped(id, async (n) => `${n}`)).toEqualTypeOf<Provider<string, NeedsId>>();
    expectTypeOf(pair(id, users)).toEqualTypeOf<Provider<[number, Users], NeedsId>>();
    expectTypeOf(record({ id })).toEqualTypeOf<Provider<{ readonly id: number }, NeedsId>>();
    expectTypeOf(orElse(id, 7)).toEqualTypeOf<Provider<number, NeedsId>>();
    expectTypeOf(handler({ id }, async ({ id }) => `${id}`)).toEqualTypeOf<
      Provider<string, NeedsId>
    >();
    expectTypeOf(synchronous({ id }, ({ id }) => [id])).toEqualTypeOf<
      Provider<number[], NeedsId>
    >();
    expectTypeOf(parameter<Date>()("day", (text) => new Date(text))).toExtend<Provider<Date>>();
    const App = lifetime("app");
    expectTypeOf(singleton(App, async () => 1)).toEqualTypeOf<Provider<number, never>>();
    expectTypeOf(inlineSingleton(App, () => 1)).toEqualTypeOf<Provider<number, never>>();
  });

  it("await what an async handler returns, and take what a plain one returns", () => {
    expectTypeOf(route({ id }, async ({ id }) => `${id}`)).toEqualTypeOf<
      Provider<string, NeedsId>
    >();
    expectTypeOf(route({ id }, ({ id }) => `${id}`)).toEqualTypeOf<Provider<string, NeedsId>>();
    expectTypeOf(uncheckedRoute({ id }, async ({ id }) => id)).toEqualTypeOf<
      Provider<number, NeedsId>
    >();
  });

  it("check in the wrapper's caller what the wrapper says that it takes", () => {
    route({ users }, async ({ users }) => users.name());
    // @ts-expect-error -- an instance of a class cannot be sent
    route({ users }, ({ users }) => users.name());
    // @ts-expect-error -- nor a function that is returned
    route({ id }, () => () => 1);
    // @ts-expect-error -- an async generator does not run inline
    synchronous({ id }, async function* () {
      yield 1;
    });
    // @ts-expect-error -- `id` is missing
    void resolveDependencies(route({ id }, async ({ id }) => id));
  });

  it("make a method a provider, as a decorator", () => {
    const routes: Provider<unknown, NeedsId>[] = [];
    class Controller {
      @exposes({ id }, (provider) => routes.push(provider))
      static show({ id }: { readonly id: number }): string {
        return `${id}`;
      }
      // @ts-expect-error -- it takes what nobody provides
      @exposes({ id }, (provider) => routes.push(provider))
      static hide({ name }: { readonly name: string }): string {
        return name;
      }
    }
    expectTypeOf((id: number) => Controller.show({ id })).returns.toEqualTypeOf<string>();
  });
});

describe("threads, groups and maps in generic functions", () => {
  it("have exact types where the type parameters are known", () => {
    const scope = {} as CancelScope;
    const plus = (a: number, b: number): number => a + b;
    expectTypeOf(offload(plus, 1, 2)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(offloadIn(scope, plus, 1, 2)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(called(plus)).toEqualTypeOf<(a: number, b: number) => Promise<number>>();
    expectTypeOf(rows(scope, (n: number) => [n])(1)).toEqualTypeOf<AsyncIterable<number>>();
    expectTypeOf(hot(plus)(1, 2)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(grouped(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(traced(async () => 1)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(batch([1], async (n) => `${n}`)).toEqualTypeOf<Promise<string[]>>();
  });
});
