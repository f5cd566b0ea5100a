/** Each page of the plan as an entry whose body is a marker. The chapter's own HTML comes later: ../site/fill.ts. */
import { readFileSync } from "node:fs";
import { docsSchema } from "@astrojs/starlight/schema";
import { defineCollection } from "astro:content";
import { z } from "astro/zod";

export const collections = {
  docs: defineCollection({
    loader: {
      name: "below-plan",
      async load({ store, parseData }) {
        const plan = JSON.parse(readFileSync(process.env.BELOW_SHELL ?? "", "utf8"));
        store.clear();
        for (const { id, ...page } of plan.pages) {
          const data = await parseData({ id, data: page });
          store.set({ id, data, rendered: { html: "<!--below:body-->", metadata: { headings: [] } } });
        }
      },
    },
    schema: docsSchema({ extend: z.object({ eyebrow: z.string().optional() }) }),
  }),
};
