/** What a program has that is a process of its own. */
export interface HostProcess {
  readonly process: NodeJS.Process;
  readonly signalNumbers: Readonly<Record<NodeJS.Signals, number>>;
  readonly writeFile: (path: string, text: string) => Promise<void>;
}
