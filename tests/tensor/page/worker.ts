/** In a page's worker: judges each device that is there, and posts what it found. */
import type { DeviceName } from "../../../tensor/index.ts";
import { type Found, judgeHere } from "../here.ts";

interface Wanted {
  readonly first: number;
  readonly count: number;
  readonly devices?: readonly DeviceName[];
}

/** What the worker needs of its scope; TypeScript declares it only together with the whole DOM. */
interface Scope {
  readonly addEventListener: (type: "message", listen: (message: { readonly data: Wanted }) => void) => void;
  readonly postMessage: (message: { readonly found: readonly Found[] } | { readonly error: string }) => void;
}

const { addEventListener, postMessage } = globalThis as unknown as Scope;
addEventListener("message", ({ data }) => {
  judgeHere(data.first, data.count, data.devices).then(
    (found) => postMessage({ found }),
    (error: unknown) => postMessage({ error: String(error instanceof Error ? error.stack : error) }),
  );
});
