/**
 * What a channel is doing at the moment. Both sides see the same.
 *
 * @public
 */
export interface ChannelStatistics {
  /** How many items fit in the buffer. */
  readonly capacity: number;
  /** How many items are in the buffer. */
  readonly buffered: number;
  /** How many sending ends are open. */
  readonly sendingEnds: number;
  /** How many receiving ends are open. */
  readonly receivingEnds: number;
  /** How many sends wait for room, or for a receiver. */
  readonly waitingToSend: number;
  /** How many receives wait for an item. */
  readonly waitingToReceive: number;
}
