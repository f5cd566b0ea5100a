/** Connection files as jupyter_client writes them, and wrong ones. */
import { expect, test } from "vitest";
import { checkConnection, endpoint } from "./connection.ts";

const good = {
  ip: "127.0.0.1",
  key: "k",
  shell_port: 1,
  control_port: 2,
  stdin_port: 3,
  iopub_port: 4,
  hb_port: 5,
};

test("a file without transport and scheme means tcp and hmac-sha256", () => {
  const connection = checkConnection(good, "c.json");
  expect(connection).toMatchObject({ transport: "tcp", signature_scheme: "hmac-sha256" });
  expect(endpoint(connection, "iopub_port")).toBe("tcp://127.0.0.1:4");
});

test("for ipc the address is a path, and the port its ending", () => {
  expect(endpoint(checkConnection({ ...good, transport: "ipc", ip: "/run/k" }, "c.json"), "hb_port")).toBe(
    "ipc:///run/k-5",
  );
});

const wrong: Readonly<Record<string, object>> = {
  shell_port: { shell_port: "1" },
  hb_port: { hb_port: undefined },
  transport: { transport: "udp" },
  ip: { ip: 7 },
  key: { key: 7 },
  curve_secretkey: { curve_publickey: "x".repeat(40) },
};
for (const [field, change] of Object.entries(wrong)) {
  test(`a wrong ${field} is named, with the file`, () => {
    expect(() => checkConnection({ ...good, ...change }, "c.json")).toThrow(
      new RegExp(`^c\\.json: want ${field} to be`),
    );
  });
}
