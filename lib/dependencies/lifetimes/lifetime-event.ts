import { channel } from "../../host.ts";
import type { OpenLifetime } from "../declare/open-lifetime.ts";

/**
 * What is published on the diagnostics channel `skein:lifetime:open`, at the call of `open`.
 *
 * @public
 */
export interface LifetimeEvent {
  readonly lifetime: OpenLifetime;
}

const opens = /* @__PURE__ */ channel("skein:lifetime:open");

export function announceLifetime(lifetime: OpenLifetime): void {
  if (opens.hasSubscribers) opens.publish({ lifetime } satisfies LifetimeEvent);
}
