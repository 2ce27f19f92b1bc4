import { got } from "../errors.ts";
import { checkBody } from "../scope/body.ts";
import { KnownOptions } from "../scope/options.ts";
import { Channel } from "./channel.ts";
import { announceChannel } from "./channel-event.ts";
import { type ReceiveChannel, ReceiveEnd } from "./receive-channel.ts";
import { type SendChannel, SendEnd } from "./send-channel.ts";

/**
 * How a channel holds its items.
 *
 * @public
 */
export interface ChannelOptions<T> {
  /**
   * How many items a sender may be ahead of the receivers: an integer of 0 or more, or `Infinity`; 0 by default, with
   * which each send waits for its receiver.
   */
  capacity?: number | undefined;
  /**
   * Told of each item that was sent and that nobody can receive any more: those in the buffer when the last receiving
   * end is closed, and those whose `send` rejects. For items that must be released, such as open files. It runs in the
   * `AsyncLocalStorage` context of `openChannel`.
   */
  onUndelivered?: ((value: T) => void) | undefined;
}

const CHANNEL_OPTIONS = /* @__PURE__ */ new KnownOptions<ChannelOptions<never>>(
  "A channel",
  () => ({
    capacity: checkCapacity,
    onUndelivered: checkBody,
  }),
);

function checkCapacity(name: string, value: unknown): void {
  const isNumber = typeof value === "number";
  if (isNumber && value >= 0 && (Number.isInteger(value) || value === Infinity)) return;
  const message = `Expected \`${name}\` to be an integer of 0 or more or Infinity, got ${got(value)}`;
  throw isNumber ? new RangeError(message) : new TypeError(message);
}

/**
 * Opens a channel between tasks: a queue with an end to send at and an end to receive at, each of which can be
 * cloned and closed on its own. A sender that is too fast waits.
 *
 * No item is lost and none is delivered twice, whatever is cancelled when; items and waiters are served in order.
 *
 * @param options - the buffer's size, and what becomes of items that nobody can receive
 * @returns the sending end and the receiving end
 * @throws TypeError or RangeError, synchronously, if an option is invalid
 *
 * @example
 * ```ts
 * import { openChannel, taskGroup } from "skein";
 *
 * const [send, receive] = openChannel<number>({ capacity: 2 });
 * await taskGroup(async (group) => {
 *   group.spawn(async (task) => {
 *     using end = send;
 *     for (let i = 1; i <= 3; i++) await end.send(i, task);
 *   });
 *   for await (const item of receive.values(group)) console.log(item);
 * });
 * // prints: 1
 * // prints: 2
 * // prints: 3
 * ```
 *
 * @public
 */
export function openChannel<T>(
  options?: ChannelOptions<T>,
): [send: SendChannel<T>, receive: ReceiveChannel<T>] {
  const { capacity = 0, onUndelivered } = CHANNEL_OPTIONS.read(options) as ChannelOptions<T>;
  const channel = new Channel(capacity, onUndelivered);
  announceChannel(channel);
  return [new SendEnd(channel), new ReceiveEnd(channel)];
}
