/** Our kernel where people run kernels. The programs are Jupyter's own, each in folders of its own; what they print or write is read. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { venvCommand } from "../../scripts/setup/python.mjs";
import { notebookOf } from "../lab/browser.ts";
import { executedCells } from "../lab/executed.ts";
import { describeWith, root, tool } from "../lab/tools.ts";
import { type Ended, Home } from "./home.ts";

const python = tool(
  "Python",
  venvCommand(root, "python"),
  "npm test, which makes .venv where there is Python",
);
const script = (name: string): string => join(root, "tests", "clients", name);
const patience = { timeout: 240_000 };

describeWith("A program that runs kernels", [python], (pythonFile) => {
  let home: Home;
  beforeEach(() => {
    home = new Home(pythonFile);
  });
  afterEach(() => {
    const left = home.left();
    home.dispose();
    expect(left).toEqual([]); // neither kernels nor servers
  });

  const cells = [
    'import { vegaLite } from "below/display";\nconst rows = [{ a: 1, b: 2 }, { a: 3, b: 4 }];\nrows',
    'vegaLite({ description: "two bars", data: { values: rows }, mark: "bar", encoding: { x: { field: "a", type: "ordinal" }, y: { field: "b", type: "quantitative" } } })',
    'for (const _ of progress(3, "steps")) void _;\nconsole.log(`${rows.length} rows`)',
  ];

  /** The facts that a script printed, one JSON object a line. */
  function factsOf({ code, stdout, stderr }: Ended): Readonly<Record<string, Record<string, unknown>>> {
    if (code !== 0) throw new Error(`want exit code 0, got ${code}:\n${stderr.slice(-3000)}`);
    const facts = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as { promise: string }); // prettier-ignore
    return Object.fromEntries(facts.map((fact) => [fact.promise, fact]));
  }

  test("jupyter console runs what is typed and keeps its state", patience, async () => {
    const typed = 'const typed: number = 41;\ntyped + 1\nconsole.log("printed", typed)\nexit\n';
    const { stdout, stderr, code } = await home.run("jupyter-console", ["--kernel", "below", "--simple-prompt", "--ZMQTerminalInteractiveShell.confirm_exit=False"], typed); // prettier-ignore
    expect(stdout + stderr).toMatch(/Out\[2\]: 42\b/);
    expect(stdout).toContain("printed 41");
    expect(code).toBe(0);
  });

  test(
    "nbconvert runs a notebook and writes it as a page that shows its outputs without scripts",
    patience,
    async () => {
      const notebook = home.write("page.ipynb", notebookOf(cells));
      const { code, stderr } = await home.run("jupyter-nbconvert", ["--to", "html", "--execute", notebook]);
      expect(code, stderr).toBe(0);
      const page = readFileSync(join(home.folder, "page.html"), "utf8");
      expect(page).toMatch(/<caption>2 records<\/caption>/);
      expect(page).toContain("2 rows");
      expect(page).toMatch(/aria-label="two bars"|data:image\/svg\+xml;base64|alt="two bars"/);
    },
  );

  test(
    "papermill writes the outputs of every cell up to one that fails, and ends with that cell's own error",
    patience,
    async () => {
      const notebook = home.write("in.ipynb", notebookOf([...cells, 'throw new RangeError("too far")', "2"]));
      const output = join(home.folder, "out.ipynb");
      const { code, stderr } = await home.run("papermill", [
        notebook,
        output,
        "--kernel",
        "below",
        "--no-progress-bar",
      ]);
      expect(code).not.toBe(0);
      expect(stderr.slice(-500)).toMatch(/"In \[4\]":\nRangeError: too far\n +at cell-4\.ts:1:7/);
      const executed = executedCells(output).filter(({ executionCount }) => executionCount !== null);
      expect(executed.slice(-4).map(({ hasFailed }) => hasFailed)).toEqual([false, false, false, true]);
      expect(executed.at(-3)!.outputs[0].mimeTypes).toContain("image/svg+xml");
      expect(executed.at(-2)!.outputs.at(-1)!.text).toBe("2 rows");
    },
  );

  test(
    "a kernel that dies under Jupyter Server is started again, forgets, and runs cells",
    patience,
    async () => {
      const facts = factsOf(await home.run("python", [script("server.py")]));
      expect(facts["restarter"]).toMatchObject({
        first: "2",
        told: expect.stringMatching(/restarting$/),
        again: "42",
        forgotten: "'undefined'",
        isNew: true,
        state: "idle",
      });
      expect(facts["logo"]).toMatchObject({ "logo-svg": true, "logo-64x64": true, "logo-32x32": true });
    },
  );

  test("a single-user server that a real JupyterHub spawned runs cells for its user", patience, async () => {
    const facts = factsOf(await home.run("python", [script("hub.py")]));
    expect(facts["single-user server"]).toMatchObject({ result: "42", user: "'ada'" });
  });

  test(
    "the kernelspec is valid by the schema that Jupyter Server publishes, and has nothing that jupyter_client does not know",
    patience,
    async () => {
      const ended = await home.run("python", [script("schema.py"), join(home.kernelspec, "kernel.json")]);
      expect(JSON.parse(ended.stdout)).toEqual({ faults: [], unknown: [], control: 2 });
      expect(readdirSync(home.kernelspec)).toEqual(expect.arrayContaining(["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"])); // prettier-ignore
    },
  );
});
