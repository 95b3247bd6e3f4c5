import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, get } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, ROOT, run, runDirectory } from "./cli.ts";

const SCRIPTS = join(ROOT, "test", "fixtures", "k6-scripts");
/** Loopback, so that nothing leaves this machine, but neither the service's address nor any that it is given. */
const ELSEWHERE = "127.93.17.5";

/** Counts everything that arrives: connections (nothing needs to be said on them) and datagrams. */
async function elsewhere() {
  const arrived: string[] = [];
  const tcp = createTcpServer((socket) => {
    arrived.push("connection");
    socket.on("error", () => {});
    // Long enough to see what it says, short enough that nobody waits.
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    setTimeout(() => socket.destroy(), 300).unref();
  }).listen(0, ELSEWHERE);
  await once(tcp, "listening");
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket("udp4");
  udp.on("message", () => arrived.push("datagram"));
  udp.bind(port, ELSEWHERE);
  await once(udp, "listening");
  return {
    address: `${ELSEWHERE}:${port}`,
    count: (kind: string) => arrived.filter((one) => one === kind).length,
    async [Symbol.asyncDispose]() {
      tcp.close();
      udp.close();
    },
  };
}

/** Is allowed; sends those who ask for it elsewhere, by redirects and as a proxy that forwards everything. */
async function service(away: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? "";
    asked.push(url);
    const [, what, value] = url.split("/");
    const to = (status: number, location: string) => response.writeHead(status, { location }).end();
    if (url.startsWith("http://")) {
      get(`http://${away}/`, () => response.end("forwarded")).on("error", () => response.end());
    } else if (what === "redirect") to(Number(value), `http://${away}/`);
    else if (what === "chain") to(302, Number(value) === 0 ? `http://${away}/` : `/chain/${Number(value) - 1}`);
    else if (what === "decimal") to(302, new URL(`http://${away}/`).href.replace(ELSEWHERE, "2136805637"));
    else response.end("ok");
  });
  server.on("connect", (_request, socket) => {
    asked.push("CONNECT");
    socket.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Everything that a user's environment may hold to lead k6 elsewhere. */
const hostile = (proxy: string) => ({
  K6_BLACKLIST_IPS: "192.0.2.1/32",
  K6_CONFIG: "/dev/null",
  HTTP_PROXY: proxy,
  HTTPS_PROXY: proxy,
  ALL_PROXY: proxy,
  http_proxy: proxy,
  https_proxy: proxy,
  no_proxy: "",
});

async function attempted(allow: readonly string[]) {
  await using here = await folder();
  await using away = await elsewhere();
  await using allowed = await service(away.address);
  const configuration = { targets: [], suites: {}, allow: { hosts: allow } };
  await writeFile(join(here.path, "proofload.config.ts"), `export default ${JSON.stringify(configuration)};`);
  const env = { ELSEWHERE: away.address, ...hostile(allowed.url) };
  const script = join(SCRIPTS, "escapes.js");
  const ended = await run(["run", script, "--url", allowed.url, "--share-host"], { cwd: here.path, env });
  const log = await readFile(join(await runDirectory(here.path), "scenarios", "escapes", "k6.log"), "utf8");
  const attempts = [...log.matchAll(/msg="attempt ([^:]+(?::\/+)?): /g)].map(([, name = ""]) => name);
  return { ended, log, asked: allowed.asked, away, attempts: [...new Set(attempts)] };
}

describe("load goes where it is allowed to go", () => {
  it("and nowhere else, by none of the ways that a script, a service or an environment can try", async () => {
    const { ended, log, asked, away, attempts } = await attempted([]);
    expect(asked, log).toContain("/welcome");
    expect(attempts.length, attempts.join()).toBeGreaterThanOrEqual(36);
    expect([away.count("connection"), away.count("datagram")], log).toEqual([0, 0]);
    expect(asked.filter((url) => url.startsWith("http:") || url === "CONNECT")).toEqual([]);
    expect(ended.exitCode, ended.stderr).toBe(3);
    expect(ended.stdout).toMatch(/k6 was kept from .*127\.93\.17\.5/s);
    expect(ended.stdout).toContain("allow.hosts");
  });

  it("which these ways are ways to: with the address allowed, most of them lead there", async () => {
    const { log, away } = await attempted([ELSEWHERE]);
    expect(away.count("connection"), log).toBeGreaterThan(20);
  });

  it("and modules with connections of their own are refused before anything is asked, all of them at once", async () => {
    await using here = await folder();
    await using allowed = await service("127.0.0.2:1");
    const script = join(SCRIPTS, "refused-imports.js");
    const ended = await run(["run", script, "--url", allowed.url], { cwd: here.path });
    expect(ended.exitCode, ended.stderr).toBe(4);
    for (const name of ["k6/browser", "k6/x/redis", "https://127.0.0.2:8443/module.js"]) {
      expect(ended.stderr).toContain(`"${name}" is not allowed`);
    }
    expect(ended.stderr).toMatch(/refused-imports\.js:2:\d+/);
    expect(allowed.asked).toEqual([]);
  });
});
