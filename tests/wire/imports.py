"""What a cell can import: files beside the notebook, packages, built-ins; and what it hears when it cannot."""

import os
import tempfile

from client import Kernel, record

folder = tempfile.mkdtemp()


def write(path, text):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


write("unit.ts", "export enum Unit { Metre = 'm' }\nexport const scale: number = 2\n")
write("shape.ts", "import { scale } from './unit.ts'\nexport const area = (w: number): number => w * scale\nexport const fail = (): never => {\n  throw new Error('deep')\n}\n")
write("plain.js", "export default 'plain'\n")
write("data.json", '{"rows": [1, 2]}')
write("broken.ts", "export const = 1\n")
write("broken.mjs", "export const fine = 1\nexport const = 1\n")
write("broken.cjs", "exports.b = = 1\n")
write("around.mjs", "import './broken.mjs'\n")
write("needs.ts", "import './nowhere.ts'\n")
write("node_modules/acorn/package.json", '{"name": "acorn", "version": "0.0.1", "type": "module", "exports": "./index.js"}')
write("node_modules/acorn/index.js", "export const version = 'the notebook’s own'\n")
write("node_modules/old/index.js", "module.exports = { twice: (n) => 2 * n }\n")

with Kernel(cwd=folder) as k:
    record("files", ts=k.text("import { area } from './shape.ts'; import { Unit } from './unit.ts'; area(21) + Unit.Metre"),
           js=k.text("import plain from './plain.js'; plain"), json=k.text("import data from './data.json' with { type: 'json' }; data.rows"),
           dynamic=k.text("(await import('./unit.ts')).scale"), absolute=k.text(f"(await import('{folder}/unit.ts')).scale"))
    record("packages", own=k.text("import { version } from 'acorn'; version"), below=k.text("import { parseSync } from 'oxc-parser'; typeof parseSync"),
           commonjs=k.text("import old from 'old'; old.twice(4)"), required=k.text("require('old').twice(5)"),
           builtin=k.text("import path from 'node:path'; path.basename('/a/b')"), bare=k.text("import { sep } from 'path'; sep.length"),
           display=k.text("import * as d from 'below/display'; typeof d.display"))
    record("meta", dirname=k.text("import.meta.dirname"), url=k.text("import.meta.url"), resolve=k.text("import.meta.resolve('./unit.ts')"))

    write("unit.ts", "export enum Unit { Metre = 'm' }\nexport const scale: number = 300\n")
    edited = k.text("(await import('./unit.ts')).scale")
    transitive = k.text("import { area as area2 } from './shape.ts'; area2(2)")
    same = k.text("const a = await import('./shape.ts'); a === await import('./shape.ts')")
    write("unit.ts", "export enum Unit { Metre = 'm' }\nexport const scale: number = 300\n")
    record("edited", edited=edited, transitive=transitive, same=same, untouched=k.text("a === await import('./shape.ts')"))

    write("shape.ts", "export const area = 'repaired'\nexport const fail = (): never => {\n  throw new Error('deep')\n}\n")
    broken = k.run("import './broken.ts'")[0]
    write("broken.ts", "export const mended = 1\n")
    record("broken", first=broken, mended=k.text("(await import('./broken.ts')).mended"))
    said = {name: k.run(f"import './{name}'")[0] for name in ("broken.mjs", "broken.cjs", "around.mjs")}
    write("broken.mjs", "export const mended = 2\n")
    record("broken JavaScript", module=said["broken.mjs"], commonjs=said["broken.cjs"], around=said["around.mjs"],
           mended=k.text("(await import('./broken.mjs')).mended"), name=k.run("import { nothing } from './plain.js'")[0]["evalue"])

    record("error in a file", reply=k.run("import { fail } from './shape.ts'\nfail()")[0], cell=k.text("1"))
    record("missing", file=k.run("1\nimport './nowhere.ts'")[0], ending=k.run("import './unit'")[0], package=k.run("import 'no-such-package/part'")[0],
           name=k.run("import { scales } from './unit.ts'")[0], inside=k.run("import './needs.ts'")[0])
    write("nowhere.ts", "export const here = 1\n")
    record("found later", here=k.text("(await import('./nowhere.ts')).here"), needs=k.run("import './needs.ts'")[0]["status"])
