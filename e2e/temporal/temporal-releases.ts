/**
 * Temporal's PostgreSQL schemas as a user of SQUIZZLE would have them: every `versioned/vX.Y` is release X.Y.0, its files
 * and their order as its `manifest.json` says.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';

export const FIXTURES = env['SQUIZZLE_FIXTURES'];

export interface TemporalRelease {
  readonly version: string;
  /** By path in the project. */
  readonly files: Readonly<Record<string, string>>;
}

const folderOf = (schema: string): string => join(FIXTURES ?? '', 'temporal-postgres', schema);

export function readReleases(schema: string): readonly TemporalRelease[] {
  const root = join(folderOf(schema), 'versioned');
  const minors = readdirSync(root).map((name) => Number(name.replace('v1.', '')));
  return minors.sort((a, b) => a - b).map((minor) => readRelease(root, `v1.${minor}`));
}

function readRelease(root: string, name: string): TemporalRelease {
  const manifest = JSON.parse(readFileSync(join(root, name, 'manifest.json'), 'utf8')) as {
    readonly CurrVersion: string;
    readonly SchemaUpdateCqlFiles: readonly string[];
  };
  const files = manifest.SchemaUpdateCqlFiles.map((file, index) => [
    `db/migrations/${name}/${index + 1}_${file}`,
    readFileSync(join(root, name, file), 'utf8'),
  ]);
  return { version: `${manifest.CurrVersion}.0`, files: Object.fromEntries(files) as Record<string, string> };
}

/** The whole schema as Temporal makes it anew. */
export function readSchema(schema: string): string {
  return readFileSync(join(folderOf(schema), 'schema.sql'), 'utf8');
}
