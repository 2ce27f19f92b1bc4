export interface Gate {
  readonly passed: Promise<void>;
  open(): void;
}

/** Something to wait for until somebody opens it. */
export function gate(): Gate {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
