import { textOfModule } from "./module-text.ts";

/**
 * Whether the module at `address` may declare `name` somewhere, so that it need not mean the global: by its text, and
 * yes in cases of doubt.
 */
export function declares(address: string, name: string): boolean {
  const text = textOfModule(address);
  const word = String.raw`(?<![.\w$])${name.replaceAll("$", String.raw`\$`)}(?![\w$])`;
  return new RegExp(
    [
      String.raw`\b(?:const|let|var|import|class|function)\b[^;=()]*${word}`,
      String.raw`\bcatch\s*\([^)]*${word}`,
      // Parameters: of a function, a method, an arrow function.
      String.raw`\([^()]*${word}[^()]*\)\s*(?:=>|\{|:)`,
      String.raw`${word}\s*=>`,
    ].join("|"),
  ).test(text);
}
