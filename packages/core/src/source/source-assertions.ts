/**
 * What must be true before and after a file: `check` directives in its SQL, and the sections `-- +check` and `-- +verify`.
 *
 * @module
 */
import { canonicalJson } from '@squizzle/oci-spec';
import type { SqlAnalyzer, SqlCheck, SqlDirectives } from '../contracts/sql-analyzer.ts';
import { FORMAT_LIMITS } from '../format/limits.ts';
import { checksumOf, type Checksum } from '../model/checksum.ts';
import type { Assertion, ScriptFile } from '../model/release-manifest.ts';
import { refuse } from './folder-listing.ts';
import { locateFault } from './locate-fault.ts';
import type { SourceSection, SourceText } from './source-tree.ts';

/** As the manifest has them: keys only where there is something. */
export type Assertions = Pick<ScriptFile, 'checks' | 'verifies'>;

/** @throws {SquizzleError} `SOURCE_INVALID` with file, line and column. */
export async function readAssertions(
  source: SourceText,
  { checks: directives = [] }: SqlDirectives,
  analyzer: SqlAnalyzer,
): Promise<Assertions> {
  const inSection = await readSection(source, source.check, analyzer);
  const checks = [...directives, ...inSection].toSorted((a, b) => a.line - b.line);
  const verifies = await readSection(source, source.verify, analyzer);
  refuseBeyondLimits(source.origin, checks);
  refuseBeyondLimits(source.origin, verifies);
  return { ...(checks.length === 0 ? {} : { checks }), ...(verifies.length === 0 ? {} : { verifies }) };
}

/** A checksum of what must be true, to tell whether it is what was released; `null` when there is nothing. */
export function assertionsChecksum({ checks = [], verifies = [] }: Assertions): Checksum | null {
  return checks.length + verifies.length === 0 ? null : checksumOf(canonicalJson({ checks, verifies }));
}

async function readSection(
  { origin }: SourceText,
  section: SourceSection | undefined,
  analyzer: SqlAnalyzer,
): Promise<readonly SqlCheck[]> {
  if (section === undefined) return [];
  const bytes = await section.read();
  const queries = await analyzer.readQueries(bytes).catch((cause: unknown) => {
    throw locateFault(origin, cause);
  });
  if (queries.length === 0)
    throw refuse(origin, 'has a section with comments alone that should ask a query', firstLine(bytes));
  return queries;
}

/** The line, from 1, of what is not blank. */
function firstLine(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('latin1');
  return text.slice(0, text.search(/\S|$/)).split('\n').length;
}

/** They travel in the image's config, whose size registries limit. */
function refuseBeyondLimits(origin: string, assertions: readonly Assertion[]): void {
  const { assertions: most, assertionLength: longest } = FORMAT_LIMITS;
  const surplus = assertions[most];
  if (surplus !== undefined)
    throw refuse(
      origin,
      `asks ${assertions.length} queries, more than the ${most} allowed; ask for several in one`,
      surplus.line,
    );
  const long = assertions.find(({ sql }) => sql.length > longest);
  if (long === undefined) return;
  throw refuse(
    origin,
    `asks a query of ${long.sql.length} characters, more than the ${longest} allowed; put it into a function`,
    long.line,
  );
}
