import { readdirSync, readFileSync } from "node:fs";

const reports = new URL("../../etc/", import.meta.url);

/** What can be called of the public API, by its name in the table of a spec: `skein TaskGroup.spawn`. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly string[];
}

/** Every signature of the API reports; one that takes over that of another entry has its parameters, too. */
export function publicSignatures(): Signature[] {
  const found = readdirSync(reports)
    .filter((file) => file.endsWith(".api.md"))
    .flatMap((file) => {
      const entry = file
        .slice(0, -".api.md".length)
        .replaceAll("-", "/")
        .replace("fast/check", "fast-check");
      return signaturesOf(entry, readFileSync(new URL(file, reports), "utf8"));
    });
  return found.flatMap(({ name, parameters }) => {
    const borrowed = /^typeof (\w+)$/.exec(parameters[0] ?? "")?.[1];
    if (borrowed === undefined) return [{ name, parameters }];
    const original = `skein ${borrowed.replace(/_2$/, "")}`;
    return found
      .filter((signature) => signature.name === original)
      .map((signature) => ({ name, parameters: signature.parameters }));
  });
}

function signaturesOf(entry: string, report: string): Signature[] {
  const signatures: Signature[] = [];
  let holder: string | undefined;
  let text = "";
  for (const line of report.split("\n")) {
    if (/^(\/\/|\s*$|#|>|```)/.test(line.trim())) continue;
    // A declaration goes on until its brackets are closed; the members of a class or an interface stand alone.
    text = text === "" ? line : `${text} ${line.trim()}`;
    const opened = /^(?:export )?(?:abstract )?(?:class|interface) (\w+?)(?:_2)?\b.*\{$/.exec(text);
    if (opened !== null) {
      holder = opened[1];
      text = "";
      continue;
    }
    if (text === "}") {
      holder = undefined;
      text = "";
      continue;
    }
    if (depthOf(text) > 0) continue;
    const signature = signatureOf(entry, holder, text.trim());
    if (signature !== undefined) signatures.push(signature);
    text = "";
  }
  return signatures;
}

function signatureOf(
  entry: string,
  holder: string | undefined,
  text: string,
): Signature | undefined {
  const borrowed = /^export const (\w+): (typeof \w+);$/.exec(text);
  if (borrowed !== null) return { name: `${entry} ${borrowed[1]}`, parameters: [borrowed[2]!] };
  const head =
    holder === undefined ? /^export function (\w+)/.exec(text) : /^(\w*)\??(?=[<(])/.exec(text);
  if (head === null) return undefined;
  const name =
    holder === undefined ? head[1]! : head[1] === "" ? `${holder}()` : `${holder}.${head[1]}`;
  const list = parametersIn(text.slice(head[0].length));
  return list === undefined ? undefined : { name: `${entry} ${name}`, parameters: list };
}

/** The parameters of a signature that begins with its type parameters, if it has any. */
function parametersIn(text: string): string[] | undefined {
  const start = text.startsWith("<") ? endOf(text) : 0;
  if (text[start] !== "(") return undefined;
  const list = text.slice(start + 1, start + endOf(text.slice(start)) - 1);
  const parameters: string[] = [];
  let parameter = "";
  for (const part of list.split(",")) {
    parameter += parameter === "" ? part : `,${part}`;
    if (depthOf(parameter) > 0) continue;
    parameters.push(parameter.trim());
    parameter = "";
  }
  return parameters;
}

/** Where the bracket is closed that the text begins with. */
function endOf(text: string): number {
  for (let end = 1; end <= text.length; end++) if (depthOf(text.slice(0, end)) === 0) return end;
  return text.length;
}

function depthOf(text: string): number {
  let depth = 0;
  for (const bracket of text.replaceAll("=>", "")) {
    if ("<({[".includes(bracket)) depth++;
    else if (">)}]".includes(bracket)) depth--;
  }
  return depth;
}
