import { channel } from "../host.ts";
import type { ChannelStatistics } from "./channel-statistics.ts";

/**
 * What is published on the diagnostics channel `skein:channel:open`, at the call of `openChannel`.
 *
 * @public
 */
export interface ChannelEvent {
  /** What the ends of the channel share. It is in memory for as long as one of them is. */
  readonly channel: { statistics(): ChannelStatistics };
}

const opens = /* @__PURE__ */ channel("skein:channel:open");

export function announceChannel(made: ChannelEvent["channel"]): void {
  if (opens.hasSubscribers) opens.publish({ channel: made } satisfies ChannelEvent);
}
