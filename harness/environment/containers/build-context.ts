import { createHash } from "node:crypto";
import { cp, lstat, mkdir, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import dockerignore from "@balena/dockerignore";

/** The files of a build context, after its .dockerignore, relative to its folder and in a fixed order. */
export async function contextFiles(context: string, dockerfile: string): Promise<string[]> {
  const rules = await readFile(join(context, ".dockerignore"), "utf8").catch(() => "");
  const ignored = dockerignore.default({ ignorecase: false }).add(rules);
  const exceptions = rules
    .split("\n")
    .flatMap((line) => (line.startsWith("!") ? [line.slice(1).trim().replace(/^\//, "")] : []))
    // Up to the first wildcard: what comes behind it may lie anywhere.
    .map((pattern) => pattern.split(/[*?[]/)[0] ?? "");
  const mayHold = (folder: string) =>
    exceptions.some((one) => one.startsWith(`${folder}/`) || `${folder}/`.startsWith(one));

  const files: string[] = [];
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(join(context, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      const left = ignored.ignores(path);
      if (entry.isDirectory()) {
        // Without a look into node_modules, unless something in there is wanted.
        if (!left || mayHold(path)) folders.push(path);
      } else if (!left && (entry.isFile() || entry.isSymbolicLink())) {
        files.push(path);
      }
    }
  }
  // The engine needs it whether or not the rules leave it out.
  return [...new Set([...files, dockerfile])].sort();
}

/** One text for one content: names, permissions to execute, bytes, and whatever else the image depends on. */
export async function contextHash(context: string, files: readonly string[], more: unknown): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(more));
  for (const file of files) {
    const path = join(context, file);
    const entry = await lstat(path);
    const content = entry.isSymbolicLink() ? await readlink(path) : await readFile(path);
    hash.update(`\0${file}\0${entry.mode & 0o111}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * Copies the context to a folder that holds nothing else: the engine's client reads .dockerignore by rules of its own, and
 * would leave out the Dockerfile where that does.
 */
export async function stageContext(context: string, files: readonly string[], folder: string): Promise<void> {
  const parents = new Set(files.map((file) => dirname(join(folder, file))));
  for (const parent of parents) await mkdir(parent, { recursive: true });
  for (const file of files) await cp(join(context, file), join(folder, file), { verbatimSymlinks: true });
}
