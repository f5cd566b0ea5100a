/** What other folders may use of the kernel. Cells and chapters use `below/display` (kernel/display/index.ts). */
export { installKernelspec, kernelArgv, kernelspec } from "./kernelspec/install.ts";
export { installedBrowsers } from "./host/chromium.ts";
