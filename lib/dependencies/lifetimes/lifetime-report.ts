/** What is to be told of an open lifetime. */
export interface LifetimeReport {
  readonly name: string;
  readonly isOpen: boolean;
  /** How many resolutions run in it. */
  readonly resolutions: number;
  /** The names of the providers whose values it holds, and of those that make theirs. */
  readonly holds: readonly string[];
  readonly makes: readonly string[];
}
