/**
 * iopub messages → a cell's outputs as nbformat wants them. Streams of one name join; clear_output clears;
 * update_display_data changes every display of that id, also one of an earlier cell.
 */
import type { Message } from "./message.ts";
import type { Output } from "../write/notebook.ts";
import { WidgetCollector } from "./widgets.ts";

interface Display {
  readonly output_type: "display_data" | "execute_result";
  data: unknown;
  metadata: unknown;
  readonly [field: string]: unknown;
}

/** Gathers outputs over one chapter: a display may be updated from a later cell. */
export class OutputCollector {
  readonly #displays = new Map<string, Display[]>();
  readonly widgets = new WidgetCollector();

  /** Starts a cell: gives the list that fills, and the function that takes its messages. */
  cell(): { readonly outputs: Output[]; readonly take: (message: Message) => void } {
    const outputs: Output[] = [];
    let clearsNext = false;
    const add = (output: Output): void => {
      if (clearsNext) outputs.length = 0;
      clearsNext = false;
      outputs.push(output);
    };
    const take = (message: Message): void => {
      const { type, content } = message;
      switch (type) {
        case "comm_open":
        case "comm_msg":
          this.widgets.take(message);
          break;
        case "stream":
          if (clearsNext || !extendStream(outputs, content))
            add({ output_type: "stream", name: content["name"], text: content["text"] });
          break;
        case "display_data":
          add(
            this.#display(
              { output_type: type, data: content["data"], metadata: content["metadata"] ?? {} },
              content,
            ),
          );
          break;
        case "execute_result":
          add(
            this.#display(
              {
                output_type: type,
                data: content["data"],
                metadata: content["metadata"] ?? {},
                execution_count: content["execution_count"],
              },
              content,
            ),
          );
          break;
        case "update_display_data":
          this.#update(content);
          break;
        case "clear_output":
          if (content["wait"] === true) clearsNext = true;
          else outputs.length = 0;
          break;
        case "error":
          add({
            output_type: "error",
            ename: content["ename"],
            evalue: content["evalue"],
            traceback: content["traceback"],
          });
          break;
      }
    };
    return { outputs, take };
  }

  #display(display: Display, content: Message["content"]): Display {
    const id = displayId(content);
    if (id !== undefined) this.#displays.set(id, [...(this.#displays.get(id) ?? []), display]);
    return display;
  }

  #update(content: Message["content"]): void {
    for (const display of this.#displays.get(displayId(content) ?? "") ?? []) {
      display.data = content["data"];
      display.metadata = content["metadata"] ?? {};
    }
  }
}

function displayId(content: Message["content"]): string | undefined {
  return (content["transient"] as { display_id?: string } | undefined)?.display_id;
}

/** Joins text to the last output if that is a stream of the same name. */
function extendStream(outputs: Output[], { name, text }: Message["content"]): boolean {
  const last = outputs.at(-1);
  if (last?.output_type !== "stream" || last["name"] !== name) return false;
  outputs[outputs.length - 1] = { ...last, text: String(last["text"]) + String(text) };
  return true;
}
