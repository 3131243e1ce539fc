/**
 * Flyway: versioned migrations by version, each with its undo script if there is one, then repeatables by description.
 *
 * @see https://documentation.red-gate.com/fd/migrations-271585107.html
 * @module
 */
import { refuse, type ListedFile } from '../folder-listing.ts';
import type { SourceFile } from '../source-tree.ts';
import {
  compareFlywayVersions,
  isFlywayName,
  parseFlywayName,
  type FlywayName,
  type FlywayVersion,
} from './flyway-name.ts';
import type { Layout } from './layout.ts';
import {
  checkedScript,
  compareBytes,
  indexFiles,
  isScript,
  lineAt,
  toMigration,
  withoutSections,
  type Script,
} from './script-files.ts';

interface Versioned {
  readonly file: ListedFile;
  readonly version: FlywayVersion;
}

interface Repeatable {
  readonly file: ListedFile;
  readonly description: string;
}

export const flywayLayout = {
  name: 'flyway',
  detect: async ({ files }) => files.some((file) => isFlywayName(file.path)),
  arrange: async ({ files }) => {
    files.forEach(isScript);
    const named = files.flatMap((file) => {
      const name = parseFlywayName(file);
      return name === undefined ? [] : [{ file, name }];
    });
    return [...arrangeVersions(named), ...arrangeRepeatables(named)];
  },
} as const satisfies Layout;

type Named = readonly { readonly file: ListedFile; readonly name: FlywayName }[];

function arrangeVersions(named: Named): readonly SourceFile[] {
  const [ups, undos] = [versionsOf(named, 'versioned'), versionsOf(named, 'undo')];
  for (const [version, { file }] of undos) {
    if (!ups.has(version)) throw refuse(file.origin, `undoes nothing: there is no V${version}__….sql`);
  }
  return [...ups]
    .toSorted(([, a], [, b]) => compareFlywayVersions(a.version, b.version))
    .map(([version, { file }]) => {
      const undo = undos.get(version);
      return toMigration(file.path, toScript(file), undo === undefined ? null : toScript(undo.file));
    });
}

function versionsOf(named: Named, kind: 'versioned' | 'undo'): ReadonlyMap<string, Versioned> {
  const entries = named.flatMap(({ file, name }) => (name.kind === kind ? [{ file, version: name.version }] : []));
  return indexFiles(entries, ({ version }) => version.join('.'), 'version');
}

function arrangeRepeatables(named: Named): readonly SourceFile[] {
  const entries = named.flatMap(({ file, name }): Repeatable[] =>
    name.kind === 'repeatable' ? [{ file, description: name.description.replaceAll('_', ' ') }] : [],
  );
  const unique = indexFiles(entries, ({ description }) => description, 'description');
  return [...unique.values()]
    .toSorted((a, b) => compareBytes(a.description, b.description))
    .map(({ file }) => toRepeatable(file));
}

function toRepeatable(file: ListedFile): SourceFile {
  const script = withoutSections(toScript(file));
  return { kind: 'repeatable', environment: null, path: `repeatable/${file.path}`, ...script, rollback: null };
}

const PLACEHOLDER = /\$\{[^}\n]{0,80}\}?/;

/** Flyway puts values in their place, in strings and comments too, or fails when there are none. */
function toScript(file: ListedFile): Script {
  return checkedScript(file, (text, origin) => {
    const match = PLACEHOLDER.exec(text);
    if (match === null) return;
    const reason = `holds the placeholder ${match[0]}: Flyway would put a value there that the release does not hold; write the value itself`;
    throw refuse(origin, reason, lineAt(text, match.index));
  });
}
