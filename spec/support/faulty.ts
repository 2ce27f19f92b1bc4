import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import ts from "typescript-6";
import * as Real from "../../lib/index.ts";

declare global {
  interface ImportMeta {
    /** Replaced by vitest with the modules. */
    glob(pattern: string, options: { eager: true }): Record<string, object>;
  }
}

/** A change to the text of one file of `lib/sync` or `lib/channels`. */
export interface Fault {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** What may be faulty. */
export type Primitives = Pick<
  typeof Real,
  "CapacityLimiter" | "Condition" | "Lock" | "Semaphore" | "openChannel"
>;

const lib = fileURLToPath(new URL("../../lib/", import.meta.url));
/** What is not faulty is the same as everywhere, the order of turns with it. */
const modules = import.meta.glob("../../lib/{errors.ts,scope/*.ts}", { eager: true });
const others = Object.entries(modules).map(
  ([path, module]) => [path.replace("../../lib/", ""), module] as const,
);

/** The primitives, from texts that a fault was planted in. */
export function withFault(fault: Fault): Primitives {
  const loaded = new Map<string, object>(others);
  let planted = 0;
  const load = (path: string): object => {
    let module = loaded.get(path);
    if (module !== undefined) return module;
    loaded.set(path, (module = {}));
    let text = readFileSync(join(lib, path), "utf8");
    if (path === fault.file) {
      const parts = text.split(fault.from);
      planted += parts.length - 1;
      text = parts.join(fault.to);
    }
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        module: ts.ModuleKind.CommonJS,
        target: ts.ScriptTarget.ES2022,
        useDefineForClassFields: false,
      },
    });
    const require = (specifier: string): object =>
      specifier.startsWith(".")
        ? load(join(dirname(path), specifier))
        : (process.getBuiltinModule(specifier) as object);
    const code = outputText.replaceAll("import.meta.url", JSON.stringify(`file:///${path}`));
    compileFunction(code, ["exports", "require"], { filename: path })(module, require);
    return module;
  };
  const all = [
    "sync/capacity-limiter.ts",
    "sync/condition.ts",
    "sync/lock.ts",
    "sync/semaphore.ts",
    "channels/open-channel.ts",
  ].map(load);
  if (planted !== 1)
    throw new Error(`Expected to attachRoot one fault in ${fault.file}, got ${planted}`);
  return Object.assign({}, ...all) as Primitives;
}
