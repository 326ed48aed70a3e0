// The process of `calculemus conform`: runs one case after another, until the other side hangs up.
import { runCase, type CaseTask } from "../conform.ts";

process.on("message", (task: CaseTask) => void runCase(task).then((outcome) => process.send!(outcome)));
process.on("disconnect", () => process.exit(0));
