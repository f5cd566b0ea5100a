/** Which Chromium, Chrome or Edge this machine has: paths of files that exist. Starts nothing. BELOW_BROWSER names another one. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const onPath = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"];
const macApps = ["Google Chrome", "Chromium", "Microsoft Edge"];
const windowsPrograms = [
  "Google\\Chrome\\Application\\chrome.exe",
  "Microsoft\\Edge\\Application\\msedge.exe",
];

/** In the order of preference. */
export function installedBrowsers(): string[] {
  const own = process.env["BELOW_BROWSER"];
  return [...(own ? [own] : []), ...candidates()].filter((file) => existsSync(file));
}

function candidates(): string[] {
  if (process.platform === "darwin") {
    const folders = ["/Applications", path.join(homedir(), "Applications")];
    return folders.flatMap((folder) =>
      macApps.map((app) => path.join(folder, `${app}.app`, "Contents", "MacOS", app)),
    );
  }
  if (process.platform === "win32") {
    const folders = ["PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"].map((name) => process.env[name]);
    return folders.flatMap((folder) =>
      folder ? windowsPrograms.map((program) => path.join(folder, program)) : [],
    );
  }
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter(Boolean);
  return onPath.flatMap((name) => folders.map((folder) => path.join(folder, name)));
}
