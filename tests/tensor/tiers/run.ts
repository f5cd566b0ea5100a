/** `node run.ts FIRST COUNT`: what the devices of this process do with random graphs, as JSON. */
import { judgeHere } from "../here.ts";

const [, , first, count] = process.argv;
process.stdout.write(JSON.stringify(await judgeHere(Number(first), Number(count))));
process.exit(0);
