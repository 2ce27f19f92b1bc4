import { execFile } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const programs = fileURLToPath(new URL("package-programs/", import.meta.url));
const execute = promisify(execFile);

/** A project in a temporary folder that has the packed package installed, as a user has it. */
export class InstalledPackage implements AsyncDisposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Packs what is in dist/ and installs it; the registry is not asked, for it depends on nothing. */
  static async create(): Promise<InstalledPackage> {
    const directory = mkdtempSync(join(tmpdir(), "skein-package-"));
    const installed = new InstalledPackage(directory);
    const packing = ["pack", "--ignore-scripts", "--silent", "--pack-destination", directory];
    const { stdout } = await execute("npm", packing, { cwd: root });
    installed.#writeManifests(stdout.trim());
    const installing = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
    await execute("npm", installing, { cwd: directory });
    for (const program of readdirSync(programs)) {
      copyFileSync(join(programs, program), join(directory, program));
    }
    mkdirSync(join(directory, "node_modules/@types"), { recursive: true });
    symlinkSync(
      join(root, "node_modules/@types/node"),
      join(directory, "node_modules/@types/node"),
    );
    return installed;
  }

  /** Adds a file to the project. */
  add(file: string, content: string): void {
    writeFileSync(join(this.#directory, file), content);
  }

  /** Runs Node in the project. Rejects if it does not exit with 0. */
  node(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const options = { cwd: this.#directory, env: { ...process.env, ...env } };
    return execute(process.execPath, args, options);
  }

  /** Type-checks all TypeScript programs, the package's declarations included. Resolves with what is wrong. */
  async typeErrors(): Promise<string> {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    return this.node([tsc, "--pretty", "false"]).then(
      () => "",
      (error: Ran) => error.stdout,
    );
  }

  /** What npm has installed. */
  packages(): string[] {
    const path = join(this.#directory, "node_modules/.package-lock.json");
    const lock: { packages: object } = JSON.parse(readFileSync(path, "utf8"));
    return Object.keys(lock.packages).map((folder) => folder.replace("node_modules/", ""));
  }

  /** The URLs of every script that `import(specifier)` loads into a process, as V8's own coverage lists them. */
  async scriptsLoadedBy(specifier: string): Promise<string[]> {
    const coverage = join(this.#directory, `coverage-${encodeURIComponent(specifier)}`);
    const code = `import ${JSON.stringify(specifier)};`;
    await this.node(["--input-type=module", "--eval", code], { NODE_V8_COVERAGE: coverage });
    const urls = readdirSync(coverage).flatMap((file) => {
      const report: { result: { url: string }[] } = JSON.parse(
        readFileSync(join(coverage, file), "utf8"),
      );
      return report.result.map(({ url }) => url);
    });
    return urls.filter((url) => url.startsWith("file:"));
  }

  /** The modules of Node itself that `import(specifier)` loads, beyond those that are there without it. */
  async builtinsLoadedBy(specifier: string): Promise<string[]> {
    const list = "console.log(JSON.stringify(process.moduleLoadList))";
    const loaded = async (code: string): Promise<string[]> => {
      const { stdout } = await this.node(["--input-type=module", "--eval", code]);
      return JSON.parse(stdout);
    };
    const before = new Set(await loaded(list));
    const after = await loaded(`import ${JSON.stringify(specifier)}; ${list}`);
    return after
      .filter((name) => !before.has(name))
      .map((name) => name.replace("NativeModule ", ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #writeManifests(tarball: string): void {
    const dependencies = { skein: `file:${tarball}` };
    const project = { name: "user", private: true, type: "module", dependencies };
    this.add("package.json", JSON.stringify(project));
    const config = {
      compilerOptions: {
        target: "ES2023",
        lib: ["ES2023"],
        types: ["node"],
        module: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
      },
      include: ["*.ts"],
    };
    this.add("tsconfig.json", JSON.stringify(config));
  }
}
