/**
 * `node test/docker/make-images.ts`: makes or loads what is missing of the images that the tests of containers run on, and
 * prints the variables that name them, one a line, as a shell's `export` and a file of GitHub's environment take them.
 */
import { standIns } from "./images.ts";

for (const [variable, name] of Object.entries(await standIns())) console.log(`${variable}=${name}`);
