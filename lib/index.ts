export type {} from "./scope/globals.ts";
export type { Cloneable, CloneableLeaf, NotCloneable } from "./dependencies/declare/cloneable.ts";
export { compileDependencies, type Plan } from "./dependencies/compile-dependencies.ts";
export type {
  Crossing,
  Returnable,
  Sendability,
  Takable,
} from "./dependencies/declare/crossing.ts";
export { dependencyPath } from "./dependencies/plan/dependency-path.ts";
export { type Family, family } from "./dependencies/declare/family.ts";
export { fresh } from "./dependencies/declare/fresh.ts";
export type { DependencyGraph, GraphEdge, GraphNode } from "./dependencies/plan/graph.ts";
export type { HoldingExecutor } from "./dependencies/declare/holding-executor.ts";
export {
  type Inline,
  inline,
  type InlineIn,
  type InlineReturnable,
} from "./dependencies/declare/inline.ts";
export { type DeclareInput, input } from "./dependencies/declare/input.ts";
export { lazy } from "./dependencies/declare/lazy.ts";
export { lifetime } from "./dependencies/lifetimes/lifetime.ts";
export type { LifetimeEvent } from "./dependencies/lifetimes/lifetime-event.ts";
export type {
  AnyNeed,
  InputsOf,
  MissingInput,
  Need,
  NeedsMetBy,
  OptionalNames,
  RequiredNames,
  TypeNeeded,
  WithoutInputs,
} from "./dependencies/declare/need.ts";
export { openDependencies, type OpenDependencies } from "./dependencies/open-dependencies.ts";
export type {
  AnyLifetime,
  Lifetime,
  OpenLifetime,
  OpenOptions,
  UncheckedInputs,
} from "./dependencies/declare/open-lifetime.ts";
export { outcome } from "./dependencies/declare/outcome.ts";
export { type MakeOverride, type Override, override } from "./dependencies/declare/override.ts";
export {
  type NeedsAllowed,
  type Noted,
  type Provide,
  provide,
  type ProvideIn,
} from "./dependencies/declare/provide.ts";
export type {
  Dependencies,
  NeedsOf,
  Provider,
  ProviderKind,
  ProviderOptions,
  ThreadProviderOptions,
  ValueOf,
  ValuesOf,
} from "./dependencies/declare/provider.ts";
export type { InlineProvided, Provided } from "./dependencies/declare/provided.ts";
export type { ProviderContext } from "./dependencies/declare/provider-context.ts";
export type { ProviderEvent, ProviderTeardownEvent } from "./dependencies/run/provider-events.ts";
export { resolveDependencies, type ResolveOptions } from "./dependencies/resolve-dependencies.ts";
export type { GivenInputs, ResolutionOptions } from "./dependencies/resolve-options.ts";
export type { Resolved, Target, TargetNeeds } from "./dependencies/declare/targets.ts";
export type { TeardownOrder } from "./dependencies/run/teardown.ts";

export {
  BrokenChannelError,
  CancelledError,
  CaptiveDependencyError,
  ClosedError,
  CycleError,
  DeadlineError,
  DeadlockError,
  EndOfChannelError,
  GeneratorContractError,
  GroupEndedError,
  LifetimeNotOpenError,
  MissingInputError,
  NotSettledError,
  NotSupportedError,
  NotTransferableError,
  type Origin,
  ShipError,
  SkeinError,
  TaskCancelledError,
  ThreadpoolClosedError,
  WorkerExitedError,
  WorkerLostError,
  WorkerStartError,
} from "./errors.ts";

export type { ChannelEvent } from "./channels/channel-event.ts";
export type { ChannelStatistics } from "./channels/channel-statistics.ts";
export { type ChannelOptions, openChannel } from "./channels/open-channel.ts";
export type { ReceiveChannel } from "./channels/receive-channel.ts";
export { select, type SelectOptions } from "./channels/select.ts";
export type {
  Occurring,
  SelectClause,
  Selected,
  SelectedValue,
  Sendable,
  Settling,
} from "./channels/select-clause.ts";
export type { SendChannel } from "./channels/send-channel.ts";

export type { OperationOutcome } from "./host/contract.ts";
export type { CancelScope, ScopeOptions, ScopeLike } from "./scope/cancel-scope.ts";
export { cancellationErrors, type CancellationErrors } from "./scope/cancellation-errors.ts";
export { checkpoint } from "./scope/checkpoint.ts";
export { failuresOf } from "./scope/failures.ts";
export { isCancelled } from "./scope/is-cancelled.ts";
export type { Outcome } from "./scope/run-scope.ts";
export { sleep } from "./scope/sleep.ts";
export { cancelScope, failAfter, moveOnAfter, shield } from "./scope/timeouts.ts";

export { CapacityLimiter, type CapacityLimiterStatistics } from "./sync/capacity-limiter.ts";
export { Condition, type ConditionStatistics } from "./sync/condition.ts";
export { Event } from "./sync/event.ts";
export type { LimiterEvent } from "./sync/limiter-event.ts";
export { Lock, type LockStatistics } from "./sync/lock.ts";
export type { Permit } from "./sync/permit.ts";
export {
  RateLimiter,
  type RateLimiterOptions,
  type RateLimiterStatistics,
} from "./sync/rate-limiter.ts";
export { Semaphore, type SemaphoreStatistics } from "./sync/semaphore.ts";

export {
  type ProcessEnd,
  ProcessError,
  ProcessOutputError,
  ProcessStartError,
} from "./errors/process-errors.ts";
export type { ProcessInput, ProcessOptions } from "./processes/process-options.ts";
export { type ProcessResult, runProcess } from "./processes/run-process.ts";

export { all, allSettled } from "./tasks/all.ts";
export type { GroupEvent, TaskCancelEvent, TaskEvent } from "./tasks/events.ts";
export type { Limiter, LimitFunction } from "./tasks/limiter.ts";
export { hedge, type HedgeOptions } from "./tasks/hedge.ts";
export type { Joiner } from "./tasks/joiner.ts";
export { main, type MainOptions, type Program, type ProgramEnd } from "./tasks/main.ts";
export { mapConcurrent, type MapOptions, type SettledMapOptions } from "./tasks/map-concurrent.ts";
export { openTaskGroup, type OpenTaskGroup } from "./tasks/open-task-group.ts";
export { any, race } from "./tasks/race.ts";
export { retry, type RetryOptions } from "./tasks/retry.ts";
export { taskGroup } from "./tasks/run-group.ts";
export {
  type SettledStreamOptions,
  streamConcurrent,
  type StreamOptions,
} from "./tasks/stream-concurrent.ts";
export type { StragglerEvent } from "./tasks/stragglers.ts";
export type { SignalName } from "./tasks/signal-name.ts";
export { Task, type TaskStatus } from "./tasks/task.ts";
export type {
  Completion,
  SpawnOptions,
  StartOptions,
  TaskFunction,
  TaskGroup,
  TaskGroupOptions,
  TaskScope,
} from "./tasks/task-group.ts";

export { inspectable, type Inspectable, type InspectableOptions } from "./observe/inspectable.ts";
export { printTaskTreeOn } from "./observe/print-task-tree.ts";
export { recordSpawnSites } from "./observe/spawn-sites.ts";
export { TaskTree, type TaskTreeNode, taskTree } from "./observe/task-tree.ts";
export { trace, type Trace } from "./observe/trace.ts";
export {
  type LoopBlockedEvent,
  watchEventLoop,
  type WatchEventLoopOptions,
} from "./observe/watch-event-loop.ts";

export type { ThreadCallEvent } from "./threads/call-events.ts";
export { callback, type Callback } from "./threads/callback.ts";
export { transfer } from "./threads/codec/transfer.ts";
export { defaultThreadpool } from "./threads/default-threadpool.ts";
export type {
  CallOptions,
  Executor,
  ExecutorStatistics,
  OnCancel,
  RunOptions,
  ThreadpoolStatistics,
  Transferable,
} from "./threads/executor.ts";
export type { HeldGenerator, Verdict } from "./threads/held-generator.ts";
export { invoke } from "./threads/invoke.ts";
export { iterateInThreadpool } from "./threads/iterate-in-threadpool.ts";
export { runInThreadpool } from "./threads/run-in-threadpool.ts";
export {
  threadContext,
  type ThreadContext,
  type ThreadContextOptions,
} from "./threads/thread-context.ts";
export type { ModuleReference } from "./threads/module-url.ts";
export {
  Threadpool,
  type ThreadpoolOptions,
  type ThreadResourceLimits,
} from "./threads/thread-pool.ts";
export type { Delivery, ThreadedOptions } from "./threads/named.ts";
export { type NamedFunction, threaded, type ThreadedFunction } from "./threads/threaded.ts";
