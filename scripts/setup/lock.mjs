// @ts-check
/**
 * One owner at a time for a piece of set-up, across processes and across crashes.
 * A lock is a folder that holds its owner's name; it appears and disappears by one rename each.
 * Node built-ins only: this runs before anything is installed.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive } from "./process.mjs";

/** @typedef {import("./process.mjs").ProcessIdentity} ProcessIdentity */
/** @typedef {ProcessIdentity & { host: string }} Owner */
/** @typedef {(pid: number) => void} KeepFor a child that must have ended before the lock is free again */

const ownerFile = "owner.json";
const childFile = "child.json";
const heartbeatMs = 5_000;
const silentMs = 60_000; // an owner on another machine that has not beaten for so long is dead

/**
 * Runs `work` while this process owns the folder `path`; waits for another living owner.
 * `onWait` is told once whose turn it is. `work` names the children that outlive us if we are killed:
 * an installer goes on after a kill -9 of its parent, and two of them at once spoil each other's files.
 * @template T
 * @param {string} path
 * @param {(owner: Owner | undefined) => void} onWait
 * @param {(keepFor: KeepFor) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, work) {
  for (let told = false; !tryLock(path); await sleep(200)) {
    if (told) continue;
    told = true;
    onWait(readOwner(path));
  }
  const beat = setInterval(() => touch(path), heartbeatMs);
  const release = () => free(path);
  process.once("exit", release);
  try {
    return await work((pid) => writeFileSync(join(path, childFile), JSON.stringify(identify(pid))));
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

/**
 * Takes the lock if nobody who is alive has it. Release it by removing the folder.
 * @param {string} path
 * @returns {boolean}
 */
export function tryLock(path) {
  if (create(path)) return true;
  const owner = readOwner(path);
  return isStale(path, owner) && retire(path, owner) && create(path);
}

/**
 * The lock's living owner, or undefined when it is free.
 * @param {string} path
 */
export function lockOwner(path) {
  const owner = readOwner(path);
  return owner && !isStale(path, owner) ? owner : undefined;
}

/** The folder arrives with its owner's name inside, so nobody sees a lock without an owner. @param {string} path */
function create(path) {
  const draft = `${path}.new-${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  writeFileSync(join(draft, ownerFile), JSON.stringify({ ...identify(process.pid), host: hostname() }));
  try {
    renameSync(draft, path); // onto a folder that is not empty this fails: somebody has the lock
    return true;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!isTaken(error)) throw error;
    return false;
  }
}

/**
 * Gives our lock back in one step: emptied in place, it could be taken while we are still removing it.
 * @param {string} path
 */
function free(path) {
  const aside = `${path}.done-${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (!isGone(error)) throw error; // a person removed it by hand
  }
  rmSync(aside, { recursive: true, force: true });
}

/**
 * Moves a dead owner's lock aside. The name carries the dead owner, so of two that judged the same
 * owner dead only one succeeds, and neither can move the lock of the living one that came after.
 * @param {string} path
 * @param {Owner | undefined} owner
 */
function retire(path, owner) {
  const aside = `${path}.dead-${owner?.pid ?? 0}-${(owner?.startedAt ?? "").replaceAll(/\W/g, "")}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isGone(error)) return true;
    if (isTaken(error)) return false;
    throw error;
  }
  setTimeout(() => rmSync(aside, { recursive: true, force: true }), 2_000).unref();
  process.once("exit", () => rmSync(aside, { recursive: true, force: true }));
  return true;
}

/** @param {string} path @param {Owner | undefined} owner */
function isStale(path, owner) {
  if (owner?.host === hostname())
    return ![owner, readIdentity(path, childFile)].some((one) => one && isAlive(one));
  try {
    return Date.now() - statSync(path).mtimeMs > silentMs;
  } catch (error) {
    if (isGone(error)) return true;
    throw error;
  }
}

/** @param {string} path @returns {Owner | undefined} */
const readOwner = (path) => readIdentity(path, ownerFile);

/** @param {string} path @param {string} file */
function readIdentity(path, file) {
  try {
    return JSON.parse(readFileSync(join(path, file), "utf8"));
  } catch {
    return undefined; // released between two looks, or damaged: isStale judges by age then
  }
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // a person removed the lock by hand; the work goes on
  }
}

/** @param {unknown} error */
const isTaken = (error) => ["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(codeOf(error));
/** @param {unknown} error */
const isGone = (error) => codeOf(error) === "ENOENT";
/** @param {unknown} error @returns {string} */
const codeOf = (error) => (error instanceof Error && "code" in error ? String(error.code) : "");
