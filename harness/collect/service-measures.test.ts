import { describe, expect, it } from "vitest";
import { parsePrometheus } from "./prometheus.ts";
import { serviceGauges } from "./service-gauges.ts";
import { serviceCounts } from "./service-measures.ts";

const BEFORE = `
# HELP http_request_duration_seconds Time of a request
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.1",method="GET",endpoint="/api/projects/:projectId",status="200"} 3
http_request_duration_seconds_count{method="GET",endpoint="/api/projects/:projectId",status="200"} 3
http_request_duration_seconds_sum{method="GET",endpoint="/api/projects/:projectId",status="200"} 0.03
http_request_duration_seconds_count{method="GET",endpoint="/readyz",status="200"} 40
database_query_duration_seconds_count{query_type="select"} 100
database_query_duration_seconds_sum{query_type="select"} 5
cache_requests_total{cache="response",level="l1",result="hit"} 1
cache_requests_total{cache="response",level="l1",result="miss"} 9
cache_requests_total{cache="response",level="l2",result="hit"} 0
cache_requests_total{cache="response",level="l2",result="miss"} 9
cache_requests_total{cache="llm",level="l2",result="hit"} 0
cache_requests_total{cache="llm",level="l2",result="miss"} 0
slow_queries_total 2
db_statements_total 100
audit_call_seconds_total 0.1
llm_call_duration_seconds_count{provider="stub"} 0
service_info{node_env="production",log_level="info",inspector="off"} 1
`;
const AFTER = `
http_request_duration_seconds_count{method="GET",endpoint="/api/projects/:projectId",status="200"} 13
http_request_duration_seconds_sum{method="GET",endpoint="/api/projects/:projectId",status="200"} 0.53
http_request_duration_seconds_count{method="GET",endpoint="/api/projects/:projectId",status="404"} 10
http_request_duration_seconds_sum{method="GET",endpoint="/api/projects/:projectId",status="404"} 0.5
http_request_duration_seconds_count{method="GET",endpoint="/readyz",status="200"} 41
http_request_duration_seconds_count{method="GET",endpoint="/metrics",status="200"} 30
database_query_duration_seconds_count{query_type="select"} 140
database_query_duration_seconds_sum{query_type="select"} 5.2
database_query_duration_seconds_count{query_type="insert"} 10
database_query_duration_seconds_sum{query_type="insert"} 0.3
cache_requests_total{cache="response",level="l1",result="hit"} 61
cache_requests_total{cache="response",level="l1",result="miss"} 49
cache_requests_total{cache="response",level="l2",result="hit"} 30
cache_requests_total{cache="response",level="l2",result="miss"} 19
cache_requests_total{cache="llm",level="l2",result="hit"} 3
cache_requests_total{cache="llm",level="l2",result="miss"} 9
slow_queries_total 3
db_statements_total 150
audit_call_seconds_total 0.11
llm_call_duration_seconds_count{provider="stub"} 9
service_info{node_env="production",log_level="info",inspector="off"} 1
`;

const counts = serviceCounts(parsePrometheus(BEFORE), parsePrometheus(AFTER));
const value = (metric: string) => counts.measures.find((measure) => measure.metric === metric)?.value;

describe("the service's own counters", () => {
  it("give what was gained between two readings", () => {
    expect(value("db_query_duration")).toBeCloseTo(10); // 0.5 s over 50 queries, of two kinds
    expect(value("slow_queries")).toBe(1);
    expect(value("db_statements_per_request")).toBeCloseTo(2.5); // 50 statements, 20 requests
    expect(value("audit_share")).toBeCloseTo(0.01); // 0.01 s of 1 s
  });

  it("count a look-up once, though it goes through two levels of a cache", () => {
    // 60 hits at once, 30 in the second level, 10 nowhere
    expect(value("cache_hit_ratio")).toBeCloseTo(0.9);
    expect(value("llm_cache_hit_ratio")).toBeCloseTo(0.25);
    expect(value("llm_calls_per_request")).toBeCloseTo(0.75);
  });

  it("give no measure, and not 0, where the service has no such counter", () => {
    expect(value("redis_command_duration")).toBeUndefined();
    expect(value("cache_hit_duration")).toBeUndefined();
    expect(value("slow_requests")).toBeUndefined();
    expect(serviceCounts([], [])).toEqual({ measures: [], requests: undefined, mode: [] });
  });

  it("count requests by route and status, without what proofload itself asks", () => {
    expect(counts.requests).toEqual([
      { method: "GET", endpoint: "/api/projects/:projectId", status: "200", count: 10 },
      { method: "GET", endpoint: "/api/projects/:projectId", status: "404", count: 10 },
    ]);
  });

  it("start from zero when the service was started again in between", () => {
    const restarted = serviceCounts(parsePrometheus("slow_queries_total 9"), parsePrometheus("slow_queries_total 4"));
    expect(restarted.measures).toMatchObject([{ metric: "slow_queries", value: 4 }]);
  });

  it("tell a service that does not run as in production", () => {
    expect(counts.mode).toEqual([]);
    const info = parsePrometheus('service_info{node_env="development",log_level="debug",inspector="on"} 1');
    expect(serviceCounts([], info).mode).toEqual([
      'NODE_ENV is "development"',
      "it logs at level debug",
      "its inspector is open",
    ]);
  });

  it("give the moment's gauges in the catalogue's units, and ratios over the time since the last reading", () => {
    const now = parsePrometheus(`${AFTER}
db_pool_connections{state="in_use"} 4
db_pool_connections{state="waiting"} 2
nodejs_eventloop_lag_p99_seconds 0.0125
`);
    expect(serviceGauges(parsePrometheus(BEFORE), now)).toMatchObject({
      pool_in_use: 4,
      pool_waiting: 2,
      event_loop_delay: 12.5,
      db_query_duration: 10,
    });
    expect(serviceGauges(undefined, now)).toEqual({ pool_in_use: 4, pool_waiting: 2, event_loop_delay: 12.5 });
  });
});

describe("Prometheus text", () => {
  it("is read with escapes, timestamps, infinities and odd spacing", () => {
    const text = [
      'a{path="C:\\\\x",say="\\"hi\\"",line="1\\n2"} 1.5e3 1700000000000',
      "b +Inf",
      'c{ x = "1" , } 2',
      "d{} -3",
      "# a comment",
    ].join("\n");
    expect(parsePrometheus(text)).toEqual([
      { name: "a", labels: { path: "C:\\x", say: '"hi"', line: "1\n2" }, value: 1500 },
      { name: "b", labels: {}, value: Number.POSITIVE_INFINITY },
      { name: "c", labels: { x: "1" }, value: 2 },
      { name: "d", labels: {}, value: -3 },
    ]);
  });

  it("leaves out lines that are no sample", () => {
    expect(parsePrometheus('<html>\na{x="1 2\n\nb\nc nonsense\nd NaN\ne 1')).toEqual([
      { name: "e", labels: {}, value: 1 },
    ]);
  });
});
