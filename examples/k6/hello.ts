// An ordinary k6 script: `k6 run hello.ts` runs it, and so does `proofload run examples/k6/hello.ts --url http://…`,
// which takes its thresholds as budgets and its `name` tags as endpoints.
import { check, group, sleep } from "k6";
import http from "k6/http";
import type { Options } from "k6/options";

// proofload sets PROOFLOAD_BASE_URL from --url; with k6 alone: k6 run -e BASE_URL=http://127.0.0.1:3000 hello.ts
const BASE_URL = __ENV["PROOFLOAD_BASE_URL"] ?? __ENV["BASE_URL"] ?? "http://127.0.0.1:3000";

export const options: Options = {
  stages: [
    { duration: "5s", target: 10 },
    { duration: "10s", target: 10 },
    { duration: "2s", target: 0 },
  ],
  thresholds: {
    http_req_failed: ["rate<0.01"],
    http_req_duration: ["p(95)<200"],
    "http_req_duration{name:health}": ["p(95)<100"],
  },
};

export default function hello(): void {
  group("is it alive", () => {
    const health = http.get(`${BASE_URL}/healthz`, { tags: { name: "health" } });
    check(health, { "health answers 200": (response) => response.status === 200 });
  });
  const ready = http.get(`${BASE_URL}/readyz`);
  check(ready, { "ready answers 200": (response) => response.status === 200 });
  sleep(0.2);
}
