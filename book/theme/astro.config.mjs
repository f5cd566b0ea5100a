// @ts-check
/**
 * The shell of the site: Astro with Starlight draws frame, sidebar, search, theme switch and page links.
 * It never sees a chapter: each page is a marker that book/site fills. In: the environment variable
 * BELOW_SHELL, a JSON file (../site/shell.ts, ShellPlan). Out: one HTML file a page, under the base /__below__/.
 */
import { readFileSync } from "node:fs";
import starlight from "@astrojs/starlight";
import { defineConfig } from "astro/config";

const plan = JSON.parse(readFileSync(process.env.BELOW_SHELL ?? "", "utf8"));

export default defineConfig({
  base: "/__below__",
  srcDir: ".",
  outDir: plan.outDir,
  cacheDir: plan.cacheDir,
  trailingSlash: "always",
  devToolbar: { enabled: false },
  integrations: [
    starlight({
      title: plan.title,
      description: plan.description,
      disable404Route: true,
      expressiveCode: false,
      credits: false,
      pagination: true,
      sidebar: plan.sidebar,
      customCss: [
        "@fontsource-variable/source-serif-4/wght.css",
        "@fontsource-variable/source-serif-4/wght-italic.css",
        "@fontsource/stix-two-math/latin-400.css",
        "temml/dist/Temml-Local.css",
        "./styles/tokens.css",
        "./styles/text.css",
        "./styles/cells.css",
        "./styles/print.css",
      ],
      components: { PageTitle: "./components/PageTitle.astro" },
    }),
  ],
});
