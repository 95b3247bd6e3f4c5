import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HOSTILE_NAMES } from "../../harness/report/hostile-names.ts";
import { renderHtml } from "../../harness/report/html.ts";
import { renderJunit } from "../../harness/report/junit.ts";
import type { PlotSpec } from "../../harness/report/plots/plot-spec.ts";
import {
  doubled,
  type SampleKind,
  type SampleRun,
  sampleRun,
  sampleRunWithNames,
} from "../../harness/report/sample.ts";
import { buildReportAssets } from "../../harness/report-assets.ts";

let browser: Browser | undefined;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proofload-report-page-"));
  browser = await chromium.launch({
    executablePath: chromiumOnThisMachine(),
    args: ["--no-sandbox"],
  });
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

function chromiumOnThisMachine(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const candidates = folders.flatMap((path) =>
    ["chromium", "chromium-browser", "google-chrome"].map((name) => join(path, name)),
  );
  const found = process.env["PROOFLOAD_CHROMIUM"] ?? candidates.find((file) => existsSync(file));
  if (found === undefined) {
    throw new TypeError("no Chromium on PATH: install Debian's package chromium, or set PROOFLOAD_CHROMIUM");
  }
  return found;
}

/** What must never happen on a page, as it happened. */
interface Mischief {
  readonly said: string[];
  readonly requests: string[];
  readonly dialogs: string[];
}

let pages = 0;

async function open(run: SampleRun, options: BrowserContextOptions = {}) {
  pages += 1;
  const file = join(folder, `report-${pages}.html`);
  await writeFile(file, renderHtml(run.record, run.verdict, run.plan, await buildReportAssets()));
  if (browser === undefined) {
    throw new TypeError("there is no browser");
  }
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, offline: true, ...options });
  const page = await context.newPage();
  const mischief: Mischief = { said: [], requests: [], dialogs: [] };
  page.on("console", (message) => mischief.said.push(message.text()));
  page.on("pageerror", (error) => mischief.said.push(error.message));
  page.on("request", (request) => mischief.requests.push(request.url()));
  page.on("dialog", (dialog) => {
    mischief.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const address = pathToFileURL(file).href;
  await page.goto(address);
  return { page, mischief, address, [Symbol.asyncDispose]: () => context.close() };
}

/** Scrolls to every plot, as a reader would, and waits until each has been drawn. */
async function drawAll(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (const place of document.querySelectorAll("[data-plot]")) {
      place.scrollIntoView({ behavior: "instant", block: "center" });
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  });
  await page.waitForFunction(
    () => Object.keys(globalThis.proofloadPlots).length === document.querySelectorAll("[data-plot]").length,
  );
  // The pictures are drawn in a microtask after the plots are made.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

interface Drawn {
  readonly id: string;
  /** As the canvas says, and as the plot itself holds it. */
  readonly max: number;
  readonly maxOfInstance: number;
  readonly series: number;
  /** Labels of series that have something to show, and of which nothing can be seen. */
  readonly unseen: readonly string[];
}

function drawn(page: Page): Promise<Drawn[]> {
  return page.evaluate(() => {
    const specs: PlotSpec[] = JSON.parse(document.getElementById("plots")?.textContent ?? "");
    const styles = getComputedStyle(document.documentElement);
    return specs.map(({ id, series }) => {
      const plot = globalThis.proofloadPlots[id];
      if (plot === undefined) {
        throw new TypeError(`${id} was not drawn`);
      }
      const { canvas } = plot.ctx;
      const pixels = plot.ctx.getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = (name: string) => {
        const hex = Number.parseInt(styles.getPropertyValue(`--plot-${name}`).trim().slice(1), 16);
        const [red, green, blue] = [hex >> 16, (hex >> 8) & 255, hex & 255];
        let count = 0;
        for (let at = 0; at < pixels.length; at += 4) {
          const near = (offset: number, value: number) => Math.abs((pixels[at + offset] ?? 0) - value) < 24;
          count += (pixels[at + 3] ?? 0) > 100 && near(0, red) && near(1, green) && near(2, blue) ? 1 : 0;
        }
        return count >= 6;
      };
      const values = plot.data.slice(1).flatMap((list) => [...(list ?? [])]);
      return {
        id,
        max: Number(canvas.dataset["max"]),
        maxOfInstance: Math.max(...values.filter((value): value is number => typeof value === "number")),
        series: Number(canvas.dataset["series"]),
        unseen: series
          .filter(({ values, colour }) => values.some((value) => value !== null && value > 0) && !seen(colour))
          .map(({ label }) => label),
      };
    });
  });
}

async function pictures(page: Page): Promise<Map<string, string>> {
  const drawn = await page.evaluate(() =>
    Object.entries(globalThis.proofloadPlots).map(([id, plot]) => [id, plot.ctx.canvas.toDataURL()] as const),
  );
  return new Map(drawn);
}

/** The largest value that each plot has to show, worked out from the record alone. */
function largestInRecord({ record }: SampleRun): Map<string, number> {
  const largest = new Map<string, number>();
  record.scenarios.forEach((scenario, index) => {
    const measured = scenario.endpoints.filter((endpoint) => endpoint.phase === "measured");
    measured.forEach((endpoint, position) => {
      const id = `scenario-${index}-endpoint-${position}`;
      const windows = scenario.series.filter((window) => window.endpoint === endpoint.endpoint);
      largest.set(`${id}-percentiles`, endpoint.latency?.max ?? Number.NaN);
      largest.set(`${id}-latency`, Math.max(...windows.map((window) => window.p99 ?? 0)));
      largest.set(`${id}-rate`, Math.max(...windows.map((window) => window.requests)));
      largest.set(`${id}-histogram`, largestBar(endpoint.histogram?.counts ?? [], endpoint.histogram?.offset ?? 0));
    });
    const { progress, resources } = scenario;
    const most = (...metrics: string[]) =>
      Math.max(
        ...resources
          .filter((series) => metrics.includes(series.metric))
          .flatMap((series) => series.points.map(([, value]) => value)),
      );
    largest.set(
      `scenario-${index}-load`,
      Math.max(...progress.map((point) => Math.max(point.requests, point.dropped))),
    );
    largest.set(`scenario-${index}-vus`, Math.max(...progress.map((point) => point.vus)));
    largest.set(`scenario-${index}-resource-0`, most("cpu", "foreign_cpu"));
    largest.set(`scenario-${index}-resource-1`, most("rss"));
    // 2 to 5 are of containers, which the sample has none of.
    largest.set(`scenario-${index}-resource-6`, most("pool_in_use", "pool_waiting"));
    largest.set(`scenario-${index}-resource-7`, most("event_loop_delay"));
    largest.set(`scenario-${index}-resource-8`, most("cache_hit_ratio"));
  });
  return largest;
}

/** Buckets are drawn in pairs, pairs of pairs and so on, until there are at most 72 bars. */
function largestBar(counts: readonly number[], offset: number): number {
  let width = 1;
  const bars = () => {
    const sums = new Map<number, number>();
    counts.forEach((count, index) => {
      const bar = Math.floor((offset + index) / width);
      sums.set(bar, (sums.get(bar) ?? 0) + count);
    });
    return sums;
  };
  while (bars().size > 72) {
    width *= 2;
  }
  return Math.max(...bars().values());
}

const KINDS: readonly SampleKind[] = ["pass", "fail", "invalid", "inconclusive", "saturated"];

describe("the report in a real Chromium", () => {
  it.each(KINDS)("of kind %s opens without a network and without a word on the console", async (kind) => {
    await using opened = await open(sampleRun(kind));
    await drawAll(opened.page);
    expect(opened.mischief).toEqual({ said: [], requests: [opened.address], dialogs: [] });
    await expect(opened.page.locator("h1").textContent()).resolves.toContain(
      kind === "saturated" ? "FAIL" : kind.toUpperCase(),
    );
  });

  it("draws every plot, and the largest point of each is the record's", async () => {
    const run = sampleRun("fail");
    await using opened = await open(run);
    await drawAll(opened.page);
    const plots = await drawn(opened.page);
    const expected = largestInRecord(run);
    expect(new Map(plots.map((plot) => [plot.id, plot.max]))).toEqual(expected);
    expect(new Map(plots.map((plot) => [plot.id, plot.maxOfInstance]))).toEqual(expected);
    expect(plots.filter((plot) => plot.unseen.length > 0)).toEqual([]);
    const specs: PlotSpec[] = JSON.parse((await opened.page.locator("#plots").textContent()) ?? "");
    expect(plots.map(({ id, series }) => [id, series]).sort()).toEqual(
      specs.map(({ id, series }) => [id, series.length]).sort(),
    );
  });

  it("draws another picture when every value of the record is twice as large", async () => {
    const once = sampleRun("pass");
    await using before = await open(once);
    await using after = await open(doubled(once));
    await drawAll(before.page);
    await drawAll(after.page);
    expect(new Map((await drawn(after.page)).map(({ id, max }) => [id, max]))).toEqual(largestInRecord(doubled(once)));
    const first = await pictures(before.page);
    const second = await pictures(after.page);
    expect([...first.keys()].sort()).toEqual([...largestInRecord(once).keys()].sort());
    for (const [id, picture] of first) {
      expect(second.get(id) === picture, `${id} is the same picture`).toBe(false);
    }
    expect(await pictures(before.page)).toEqual(first);
    const [one, two] = await Promise.all([before, after].map(({ page }) => page.screenshot()));
    expect(one?.equals(two ?? one)).toBe(false);
  });

  it("executes nothing that a name brought in, asks for nothing, and shows the names as text", async () => {
    await using opened = await open(sampleRunWithNames(HOSTILE_NAMES));
    const { page, mischief, address } = opened;
    await drawAll(page);
    expect(mischief).toEqual({ said: [], requests: [address], dialogs: [] });
    const found = await page.evaluate(() => ({
      ran: "__hostile" in globalThis,
      brought: document.querySelectorAll(
        "img, iframe, object, embed, base, form, input, animate, math, link, [onload], [onerror], [style*=import]",
      ).length,
      scripts: document.querySelectorAll("script").length,
      headings: [...document.querySelectorAll("article h3")].map((heading) => heading.textContent),
    }));
    expect(found).toMatchObject({ ran: false, brought: 0, scripts: 2 });
    expect(found.headings).toContain('<img src=x onerror="window.__hostile=1;alert(1)">');
  });

  it("would stop a script even if one got into the page", async () => {
    await using opened = await open(sampleRun("pass"));
    await opened.page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.__hostile = 1";
      document.body.append(script);
    });
    expect(await opened.page.evaluate(() => "__hostile" in globalThis)).toBe(false);
    expect(opened.mischief.said.join()).toMatch(/Content Security Policy/);
  });

  it.each([
    [360, "a saturated run", () => sampleRun("saturated")],
    [390, "hostile names", () => sampleRunWithNames(HOSTILE_NAMES)],
    [768, "a run that fails", () => sampleRun("fail")],
  ])("does not scroll sideways on a screen %d pixels wide with %s", async (width, _, make) => {
    await using opened = await open(make(), { viewport: { width, height: 800 }, deviceScaleFactor: 2 });
    await drawAll(opened.page);
    const [content, window] = await opened.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content).toBeLessThanOrEqual(window ?? 0);
  });

  it("follows the window when it is resized, and the colours when the scheme changes", async () => {
    await using opened = await open(sampleRun("pass"), { colorScheme: "light" });
    const { page } = opened;
    const canvas = page.locator("[data-plot] canvas").first();
    await canvas.scrollIntoViewIfNeeded();
    const light = await canvas.screenshot();
    await page.emulateMedia({ colorScheme: "dark" });
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    expect((await canvas.screenshot()).equals(light)).toBe(false);
    await page.setViewportSize({ width: 500, height: 800 });
    await expect.poll(async () => (await canvas.boundingBox())?.width ?? 0).toBeLessThan(480);
    await expect.poll(async () => (await canvas.boundingBox())?.width ?? 0).toBeGreaterThan(350);
  });

  it("shows where the keyboard is, and lets it reach every table that scrolls", async () => {
    await using opened = await open(sampleRun("pass"), { viewport: { width: 390, height: 800 } });
    const { page } = opened;
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => ({
      text: document.activeElement?.textContent,
      outline: document.activeElement === null ? "" : getComputedStyle(document.activeElement).outlineStyle,
    }));
    expect(focused).toEqual({ text: "Skip to the results", outline: "solid" });
    const reachable = await page
      .locator(".scroll")
      .evaluateAll((tables) => tables.every((table) => (table as HTMLElement).tabIndex === 0));
    expect(reachable).toBe(true);
  });

  it("prints every plot on white paper, also those never scrolled to", async () => {
    await using opened = await open(sampleRun("pass"), { colorScheme: "dark" });
    const { page } = opened;
    const pdf = await page.pdf();
    expect(pdf.length).toBeGreaterThan(100_000);
    expect(await page.evaluate(() => Object.keys(globalThis.proofloadPlots).length)).toBe(
      await page.locator("[data-plot]").count(),
    );
    expect(opened.mischief.said).toEqual([]);
  });
});

describe("junit.xml", () => {
  it.each([
    ["a run that fails", () => sampleRun("fail")],
    ["a run with hostile names", () => sampleRunWithNames(HOSTILE_NAMES)],
  ])("of %s is well-formed to a real XML parser, its counts right", async (_, make) => {
    const run = make();
    await using opened = await open(sampleRun("pass"));
    const found = await opened.page.evaluate(
      (xml) => {
        const parsed = new DOMParser().parseFromString(xml, "text/xml");
        const count = (selector: string) => parsed.querySelectorAll(selector).length;
        const said = (name: string) =>
          [...parsed.querySelectorAll("testsuite")].reduce(
            (total, suite) => total + Number(suite.getAttribute(name)),
            0,
          );
        return {
          broken: parsed.querySelector("parsererror")?.textContent ?? "",
          counted: [count("testcase"), count("failure"), count("error"), count("skipped")],
          said: ["tests", "failures", "errors", "skipped"].map(said),
          names: [...new Set([...parsed.querySelectorAll("*")].map((element) => element.nodeName))].sort(),
        };
      },
      renderJunit(run.record, run.verdict),
    );
    expect(found.broken).toBe("");
    expect(found.said).toEqual(found.counted);
    const known = [
      "error",
      "failure",
      "properties",
      "property",
      "skipped",
      "system-out",
      "testcase",
      "testsuite",
      "testsuites",
    ];
    expect(found.names.filter((name) => !known.includes(name))).toEqual([]);
  });
});
