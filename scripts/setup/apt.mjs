// @ts-check
/**
 * Debian packages, where we are root and would not take a right that the user has not given.
 * Node built-ins only.
 */
import { runCommand, which } from "./command.mjs";
import { timed } from "./say.mjs";

/** True where `aptInstall` can work: containers and CI machines. */
export function canApt() {
  return process.platform === "linux" && process.getuid?.() === 0 && which("apt-get") !== undefined;
}

/**
 * Installs Debian packages; returns what apt said when it failed.
 * @param {readonly string[]} packages
 * @returns {Promise<string | undefined>}
 */
export function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=300", "-qq"];
  return timed(`installing ${packages.join(", ")} with apt-get`, async () => {
    await runCommand("apt-get", [...wait, "update"], { env }); // an old list may still do
    const { code, output } = await runCommand(
      "apt-get",
      [...wait, "install", "-y", "--no-install-recommends", ...packages],
      { env },
    );
    return code === 0 ? undefined : output.trim().split("\n").slice(-3).join(" ");
  });
}
