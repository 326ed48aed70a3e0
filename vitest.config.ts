import { defineConfig } from "vitest/config";

// Two sets: "fast" (what `npm test` runs) and "full" (adds `*.slow.test.ts`: whole models, long properties).
const conditions = ["calculemus-src", "module", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    include:
      process.env.CALCULEMUS_TESTS === "full" ? ["{src,test}/**/*.test.ts"] : ["{src,test}/**/!(*.slow).test.ts"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default"],
  },
});
