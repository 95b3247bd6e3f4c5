#!/usr/bin/env node
// Plain JavaScript for any Node: it only checks the version, so that an old one gets a sentence and not a syntax error.
const NEEDED = [24, 7];
const [major, minor] = process.versions.node.split(".").map(Number);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 4;
}

if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  fail(
    `proofload needs Node ${NEEDED.join(".")} or newer, and this is ${process.versions.node}.\n` +
      "In a checkout, `npm ci` (without --ignore-scripts) brings the right one, and `npm start` or `npm run proofload -- …` use it.",
  );
} else {
  import("../harness/main.ts").then(
    ({ main }) => main(),
    (error) => fail(`proofload cannot be loaded: ${error instanceof Error ? error.message : error}\nTry \`npm ci\`.`),
  );
}
