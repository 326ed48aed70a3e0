// The process of TaskRunner: does one operation after another, until the other side hangs up.
import { operate, type Operation } from "../operate.ts";

process.on("message", (operation: Operation) => process.send!(operate(operation)));
process.on("disconnect", () => process.exit(0));
