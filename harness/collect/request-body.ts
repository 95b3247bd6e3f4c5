import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { LARGEST_BODY } from "./raw-log-records.ts";

/** Bytes of requests that are in memory, over all connections, with a limit. */
export interface HeldBytes {
  share(): HeldShare;
}

/** One request's part of it; what was taken is given back when it is disposed of. */
export interface HeldShare extends Disposable {
  /** False, and nothing taken, when there is no room for it. */
  take(bytes: number): boolean;
  giveBack(): void;
  /** Bytes that could be taken now. */
  room(): number;
}

export type Body =
  | { readonly state: "whole"; readonly body: Buffer }
  | { readonly state: "broken" | "no room" | "too large" | "damaged" };

export function heldBytes(most: number): HeldBytes {
  let held = 0;
  return {
    share() {
      let own = 0;
      const giveBack = () => {
        held -= own;
        own = 0;
      };
      return {
        take(bytes) {
          if (held + bytes > most) return false;
          held += bytes;
          own += bytes;
          return true;
        },
        giveBack,
        room: () => most - held,
        [Symbol.dispose]: giveBack,
      };
    },
  };
}

/** Reads to the end in any case: an answer before the end of the body would cut the connection. */
export function readBody(request: IncomingMessage, share: HeldShare): Promise<Body> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let refused: Body | undefined;
  return new Promise((resolve) => {
    request.on("data", (chunk: Buffer) => {
      if (refused !== undefined) return;
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > LARGEST_BODY) refused = { state: "too large" };
      else if (!share.take(chunk.length)) refused = { state: "no room" };
      if (refused === undefined) return;
      chunks = [];
      share.giveBack();
    });
    request.on("end", () => resolve(refused ?? { state: "whole", body: Buffer.concat(chunks) }));
    request.on("error", () => resolve({ state: "broken" }));
    request.on("close", () => resolve({ state: "broken" }));
  });
}

const unzip = promisify(gunzip);
let unpacking: Promise<unknown> = Promise.resolve();

/**
 * Unpacks gzip into what room there is: a few KB may stand for gigabytes. One after the other, so that the room is not
 * promised twice.
 */
export function unpack(packed: Buffer, share: HeldShare): Promise<Body> {
  const unpacked = unpacking.then(() => unpackNow(packed, share));
  unpacking = unpacked;
  return unpacked;
}

async function unpackNow(packed: Buffer, share: HeldShare): Promise<Body> {
  const most = Math.min(LARGEST_BODY, share.room());
  try {
    const body = most > 0 ? await unzip(packed, { maxOutputLength: most }) : undefined;
    return body !== undefined && share.take(body.length) ? { state: "whole", body } : { state: "no room" };
  } catch (error) {
    const isTooMuch = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    if (isTooMuch) return { state: most < LARGEST_BODY ? "no room" : "too large" };
    return { state: "damaged" };
  }
}
