import { defineConfig } from "vitest/config";

// Sets: "fast" (what `npm test` runs), "slow" (`*.slow.test.ts`: whole models, long properties) and "full" (both).
const conditions = ["calculemus-src", "module", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    environment: "node",
    include: {
      fast: ["{src,test}/**/!(*.slow).test.ts"],
      slow: ["{src,test}/**/*.slow.test.ts"],
      full: ["{src,test}/**/*.test.ts"],
    }[process.env.CALCULEMUS_TESTS ?? "fast"],
    testTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default"],
  },
});
