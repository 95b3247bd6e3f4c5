import { expect, test } from "vitest";
import { runArguments, runEnvironment } from "./k6-arguments.ts";

const given = {
  base: {
    PATH: "/bin",
    API_TOKEN: "t",
    K6_VUS: "9",
    HTTPS_PROXY: "http://127.0.0.1:3128",
    no_proxy: "*",
    OTEL_SDK_DISABLED: "true",
  },
  baseUrl: "http://127.0.0.1:1",
  canaryUrl: "http://127.0.0.1:2/",
  otlp: { host: "127.0.0.1:3", path: "/v1/metrics/secret" },
  summaryFile: "/run/k6-summary.json",
  outputDirectory: "/home/me",
  freeMemoryBytes: 8 * 2 ** 30,
};
const environment = runEnvironment(given);

test("the user's K6_ and OTEL_ variables and proxies do not reach k6, all others do", () => {
  expect(environment).toMatchObject({ PATH: "/bin", API_TOKEN: "t" });
  expect(environment).not.toHaveProperty("HTTPS_PROXY");
  expect(environment).not.toHaveProperty("no_proxy");
  expect(environment).not.toHaveProperty("K6_VUS");
  expect(environment).not.toHaveProperty("OTEL_SDK_DISABLED");
});

test("k6 sends cumulative exponential histograms to the run's own path, and nothing home", () => {
  expect(environment).toMatchObject({
    K6_OTEL_EXPORTER_PROTOCOL: "http/protobuf",
    K6_OTEL_HTTP_EXPORTER_ENDPOINT: "127.0.0.1:3",
    K6_OTEL_HTTP_EXPORTER_URL_PATH: "/v1/metrics/secret",
    OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: "cumulative",
    OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: "base2_exponential_bucket_histogram",
    K6_NO_USAGE_REPORT: "true",
    K6_AUTO_EXTENSION_RESOLUTION: "false",
  });
});

test("the secret of the run's path is not on the command line, where every user of the machine can read it", () => {
  expect(runArguments("/run/bundle.js", "/run/k6-config.json", { denied: [] }).join(" ")).not.toContain("secret");
  expect(runArguments("-", "/c", { denied: [] }).at(-1)).toBe("-");
});

test("k6 collects garbage seldom within half of the free memory, unless the user says how", () => {
  expect(environment).toMatchObject({ GOGC: "400", GOMEMLIMIT: "4096MiB" });
  expect(runEnvironment({ ...given, base: { GOGC: "50" } })).toMatchObject({ GOGC: "50", GOMEMLIMIT: "4096MiB" });
});

test("the deny-list and the limit of the rate stand on the command line, which no option of a script overrides", () => {
  const denied = Array.from({ length: 1500 }, (_, index) => `10.0.${index >> 8}.${index & 255}/32`);
  const args = runArguments("/b.js", "/c", { denied, rps: 150 });
  const lists = args.filter((_, index) => args[index - 1] === "--blacklist-ip");
  expect(lists.join(",").split(",")).toEqual(denied);
  expect(Math.max(...lists.map((list) => list.length))).toBeLessThan(128 * 1024);
  expect(args[args.indexOf("--rps") + 1]).toBe("150");
});
