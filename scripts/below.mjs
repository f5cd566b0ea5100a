#!/usr/bin/env node
// @ts-check
/**
 * The `below` command: `npx --no-install below help`. Node built-ins only; the commands are in cli.ts.
 */
import { run } from "./run.mjs";

process.exitCode = await run("scripts/cli.ts", process.argv.slice(2));
