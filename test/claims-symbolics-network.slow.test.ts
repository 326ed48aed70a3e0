// The network part of claim symbolics on the whole data set.
import { expect, test } from "vitest";
import { network } from "../claims/symbolics-network.ts";
import { sharedData } from "./support/matrices.ts";

const absent = sharedData("networks/bcr.net.gz") === undefined;

test.skipIf(absent)(
  `BCR: the e-graph route costs at most half, results agree${absent ? " (skipped: ../shared/data is absent)" : ""}`,
  async () => {
    const [cost, , agreement] = await network({ machine: "test", log: () => undefined });
    expect(cost.bound).toBeLessThan(0.5);
    expect(cost.measured!.before).toBe(349_678);
    expect(agreement.bound).toBeLessThan(1e-12);
  },
  300_000,
);
