// Benchmark reports: rows on standard output as they come, and the same as Markdown.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const mid = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[mid] : (sorted[mid - 1] + sorted[mid]) / 2;
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export class Report {
  readonly #lines: string[] = [];

  section(title: string, subtitle: string): void {
    console.log(`\n== ${title}: ${subtitle}`);
    this.#lines.push(`\n## ${title}\n\n${subtitle}\n\n| what | Calculemus | beside it | remark |\n|---|---|---|---|`);
  }

  row(what: string, value: string, peer: string, remark: string): void {
    console.log(`${what}: ${value} | ${peer} | ${remark}`);
    this.#lines.push(`| ${what} | ${value} | ${peer} | ${remark} |`);
  }

  note(text: string): void {
    console.log(text);
    this.#lines.push(`\n${text}`);
  }

  /** A section with its own columns. */
  table(title: string, subtitle: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
    console.log(`\n== ${title}: ${subtitle}`);
    for (const row of rows) console.log(row.join("  "));
    this.#lines.push(
      `\n## ${title}\n\n${subtitle}\n\n| ${head.join(" | ")} |\n|${head.map(() => "---|").join("")}`,
      ...rows.map((row) => `| ${row.join(" | ")} |`),
    );
  }

  markdown(): string {
    return this.#lines.join("\n").trim();
  }
}
