// The version of the package; package.json holds the same (a test compares them).
export const version = "0.1.0";
