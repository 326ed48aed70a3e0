// Room algebra: knowing mathematics.
export {};
