/**
 * `import { jupyter } from "below/display/deno"`: what Deno's kernel offers as `Deno.jupyter`, so that cells written for it
 * run here. Not a global `Deno`: libraries take that for the runtime and call what is not there. Node only (it reads files).
 * What each call sends is what Deno sends (tests/compat replays its transcripts).
 */
import { readFileSync } from "node:fs";
import { $display, checked, displaySymbol, toBundle, type Displayable, type MimeBundle } from "./bundle.ts";
import type { CommMessage, CommParts } from "./comm.ts";
import { inspectFor } from "./display.ts";
import { findHost, type DisplayHost } from "./host.ts";
import { knownBundle, pictureType } from "./known.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface DenoDisplayOptions {
  /** `value` is a MIME bundle already. */
  readonly raw?: boolean;
  readonly update?: boolean;
  readonly display_id?: string;
}

type Tag = (strings: TemplateStringsArray, ...values: unknown[]) => Displayable;

export const jupyter = {
  $display,
  html: tag("text/html"),
  md: tag("text/markdown"),
  svg: tag("image/svg+xml"),
  image,
  format,
  display,
  broadcast,
};

/** A picture from a PNG's or JPEG's bytes, or from a file. Throws a TypeError for anything else. */
function image(source: string | Uint8Array): Displayable {
  const bytes = typeof source === "string" ? readFileSync(source) : source;
  const type = pictureType(bytes);
  if (type !== "image/png" && type !== "image/jpeg")
    throw new TypeError("image: want a PNG or JPEG, by its bytes or its path, got another kind of data");
  return { [displaySymbol]: () => checked({ [type]: bytes }) };
}

/** The bundle by which a value would be shown. */
async function format(value: unknown): Promise<MimeBundle> {
  const known = hasBundle(value) ? undefined : knownBundle(value);
  return checked(known ?? (await toBundle(value, inspectFor(findHost()))));
}

async function display(value: unknown, options: DenoDisplayOptions = {}): Promise<void> {
  const isBundle = options.raw && typeof value === "object" && value !== null && !Array.isArray(value);
  hostOf("display").publish({
    data: isBundle ? checked(value) : await format(value),
    metadata: {},
    ...(options.display_id ? { displayId: options.display_id } : {}),
    ...(options.update ? { update: true } : {}),
  });
}

/**
 * Sends one of the messages that a front end takes from a kernel: display_data, update_display_data, stream, clear_output,
 * comm_open, comm_msg, comm_close. Throws a TypeError for other types.
 */
async function broadcast(type: string, content: Fields, extra: CommParts = {}): Promise<void> {
  const host = hostOf("broadcast");
  if (type === "display_data" || type === "update_display_data") return publish(host, type, content);
  if (type === "stream") {
    (content["name"] === "stderr" ? process.stderr : process.stdout).write(String(content["text"]));
  } else if (type === "clear_output") host.clear(content["wait"] === true);
  else if (isCommType(type)) host.comm(commOf(type, content, extra));
  else
    throw new TypeError(
      `broadcast: want display_data, update_display_data, stream, clear_output or a comm's message, got ${JSON.stringify(type)}`,
    );
}

const isCommType = (type: string): boolean => /^comm_(open|msg|close)$/.test(type);

function commOf(type: string, content: Fields, { metadata = {}, buffers = [] }: CommParts): CommMessage {
  const target = content["target_name"];
  return {
    kind: type.slice("comm_".length) as CommMessage["kind"],
    id: String(content["comm_id"]),
    ...(typeof target === "string" ? { target } : {}),
    data: content["data"] ?? {},
    metadata,
    buffers,
  };
}

function publish(host: DisplayHost, type: string, { data, metadata, transient }: Fields): void {
  const displayId = (transient as { display_id?: string } | undefined)?.display_id;
  host.publish({
    data: checked(data),
    metadata: (metadata ?? {}) as Record<string, unknown>,
    ...(displayId === undefined ? {} : { displayId }),
    ...(type === "update_display_data" ? { update: true } : {}),
  });
}

/** As Deno's templates: escapes are read, and what is undefined leaves nothing. */
function tag(type: string): Tag {
  return (strings, ...values) => {
    const text = strings
      .map((part, i) => `${part}${values[i] === undefined ? "" : (values[i] as string)}`)
      .join("");
    return { [displaySymbol]: () => ({ [type]: text }) };
  };
}

function hasBundle(value: unknown): boolean {
  return typeof value === "object" && value !== null && displaySymbol in value;
}

function hostOf(who: string): DisplayHost {
  const host = findHost();
  if (!host) throw new Error(`${who}: want a notebook to show in, got a plain script`);
  return host;
}
