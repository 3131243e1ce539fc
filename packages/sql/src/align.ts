/**
 * Statements as the parser bounds them, cut to their first and last token as the scanner found them.
 *
 * @module
 */
import type { ParsedStatement } from './parser.ts';
import type { ScannedStatement } from './scanner.ts';

export interface AlignedStatement {
  readonly parsed: ParsedStatement;
  readonly scanned: ScannedStatement;
}

/**
 * The parser decides how many statements there are. Its own bounds take in comments and blanks, so each statement begins
 * where the first scanned one inside those bounds does, and ends where the last one does. Normally that is one and the same.
 */
export function alignStatements(
  parsed: readonly ParsedStatement[],
  scanned: readonly ScannedStatement[],
): AlignedStatement[] {
  let next = 0;
  return parsed.map((statement) => {
    const inside: ScannedStatement[] = [];
    for (let one = scanned[next]; one !== undefined && one.start < statement.to; one = scanned[++next])
      inside.push(one);
    return { parsed: statement, scanned: merge(statement, inside) };
  });
}

function merge({ from, to }: ParsedStatement, inside: readonly ScannedStatement[]): ScannedStatement {
  const end = inside.at(-1)?.end ?? to;
  return {
    start: inside[0]?.start ?? from,
    end: Math.min(end, to),
    words: inside[0]?.words ?? [],
    mentionsSetConfig: inside.length === 0 || inside.some((one) => one.mentionsSetConfig),
  };
}
