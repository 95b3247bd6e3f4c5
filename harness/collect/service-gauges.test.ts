import { expect, test } from "vitest";
import { parsePrometheus } from "./prometheus.ts";
import { serviceGauges } from "./service-gauges.ts";

/** What two readings, the second of them given last, say of memory and of CPU between them. */
function reported(before: string, now: string) {
  const { reported_rss: rss, reported_cpu_seconds: cpu } = serviceGauges(parsePrometheus(before), parsePrometheus(now));
  return { rss, cpu };
}

test.each([
  [
    "a usual client library",
    "process_cpu_seconds_total 1\n",
    "process_cpu_seconds_total 1.5\nprocess_resident_memory_bytes 64\n",
  ],
  [
    "a library that tells user and system apart",
    "process_cpu_user_seconds_total 1\nprocess_cpu_system_seconds_total 2\n",
    "process_cpu_user_seconds_total 1.2\nprocess_cpu_system_seconds_total 2.3\nprocess_resident_memory_bytes 64\n",
  ],
  [
    "the container that it runs in",
    'container_cpu_usage_seconds_total{id="/a",cpu="total"} 1\n',
    'container_cpu_usage_seconds_total{id="/a",cpu="total"} 1.5\ncontainer_cpu_usage_seconds_total{id="/a",cpu="cpu00"} 1.5\ncontainer_memory_working_set_bytes{id="/a"} 64\n',
  ],
])("memory and CPU of a service elsewhere are read from %s", (_, before, now) => {
  const { rss, cpu } = reported(before, now);
  expect(rss).toBe(64);
  expect(cpu).toBeCloseTo(0.5, 9);
});

test("of several containers none is taken for the service", () => {
  const two =
    'container_memory_rss{id="/a"} 1\ncontainer_memory_rss{id="/b"} 2\ncontainer_cpu_usage_seconds_total{id="/a"} 1\n';
  const both = `${two}container_cpu_usage_seconds_total{id="/b"} 1\n`;
  expect(reported(both, both)).toEqual({ rss: undefined, cpu: undefined });
});

test("a counter that began anew gives no negative use", () => {
  expect(reported("process_cpu_seconds_total 9\n", "process_cpu_seconds_total 1\n").cpu).toBe(0);
});
