import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ProofloadError } from "../errors.ts";

const run = promisify(execFile);

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom Postgres runs as: undefined (the user of the harness) unless that is root, as whom Postgres refuses to run. Then
 * the system's user `postgres`, made when there is none.
 * @throws ProofloadError PL_DEPENDENCY_MISSING when there is no such user and none can be made.
 */
export async function postgresIdentity(name = "postgres"): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const there = await lookUp(name);
  if (there !== undefined) return there;
  try {
    await run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]);
  } catch (error) {
    // Two runs at once: the other one may have made it.
    const made = await lookUp(name);
    if (made !== undefined) return made;
    throw new ProofloadError(
      "PL_DEPENDENCY_MISSING",
      `Postgres refuses to run as root, and a user "${name}" cannot be made. Type \`useradd --system ${name}\`, or run as an ordinary user`,
      { cause: error },
    );
  }
  const made = await lookUp(name);
  if (made === undefined)
    throw new ProofloadError("PL_DEPENDENCY_MISSING", `the user "${name}" was made but not found`);
  return made;
}

async function lookUp(name: string): Promise<Identity | undefined> {
  try {
    const [user, group] = await Promise.all([run("id", ["-u", name]), run("id", ["-g", name])]);
    return { uid: Number(user.stdout), gid: Number(group.stdout) };
  } catch {
    return undefined;
  }
}
