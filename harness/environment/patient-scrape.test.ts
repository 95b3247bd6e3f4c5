import { describe, expect, it } from "vitest";
import { patientScrape } from "./patient-scrape.ts";

const hasty = { patienceMs: 10_000, pauseMs: 1 };

/** Fails so many times before it answers. */
function answersAfter(failures: number) {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked <= failures) throw new Error(`not yet: ${asked}`);
    return `requests ${asked}`;
  };
}

describe("metrics after the load", () => {
  it("are asked for again where the service is still busy", async () => {
    const { signal } = new AbortController();
    await expect(patientScrape(answersAfter(3), signal, hasty)).resolves.toBe("requests 4");
  });

  it("are given up with the last reason where it stays away", async () => {
    const { signal } = new AbortController();
    const never = answersAfter(Number.POSITIVE_INFINITY);
    await expect(patientScrape(never, signal, { patienceMs: 20, pauseMs: 1 })).rejects.toThrow("not yet");
  });

  it("are not waited for once the user has interrupted, or a part has died", async () => {
    const died = new AbortController();
    const scrape = async () => {
      died.abort(new Error("postgres died"));
      throw new Error("no answer");
    };
    await expect(patientScrape(scrape, died.signal, hasty)).rejects.toThrow("postgres died");
  });
});
