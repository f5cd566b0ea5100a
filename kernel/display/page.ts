/**
 * What a cell may ask of the front end beside its outputs: a page of text out of the way of the notebook, and a next cell.
 * Values in, payloads to the host out (host.ts). Front ends that know no payloads (the protocol calls them deprecated,
 * without a successor) leave them out.
 */
import { toBundle, type MimeBundle } from "./bundle.ts";
import { findHost } from "./host.ts";

const { Promise } = globalThis; // as it is now: a cell may declare a name over it

/** Shows `value` in the front end's pager. Without a host it is printed. */
export function page(value: unknown): void {
  const host = findHost();
  const bundle = toBundle(value, (shown) => (host ? host.inspect(shown) : String(shown)));
  const show = (data: MimeBundle): void => {
    if (host) host.payload({ source: "page", data, start: 0 });
    else console.log(data["text/plain"]);
  };
  if (!(bundle instanceof Promise)) return show(bundle);
  const shown = bundle.then(show);
  if (host) host.waitFor(shown);
  else shown.catch((error: unknown) => console.error(error));
}

/** Puts `text` into a new cell below, or with `replace` into the cell that runs. Without a host nothing happens. */
export function setNextInput(text: string, options: { readonly replace?: boolean } = {}): void {
  findHost()?.payload({ source: "set_next_input", text, replace: options.replace ?? false });
}
