/**
 * Finds a statement of a text by its place, for faults that the server reports without a position. The parser is
 * loaded only then.
 *
 * @module
 */
import type { SqlAnalyzer, StatementLocator } from '@squizzle/core';

export function createLocator(createAnalyzer: () => Promise<SqlAnalyzer>): StatementLocator {
  return async (sql, index) => {
    try {
      const analyzer = await createAnalyzer();
      return (await analyzer.analyze(sql)).statements[index];
    } catch {
      return undefined; // the failure itself is on its way to the user; a worse position must not hide it
    }
  };
}
