// Everything on BigFloat under one name: arithmetic, elementary functions, text.
export * from "./bigfloat.ts";
export * from "./bigfloat-elementary.ts";
export * from "./bigfloat-text.ts";
export * from "./bigfloat-special.ts";
