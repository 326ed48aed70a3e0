// Lets Node.js load TypeScript, in worker threads too: node --import FILE.
import { register } from "tsx/esm/api";

register();
