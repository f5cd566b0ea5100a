/** Where Jupyter keeps its data. Source: jupyter_core's documentation, "Common Directories and File Locations". */
import { homedir } from "node:os";
import { join } from "node:path";

/** The user's own data folder, as `jupyter --data-dir` prints it. */
export function userDataFolder(): string {
  if (process.env.JUPYTER_DATA_DIR) return process.env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32")
    return join(process.env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  return join(process.env.XDG_DATA_HOME ?? join(homedir(), ".local", "share"), "jupyter");
}

/** The data folder of the project's own `.venv`, which its JupyterLab reads first. */
export function venvDataFolder(root: string): string {
  return join(root, ".venv", "share", "jupyter");
}
