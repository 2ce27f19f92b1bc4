import { readdirSync } from "node:fs";

const folder = new URL("../workloads/", import.meta.url);

/** Every workload, in the order of their names: `W2` comes before `W10`. A file may have several cases of one. */
export async function workloads() {
  const files = readdirSync(folder).map((name) => new URL(name, folder).href);
  const found = await Promise.all(
    files.map(async (file) => {
      const { default: workload } = await import(file);
      return [workload].flat().map((each) => ({ file, ...each }));
    }),
  );
  return found.flat().toSorted((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

/** `W4` chooses W4 and W4b, `W1` chooses W1a, W1b and W1c but not W10, `W10a` also W10a-busy. */
export function chosen(workload, names) {
  const belongs = (name) => new RegExp(`^${name}[a-z]*(-.*)?$`, "i").test(workload.id);
  return names.length === 0 || names.some(belongs);
}
