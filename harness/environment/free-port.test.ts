import { once } from "node:events";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePorts, portHolder, requireFreePort } from "./free-port.ts";

test("free ports differ and can be listened on", async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  const servers = ports.map((port) => createServer().listen(port, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  for (const server of servers) server.close();
});

test("free ports lie below those that systems give to outgoing connections", async () => {
  expect(Math.max(...(await freePorts(50)))).toBeLessThan(32_768);
});

test("who holds a port is found, and nobody where nobody does", async () => {
  const [port = 0] = await freePorts(1);
  expect(await portHolder(port)).toBeUndefined();
  await requireFreePort(port, "the test");
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  expect((await portHolder(port))?.pid).toBe(process.pid);
  await expect(requireFreePort(port, "the test")).rejects.toMatchObject({ code: "PL_PORT_TAKEN" });
  server.close();
});
