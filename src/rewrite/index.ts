// Room rewrite: changing terms by rules.
export {};
