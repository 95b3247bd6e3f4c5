import { randomBytes } from "node:crypto";

/** `20261121-031500-quick-3f9a`: sorts by time, says what it is, and two in one second differ. */
export function runIdAt(now: number, what: string): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  const name = what.replaceAll(/[^a-zA-Z0-9+-]/g, "").slice(0, 40);
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}-${name.replaceAll("+", "_")}-${randomBytes(2).toString("hex")}`;
}
