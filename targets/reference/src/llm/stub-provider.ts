import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { LlmSettings } from "../settings.ts";
import { type CallOptions, type Prompt, type Provider, ProviderError } from "./provider.ts";
import { answerTo } from "./stub-answers.ts";

/**
 * A deterministic provider in this process. The time to the first token is log-normal with the median and p99 of the
 * settings; tokens follow at 30 to 80 per second. Both, and the answer, depend on the seed and the prompt alone.
 * Failures depend on the seed and the number of the call, so that asking again can succeed.
 */
export class StubProvider implements Provider {
  readonly name = "stub";
  readonly #settings: LlmSettings;
  readonly #failureDraw: () => number;

  constructor(settings: LlmSettings) {
    this.#settings = settings;
    this.#failureDraw = random(settings.seed);
  }

  async *stream(prompt: Prompt, { signal, timeScale = 1 }: CallOptions): AsyncGenerator<string, void> {
    const fails = this.#failureDraw() < this.#settings.failureRate;
    const { firstTokenMs, tokensPerSecond } = this.#timing(prompt);
    const scale = this.#settings.timeScale * timeScale;
    const started = performance.now();
    // Against the start and not the last token: timers are late, and lateness must not add up.
    const waitUntil = async (milliseconds: number): Promise<void> => {
      const rest = milliseconds * scale - (performance.now() - started);
      if (rest > 0.5) await sleep(rest, undefined, { signal });
    };
    await waitUntil(firstTokenMs);
    if (fails) throw new ProviderError("the provider answered 500 to this call");
    const tokens = answerTo(prompt).match(/\s*\S+|\s+$/g) ?? [];
    for (const [index, token] of tokens.entries()) {
      await waitUntil(firstTokenMs + (index * 1000) / tokensPerSecond);
      yield token;
    }
  }

  #timing(prompt: Prompt): { readonly firstTokenMs: number; readonly tokensPerSecond: number } {
    const { medianMs, p99Ms, seed } = this.#settings;
    const hash = createHash("sha256").update(String(seed)).update(JSON.stringify(prompt)).digest();
    const draw = random(hash.readUInt32LE(0));
    // 2.326 standard deviations are the 99th percentile; a p99 below the median means no spread.
    const sigma = medianMs > 0 && p99Ms > medianMs ? Math.log(p99Ms / medianMs) / 2.326_347_874 : 0;
    return { firstTokenMs: medianMs * Math.exp(sigma * normal(draw)), tokensPerSecond: 30 + 50 * draw() };
  }
}

/** mulberry32: uniform in [0, 1), from 32 bits of seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal, by Box and Muller. */
function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
