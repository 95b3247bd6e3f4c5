import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { gunzipSync, inflateRawSync } from "node:zlib";
import { EnvHttpProxyAgent, request } from "undici";
import { ProofloadError } from "../errors.ts";
import type { Archive } from "./k6-release.ts";

/**
 * Downloads a release archive, checks its sha256, and writes the binary inside it to `path`.
 * @throws ProofloadError PL_K6_CHECKSUM when the archive is not the pinned one; Error when it cannot be had.
 */
export async function fetchArchive(
  archive: Archive,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const bytes = await download(archive.url, env, progress, signal);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== archive.sha256) {
    throw new ProofloadError(
      "PL_K6_CHECKSUM",
      `${archive.url} is not the archive that proofload pins; it was not run`,
      {
        problems: [{ what: `its sha256 is ${found}, pinned is ${archive.sha256}`, where: archive.url }],
      },
    );
  }
  await writeFile(path, unpack(archive, bytes));
}

async function download(
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  progress: (text: string) => void,
  signal: AbortSignal,
): Promise<Buffer> {
  // empty texts, so that it does not look into the process's own environment
  const agent = new EnvHttpProxyAgent({
    httpProxy: env["http_proxy"] ?? env["HTTP_PROXY"] ?? "",
    httpsProxy: env["https_proxy"] ?? env["HTTPS_PROXY"] ?? "",
    noProxy: env["no_proxy"] ?? env["NO_PROXY"] ?? "",
    connect: { timeout: 10_000 },
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  try {
    let address = url;
    for (let redirects = 0; redirects < 5; redirects++) {
      const { statusCode, headers, body } = await request(address, { dispatcher: agent, signal });
      const location = headers["location"];
      // github.com sends to its storage
      if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
        await body.dump();
        address = new URL(location, address).href;
        if (!address.startsWith("https:")) throw new Error(`redirected to ${address}, which is not https`);
        continue;
      }
      if (statusCode !== 200) {
        await body.dump();
        throw new Error(`HTTP ${statusCode}`);
      }
      const total = Number(headers["content-length"] ?? 0);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of body) {
        const bytes = Buffer.from(chunk);
        chunks.push(bytes);
        size += bytes.length;
        const share = total === 0 ? "" : ` of ${megabytes(total)}`;
        progress(`downloading k6: ${megabytes(size)}${share}`);
      }
      return Buffer.concat(chunks);
    }
    throw new Error("too many redirects");
  } finally {
    await agent.close().catch(() => {});
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The member of a .tar.gz or .zip, so that neither tar nor unzip needs to be there. */
function unpack(archive: Pick<Archive, "url" | "member">, bytes: Buffer): Buffer {
  const found = archive.url.endsWith(".zip")
    ? fromZip(bytes, archive.member)
    : fromTar(gunzipSync(bytes), archive.member);
  if (found === undefined) throw new Error(`${archive.url} holds no ${archive.member}`);
  return found;
}

/** ustar: blocks of 512 bytes; name at 0 (100), size in octal at 124 (12). */
function fromTar(tar: Buffer, member: string): Buffer | undefined {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString("utf8", at, at + 100).replace(/\0.*$/s, "");
    const size = Number.parseInt(tar.toString("ascii", at + 124, at + 136).replace(/\0.*$/s, ""), 8);
    if (name.replace(/^\.\//, "") === member) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil((Number.isNaN(size) ? 0 : size) / 512) * 512;
  }
  return undefined;
}

/** The central directory of a zip, read from its end: PKWARE APPNOTE 4.3.12 and 4.3.16. */
function fromZip(zip: Buffer, member: string): Buffer | undefined {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  if (end < 0) return undefined;
  let at = zip.readUInt32LE(end + 16);
  for (let entries = zip.readUInt16LE(end + 10); entries > 0; entries--) {
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    if (name === member) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return undefined;
}
