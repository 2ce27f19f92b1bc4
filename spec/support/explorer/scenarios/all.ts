import type { Scenario } from "../scenario.ts";
import { calls } from "./calls.ts";
import { messages } from "./messages.ts";
import { sessions } from "./sessions.ts";
import { threads } from "./threads.ts";

export const scenarios: readonly Scenario[] = [...calls, ...threads, ...messages, ...sessions];
