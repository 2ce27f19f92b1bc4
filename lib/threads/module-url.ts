import { got } from "../errors.ts";
import { pathToFileURL } from "./engine.ts";

/**
 * What says which module it is: its `import.meta`, in CommonJS its `module`, or its URL.
 *
 * @public
 */
export type ModuleReference =
  | ImportMeta
  | { readonly filename: string }
  | { readonly href: string }
  | string;

/**
 * The URL of a module, by what the module has of itself: `import.meta` in an ECMAScript module, `module` in CommonJS,
 * or its URL where a bundler or another tool leaves neither.
 */
export function moduleUrl(meta: unknown): string {
  if (typeof meta === "string" && URL.canParse(meta)) return new URL(meta).href;
  if (typeof meta === "object" && meta !== null) {
    if (meta instanceof URL) return meta.href;
    const { url, filename } = meta as { url?: unknown; filename?: unknown };
    if (typeof url === "string") return url;
    if (typeof filename === "string") return pathToFileURL(filename).href;
  }
  throw new TypeError(
    `Expected \`meta\` to be import.meta, module or the URL of a module, got ${got(meta)}`,
  );
}
