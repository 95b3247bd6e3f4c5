/**
 * The canary: a responder that always does the same little, in a process of its own. What k6 measures of it is the
 * instrument, not the service. Prints its address, then answers every HTTP/1.1 request with two bytes.
 */
import { createServer } from "node:net";

const ANSWER = Buffer.from("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok", "latin1");
const END_OF_HEADERS = "\r\n\r\n";

const server = createServer({ noDelay: true }, (socket) => {
  let rest = "";
  socket.on("data", (bytes) => {
    // requests have no body, so each empty line is one request; one may come in pieces
    const parts = (rest + bytes.toString("latin1")).split(END_OF_HEADERS);
    rest = parts.pop() ?? "";
    for (let requests = parts.length; requests > 0; requests--) socket.write(ANSWER);
  });
  socket.on("error", () => socket.destroy());
});
const usual = "127.0.0.1";
// An address of its own, where the whole of 127.0.0.0/8 is this machine's, need not be one that k6 may reach anyway.
server.once("error", () => server.listen(0, usual));
server.on("listening", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`${address.address}:${address.port}\n`);
});
server.listen(0, process.argv[2] ?? usual);
