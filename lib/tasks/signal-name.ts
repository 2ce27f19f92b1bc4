import { processFor } from "../host.ts";
import { refuse } from "../scope/refuse.ts";

/**
 * The name of a signal. Which of them there are depends on the platform.
 *
 * @public
 */
export type SignalName =
  | "SIGABRT"
  | "SIGALRM"
  | "SIGBUS"
  | "SIGCHLD"
  | "SIGCONT"
  | "SIGFPE"
  | "SIGHUP"
  | "SIGILL"
  | "SIGINT"
  | "SIGIO"
  | "SIGIOT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGPOLL"
  | "SIGPROF"
  | "SIGPWR"
  | "SIGQUIT"
  | "SIGSEGV"
  | "SIGSTKFLT"
  | "SIGSTOP"
  | "SIGSYS"
  | "SIGTERM"
  | "SIGTRAP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGUNUSED"
  | "SIGURG"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGVTALRM"
  | "SIGWINCH"
  | "SIGXCPU"
  | "SIGXFSZ"
  | "SIGBREAK"
  | "SIGLOST"
  | "SIGINFO";

/** @param whose - what needs a process */
export function isSignalName(whose: string, value: unknown): value is SignalName {
  return typeof value === "string" && Object.hasOwn(processFor(whose).signalNumbers, value);
}

/** Refuses what is the name of no signal. */
export function checkSignalName(whose: string, name: string, value: unknown): void {
  if (!isSignalName(whose, value)) refuse(name, "the name of a signal", value);
}
