/** What a stream's entry says, in its field `t`. */
export const Say = {
  /** To a worker: stop the call `j`. */
  cancel: "cancel",
  /** To all workers: the caller `c` is there. */
  alive: "alive",
  /** To itself: the worker `w` hears what is said. */
  pulse: "pulse",
  /** To a caller: the call `j` is over, with the value `d`, which else is in the job. */
  returned: "returned",
  /** To a caller: the call `j` is over, with the failure `d`, which else is in the job. */
  failed: "failed",
  /** To a caller: the call `j` reports `d`, for the time `b`. */
  progress: "progress",
  /** To a caller: the worker of the call `j` has heard that it is cancelled. */
  told: "told",
} as const;

/** Longer results are not in the reply but fetched from the job. */
export const LONGEST_INLINE = 32_768;
