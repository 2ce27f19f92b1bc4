import type { Port } from "./protocol.ts";

// What of the web's own objects a pool needs; no types of theirs are known here.

export interface PageWorker {
  onerror: ((event: { readonly message?: string; preventDefault(): void }) => void) | null;
  onmessageerror: (() => void) | null;
  postMessage(message: unknown, transfer: readonly unknown[]): void;
  terminate(): void;
}

interface Page {
  readonly Worker?: new (
    url: string,
    options: { readonly type: "module"; readonly name: string },
  ) => PageWorker;
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
  readonly SharedArrayBuffer?: SharedArrayBufferConstructor;
  readonly crossOriginIsolated?: boolean;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly location?: { readonly href: string };
  readonly document?: {
    readonly baseURI: string;
    querySelectorAll(selector: string): Iterable<{ readonly src?: string }>;
  };
}

export const page: Page = globalThis as object as Page;

/** What a relative URL of the page is relative to. */
export function baseUrl(): string | undefined {
  return page.document?.baseURI ?? page.location?.href;
}

/** Whether the module is one that the page was started with: it would start a second time in a worker. */
export function isStartOfPage(url: string): boolean {
  const scripts = page.document?.querySelectorAll("script[src]") ?? [];
  return [...scripts].some(({ src }) => src === url) || url === baseUrl();
}

/** Memory that a worker shares with the page; undefined where the page is not isolated from other origins. */
export function sharedFlag(): Int32Array | undefined {
  const { SharedArrayBuffer: Shared, crossOriginIsolated } = page;
  return Shared === undefined || crossOriginIsolated !== true
    ? undefined
    : new Int32Array(new Shared(Int32Array.BYTES_PER_ELEMENT));
}

export function processors(): number {
  return Math.max(2, page.navigator?.hardwareConcurrency ?? 2);
}
